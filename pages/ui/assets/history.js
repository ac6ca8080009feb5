// One step back for one act of the visitor. The server writes into the link what it chose itself,
// and several values for one click; Streamlit makes an entry of the history of each. What nobody
// asked for, and the second and later writes of one act, replace the entry instead.

function countActs() {
  let isAsked = false;
  const asked = () => {
    isAsked = true;
  };
  for (const act of ["pointerdown", "keydown"]) addEventListener(act, asked, true);
  const push = history.pushState;
  history.pushState = function (state, unused, url) {
    const isSamePage = new URL(url, location.href).pathname === location.pathname;
    if (isSamePage && !isAsked) return this.replaceState(state, unused, url);
    isAsked = false;
    return push.call(this, state, unused, url);
  };
}

export default function () {
  if (window.fashionHistory) return; // the window stays the same on all pages
  window.fashionHistory = true;
  countActs();
}
