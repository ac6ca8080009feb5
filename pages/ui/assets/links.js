// The links to pages work as links do: Streamlit writes the address of the first page as "?run=...",
// which is the page one is on, and takes a click for a new tab as one for this tab.

const PAGE_LINK = "a[data-testid='stPageLink-NavLink']";

function mendLinks() {
  const mend = ({ target }) => {
    const link = target.closest?.(PAGE_LINK);
    const address = link?.getAttribute("href");
    if (address === "" || address?.startsWith("?")) link.setAttribute("href", `./${address}`);
  };
  for (const sign of ["pointerover", "pointerdown", "focusin"]) addEventListener(sign, mend, true);
  addEventListener(
    "click",
    (event) => {
      const isForAnotherTab = event.ctrlKey || event.metaKey || event.shiftKey;
      if (isForAnotherTab && event.target.closest?.(PAGE_LINK)) event.stopPropagation();
    },
    true,
  );
}
