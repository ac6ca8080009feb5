// How a map is drawn on a canvas: shapes of the signs, axes, lines and names.

const RADIUS = 3.4;
const MARGIN = { left: 52, right: 10, top: 8, bottom: 42 };

function regular(corners, turn) {
  return Array.from({ length: corners }, (_, i) => {
    const angle = (2 * Math.PI * i) / corners + turn;
    return [Math.cos(angle), Math.sin(angle)];
  });
}

function turned(corners, angle) {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return corners.map(([x, y]) => [x * c - y * s, x * s + y * c]);
}

const PLUS = [
  [-0.38, -1.1], [0.38, -1.1], [0.38, -0.38], [1.1, -0.38], [1.1, 0.38], [0.38, 0.38],
  [0.38, 1.1], [-0.38, 1.1], [-0.38, 0.38], [-1.1, 0.38], [-1.1, -0.38], [-0.38, -0.38],
];
const UP = -Math.PI / 2;
const SIGNS = {
  circle: regular(20, 0),
  square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  diamond: regular(4, UP).map(([x, y]) => [1.2 * x, 1.2 * y]),
  hexagon: regular(6, UP).map(([x, y]) => [1.1 * x, 1.1 * y]),
  star: regular(10, UP).map(([x, y], i) => (i % 2 ? [0.5 * x, 0.5 * y] : [1.3 * x, 1.3 * y])),
  cross: PLUS,
  x: turned(PLUS, Math.PI / 4),
  "triangle-up": regular(3, UP).map(([x, y]) => [1.25 * x, 1.25 * y]),
  "triangle-down": regular(3, -UP).map(([x, y]) => [1.25 * x, 1.25 * y]),
  "triangle-right": regular(3, 0).map(([x, y]) => [1.25 * x, 1.25 * y]),
};

function tracePath(context, symbol, x, y, radius) {
  context.beginPath();
  for (const [dx, dy] of SIGNS[symbol]) context.lineTo(x + radius * dx, y + radius * dy);
  context.closePath();
}

function drawAxis(context, { view, data }, colors, isAcross) {
  const axis = isAcross ? data.x : data.y;
  const { left, top, width, height } = view.plot;
  const [low, high] = isAcross ? view.shown.slice(0, 2) : view.shown.slice(2);
  context.fillStyle = colors.muted;
  context.strokeStyle = colors.grid;
  context.lineWidth = 1;
  const { ticks, decimals } = niceTicks(low, high, (isAcross ? width / 80 : height / 60));
  for (const tick of axis.hasNumbers ? ticks : []) {
    const [px, py] = view.pixel([tick, tick]).map((pixel) => Math.round(pixel) + 0.5);
    context.beginPath();
    context.moveTo(isAcross ? px : left, isAcross ? top : py);
    context.lineTo(isAcross ? px : left + width, isAcross ? top + height : py);
    context.stroke();
    context.textAlign = isAcross ? "center" : "right";
    context.textBaseline = isAcross ? "top" : "middle";
    const text = tick.toFixed(decimals).replace("-", "−");
    context.fillText(text, isAcross ? px : left - 6, isAcross ? top + height + 6 : py);
  }
  context.save();
  context.textAlign = "center";
  context.textBaseline = isAcross ? "bottom" : "top";
  context.translate(isAcross ? left + width / 2 : 0, isAcross ? top + height + MARGIN.bottom : top + height / 2);
  if (!isAcross) context.rotate(-Math.PI / 2);
  context.fillText(axis.title, 0, 0, isAcross ? width : height);
  context.restore();
}

function drawLines(context, { view, data }, colors) {
  context.save();
  context.strokeStyle = colors.muted;
  context.setLineDash([2, 3]);
  for (const [x0, y0, x1, y1] of data.lines) {
    context.beginPath();
    context.moveTo(...view.clamp(view.pixel([x0, y0])));
    context.lineTo(...view.clamp(view.pixel([x1, y1])));
    context.stroke();
  }
  context.restore();
}

function drawNames(context, { view, data }, colors) {
  context.textBaseline = "middle";
  context.textAlign = "left";
  for (const { text, x, y, isCentred } of data.names) {
    const [px, py] = view.pixel([x, y]);
    if (!view.holds([px, py])) continue;
    const { width } = context.measureText(text);
    const left = isCentred ? px - width / 2 : px;
    context.globalAlpha = 0.8;
    context.fillStyle = colors.page;
    context.fillRect(left - 3, py - 9, width + 6, 18);
    context.globalAlpha = 1;
    context.fillStyle = colors.text;
    context.fillText(text, left, py);
  }
}

function drawMap(context, map, colors, ratio) {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.font = colors.font;
  drawAxis(context, map, colors, true);
  drawAxis(context, map, colors, false);
  map.layer.draw(context, map, ratio);
  drawLines(context, map, colors);
  drawNames(context, map, colors);
}

// The outline of an area, or of one that is being drawn.
function drawOutline(context, pixels, colors, isDone) {
  context.beginPath();
  if (pixels.length === 2) {
    const [[x0, y0], [x1, y1]] = pixels;
    context.rect(x0, y0, x1 - x0, y1 - y0);
  } else {
    for (const pixel of pixels) context.lineTo(...pixel);
    context.closePath();
  }
  context.globalAlpha = isDone ? 0 : 0.12;
  context.fillStyle = colors.accent;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = colors.accent;
  context.lineWidth = 1.5;
  context.stroke();
}

// The legend below the map, on pictures that leave the page; gives its height.
function drawLegend(context, map, colors, { left, top, width }) {
  let [x, y] = [left, top];
  context.textAlign = "left";
  context.textBaseline = "middle";
  map.data.groups.forEach((group, index) => {
    if (map.isHidden(index)) return;
    const text = `${group.name} ${map.counts[index]}`;
    const wide = 24 + context.measureText(text).width;
    if (x > left && x + wide > left + width) [x, y] = [left, y + 20];
    context.fillStyle = group.colour;
    tracePath(context, group.symbol, x + 6, y + 10, 1.3 * RADIUS);
    context.fill();
    context.fillStyle = colors.text;
    context.fillText(text, x + 14, y + 10);
    x += wide + 6;
  });
  return y + 20 - top;
}
