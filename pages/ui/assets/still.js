// Streamlit makes a Plotly figure anew whenever its data change, and for a frame or two there is none.
// The old drawing stays until the new one is there, in the element of the same key.

const GIVE_UP_MS = 1_000;

function keyOf(plot) {
  const element = plot.closest(".stElementContainer");
  return [...(element?.classList ?? [])].find((name) => name.startsWith("st-key-"));
}

function keepDrawing(drawing, key) {
  const selector = `.stElementContainer.${CSS.escape(key)}`;
  const isDrawn = () => document.querySelector(`${selector} .js-plotly-plot .main-svg`);
  const place = document.querySelector(selector);
  if (!place || isDrawn() || place.querySelector(":scope > .plot-container")) return;
  drawing.inert = true;
  drawing.style.cssText = "position: absolute; inset: 0;";
  place.append(drawing);
  const start = performance.now();
  const look = () => {
    if (isDrawn() || performance.now() - start > GIVE_UP_MS) drawing.remove();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

// The drawing in what was removed: either taken out of a figure, or still in one that is gone itself.
function* drawingsIn({ target, removedNodes }) {
  for (const node of removedNodes) {
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    const isDrawing = node.matches(".plot-container") && target.matches(".js-plotly-plot");
    const drawing = isDrawing ? node : node.querySelector(".js-plotly-plot > .plot-container");
    const key = drawing && keyOf(isDrawing ? target : drawing);
    if (key) yield [drawing, key];
  }
}

function keepFigures() {
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const [drawing, key] of drawingsIn(change)) keepDrawing(drawing.cloneNode(true), key);
    }
  }).observe(document.body, { childList: true, subtree: true });
}
