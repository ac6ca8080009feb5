// One step back for one act of the visitor. The server writes into the link what it chose itself,
// several values for one click, and on the way to another page that page's values beside the name
// of this one; Streamlit makes an entry of the history of each. Only the first write after an act
// makes one here: what follows it, or what nobody asked for, replaces it.

function countActs() {
  let isAsked = false;
  const asked = () => {
    isAsked = true;
  };
  for (const act of ["pointerdown", "click", "keydown"]) addEventListener(act, asked, true);
  const push = history.pushState;
  history.pushState = function (...entry) {
    const write = isAsked ? push : this.replaceState;
    isAsked = false;
    return write.apply(this, entry);
  };
}
