// On a narrow screen the menu lies over the page and columns stand one below another: what was
// asked for comes into sight.

const MENU_COVERS = matchMedia("(max-width: 767px)"); // Streamlit's own limits
const COLUMNS_STACK = matchMedia("(max-width: 640px)");
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

function closeMenu(clicked) {
  const isLink = clicked.some((node) => node.matches?.('[data-testid="stSidebar"] a[href]'));
  if (!isLink || !MENU_COVERS.matches) return;
  document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
}

// A cell of the matrix leads to its pictures, which stand below it here.
function showPictures(clicked) {
  const isCell = clicked.some((node) => node.matches?.("button[data-row]"));
  const isBeside = clicked.some((node) => node.matches?.(".st-key-beside-pictures"));
  if (!isCell || !isBeside || !COLUMNS_STACK.matches) return;
  bringIntoSight(".st-key-pictures-beside");
}

// A start leads to what it starts, which stands below the settings here.
function showWatch(clicked) {
  const isStart = clicked.some((node) => node.matches?.('[data-testid="stBaseButton-primary"]'));
  const isWatched = clicked.some((node) => node.matches?.(".st-key-set-up-watched"));
  if (isStart && isWatched && COLUMNS_STACK.matches) bringIntoSight(".st-key-watch");
}

function bringIntoSight(selector) {
  const behavior = CALM.matches ? "auto" : "smooth";
  document.querySelector(selector)?.scrollIntoView({ behavior });
}

function fitNarrow() {
  addEventListener("click", (event) => {
    closeMenu(event.composedPath());
    showPictures(event.composedPath());
    showWatch(event.composedPath());
  });
}
