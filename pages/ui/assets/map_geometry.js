// Where things lie on a map: scales, ticks, and which points an area holds.

const MOST_CORNERS = 60;
const DIGITS = 5; // of a corner: what is selected, sent and in the link is the same number

function rounded(value) {
  return Number(value.toPrecision(DIGITS));
}

function areaText(corners) {
  return corners.flat().map(rounded).join(",");
}

// Corners of "x,y,x,y", or null.
function readArea(text) {
  const numbers = text ? text.split(",").map(Number) : [];
  if (numbers.length < 4) return null;
  return Array.from({ length: numbers.length / 2 }, (_, i) => numbers.slice(2 * i, 2 * i + 2));
}

// At most so many corners, evenly taken.
function thinned(corners) {
  const step = Math.ceil(corners.length / MOST_CORNERS);
  return corners.filter((_, i) => i % step === 0);
}

// The same rules as `points_inside` in fashion_core/analysis/areas.py.
function isInside(x, y, corners) {
  if (corners.length === 2) {
    const [[x0, y0], [x1, y1]] = corners;
    return x >= Math.min(x0, x1) && x <= Math.max(x0, x1)
      && y >= Math.min(y0, y1) && y <= Math.max(y0, y1);
  }
  let inside = false;
  for (let i = 0; i < corners.length; i += 1) {
    const [x0, y0] = corners[i];
    const [x1, y1] = corners[(i + 1) % corners.length];
    if ((y0 > y) !== (y1 > y) && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0) inside = !inside;
  }
  return inside;
}

// Round numbers from low to high, about `most` of them, and how many decimals they need.
function niceTicks(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) * power;
  const decimals = Math.max(0, -Math.floor(Math.log10(step * 1.001)));
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high; i += 1) ticks.push(i * step);
  return { ticks, decimals };
}

// What part of the plane is seen, and where on the canvas; pixels of the page, not of the screen.
class View {
  constructor(home) {
    this.home = home; // [left, right, bottom, top]
    this.bounds = [...home];
    this.plot = { left: 0, top: 0, width: 1, height: 1 };
  }

  place(plot, hasOneScale) {
    this.plot = plot;
    this.hasOneScale = hasOneScale;
  }

  // What is really shown: with one scale, one direction shows more than was asked for.
  get shown() {
    const [left, right, bottom, top] = this.bounds;
    if (!this.hasOneScale) return this.bounds;
    const unit = Math.max((right - left) / this.plot.width, (top - bottom) / this.plot.height);
    const [x, y] = [(left + right) / 2, (bottom + top) / 2];
    const [w, h] = [(unit * this.plot.width) / 2, (unit * this.plot.height) / 2];
    return [x - w, x + w, y - h, y + h];
  }

  // Factors and offsets: pixel = value * factor + offset.
  lines() {
    const [left, right, bottom, top] = this.shown;
    const kx = this.plot.width / (right - left);
    const ky = -this.plot.height / (top - bottom);
    return { kx, ky, ox: this.plot.left - left * kx, oy: this.plot.top - top * ky };
  }

  pixel([x, y]) {
    const { kx, ky, ox, oy } = this.lines();
    return [x * kx + ox, y * ky + oy];
  }

  value([px, py]) {
    const { kx, ky, ox, oy } = this.lines();
    return [(px - ox) / kx, (py - oy) / ky];
  }

  holds([px, py]) {
    const { left, top, width, height } = this.plot;
    return px >= left && px <= left + width && py >= top && py <= top + height;
  }

  clamp([px, py]) {
    const { left, top, width, height } = this.plot;
    return [
      Math.min(Math.max(px, left), left + width),
      Math.min(Math.max(py, top), top + height),
    ];
  }

  // A factor above 1 comes nearer; the value under the pixel stays where it is.
  zoom(pixel, factor) {
    const [x, y] = this.value(pixel);
    const [left, right, bottom, top] = this.shown;
    const scale = (this.home[1] - this.home[0]) / (right - left);
    if ((factor > 1 && scale > 500) || (factor < 1 && scale < 0.3)) return;
    this.bounds = [
      x - (x - left) / factor, x + (right - x) / factor,
      y - (y - bottom) / factor, y + (top - y) / factor,
    ];
  }

  move(dx, dy) {
    const { kx, ky } = this.lines();
    const [left, right, bottom, top] = this.shown;
    this.bounds = [left - dx / kx, right - dx / kx, bottom - dy / ky, top - dy / ky];
  }

  reset() {
    this.bounds = [...this.home];
  }
}
