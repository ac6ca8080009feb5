// One picture of a sheet, large.

export default function ({ data, parentElement }) {
  const canvas = parentElement.querySelector("canvas");
  canvas.style.width = `${data.size}px`;
  canvas.className = data.outcome;
  canvas.setAttribute("aria-label", data.label);
  canvas.title = data.label;
  const wanted = `${data.sheet}#${data.position}`;
  if (canvas.dataset.wanted !== wanted) {
    canvas.dataset.wanted = wanted;
    whenSheet(data.sheet, canvas, (bitmap) => {
      drawPicture(canvas, bitmap, data.position);
      canvas.dataset.drawn = wanted;
    });
  }
  return () => forgetWaiting(canvas);
}
