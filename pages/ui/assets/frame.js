// What the window does on every page, whichever was opened first; it stays the same on all.

export default function () {
  if (window.fashionFrame) return;
  window.fashionFrame = true;
  countActs();
  explainLostServer();
  fitNarrow();
  keepFigures();
  mendLinks();
}
