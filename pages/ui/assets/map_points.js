// The points of a map as pixels that are mixed here: stamping 20,000 signs on a canvas takes two to
// three times as long. Where the map only moves, what is drawn moves along and the edges that
// appear are mixed anew: every pixel is the one that a drawing of the whole would give.

const OPACITY = { plain: 0.7, selected: 1, other: 0.08 };
const EDGE = 4; // pixels of the page around the plot in which signs are still seen
const FULL = 0.999; // cover from which what lies below is less than a grey level
const SAME = 1e-6; // screen pixels, and share of a scale: what differs less is rounding

// One sign as the pixels it covers, how much of each (0 to 1), and its red, green and blue.
function cutSign({ symbol, colour }, ratio) {
  const side = Math.ceil(2 * (1.3 * RADIUS + 1) * ratio);
  const context = new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true });
  context.fillStyle = colour;
  tracePath(context, symbol, side / 2, side / 2, RADIUS * ratio);
  context.fill();
  const { data } = context.getImageData(0, 0, side, side);
  context.fillRect(0, 0, 1, 1);
  const covered = [...Array(side * side).keys()].filter((place) => data[4 * place + 3]);
  return {
    side,
    light: context.getImageData(0, 0, 1, 1).data,
    columns: covered.map((place) => place % side),
    rows: covered.map((place) => Math.floor(place / side)),
    cover: Float32Array.from(covered, (place) => data[4 * place + 3] / 255),
  };
}

// Rows of each group, in the order in which they are drawn.
function rowsByGroup(groupOf, count) {
  const rows = Array.from({ length: count }, () => []);
  groupOf.forEach((group, row) => rows[group].push(row));
  return rows.map((each) => Uint32Array.from(each));
}

// A part of the layer in which signs are mixed, from the uppermost to the lowest: a place that is
// covered takes no more work.
class Mixture {
  // `mixed` is memory: of each pixel red, green, blue, each times the cover, and the cover.
  constructor(mixed, part) {
    Object.assign(this, part); // left, top, width, height, in pixels of the layer
    this.mixed = mixed.subarray(0, 4 * this.width * this.height).fill(0);
  }

  // Puts a sign at the corners of some rows, the last row first.
  add(sign, opacity, rows, { x, y }) {
    const { left, top, width, height } = this;
    const steps = Int32Array.from(sign.rows, (row, i) => 4 * (row * width + sign.columns[i]));
    const cover = sign.cover.map((share) => opacity * share);
    for (let n = rows.length - 1; n >= 0; n -= 1) {
      const px = x[rows[n]] - left;
      const py = y[rows[n]] - top;
      if (px <= -sign.side || py <= -sign.side || px >= width || py >= height) continue;
      const isWhole = px >= 0 && py >= 0 && px + sign.side <= width && py + sign.side <= height;
      if (isWhole) this.mix(sign.light, steps, cover, 4 * (py * width + px));
      else this.addCut(sign, cover, px, py);
    }
  }

  // The same for a sign of which a part lies outside.
  addCut({ light, columns, rows }, cover, px, py) {
    const { width, height } = this;
    const [places, covers] = [[], []];
    for (let i = 0; i < cover.length; i += 1) {
      const x = px + columns[i];
      const y = py + rows[i];
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      places.push(4 * (y * width + x));
      covers.push(cover[i]);
    }
    this.mix(light, places, covers, 0);
  }

  mix(light, steps, cover, start) {
    const { mixed } = this;
    const red = light[0];
    const green = light[1];
    const blue = light[2];
    for (let i = 0; i < steps.length; i += 1) {
      const at = start + steps[i];
      const above = mixed[at + 3];
      if (above > FULL) continue;
      const seen = (1 - above) * cover[i];
      mixed[at] += seen * red;
      mixed[at + 1] += seen * green;
      mixed[at + 2] += seen * blue;
      mixed[at + 3] = above + seen;
    }
  }

  // Writes it into the pixels of the layer: a number each, red in its lowest byte, then green,
  // blue and alpha.
  write(pixels, layerWidth) {
    const { mixed, left, top, width, height } = this;
    let at = 0;
    for (let y = top; y < top + height; y += 1) {
      const start = y * layerWidth + left;
      for (let place = start; place < start + width; place += 1) {
        const cover = mixed[at + 3];
        pixels[place] = cover && (((255 * cover + 0.5) << 24)
          | ((mixed[at + 2] / cover + 0.5) << 16)
          | ((mixed[at + 1] / cover + 0.5) << 8)
          | (mixed[at] / cover + 0.5));
        at += 4;
      }
    }
  }
}

// What a map that moved by whole pixels lacks: [left, top, width, height] of each edge.
function newEdges([dx, dy], { width, height }) {
  const across = { left: 0, top: dy > 0 ? 0 : height + dy, width, height: Math.abs(dy) };
  const along = {
    left: dx > 0 ? 0 : width + dx,
    top: Math.max(dy, 0),
    width: Math.abs(dx),
    height: height - Math.abs(dy),
  };
  return [across, along].filter((part) => part.width && part.height);
}

class PointLayer {
  constructor() {
    this.canvas = new OffscreenCanvas(1, 1);
    this.drawn = null; // what the pixels show: see `wanted`
  }

  draw(context, map, ratio) {
    const wanted = this.wanted(map, ratio);
    const { box } = wanted;
    const moved = this.moved(wanted);
    if (!moved) this.begin(map, ratio, wanted);
    else this.shift(moved);
    const parts = moved ? newEdges(moved, box) : [{ ...box, left: 0, top: 0 }];
    const corners = this.corners(map, ratio, box);
    for (const part of parts) this.mix(map, part, corners);
    if (parts.length) this.canvas.getContext("2d").putImageData(this.image, 0, 0);
    this.drawn = wanted;
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.canvas, box.left, box.top);
    context.restore();
  }

  // Box on the canvas and where the view's zero lies, both in pixels of the screen; scales; and
  // what else the pixels depend on.
  wanted({ view, data, areaChoice, hiddenChoice }, ratio) {
    const { left, top, width, height } = view.plot;
    const [x, y, w, h] = [left - EDGE, top - EDGE, width + 2 * EDGE, height + 2 * EDGE].map(
      (length) => Math.round(length * ratio),
    );
    const { kx, ky, ox, oy } = view.lines();
    const chosen = [areaChoice.current, hiddenChoice.current];
    return {
      box: { left: x, top: y, width: w, height: h },
      zero: [ox * ratio, oy * ratio],
      scales: [kx * ratio, ky * ratio],
      rest: JSON.stringify([x, y, w, h, ratio, data.version, data.groups, ...chosen]),
    };
  }

  // By how many whole pixels the map moved since it was drawn; null if more than that happened.
  moved({ box, zero, scales, rest }) {
    const { drawn } = this;
    if (drawn?.rest !== rest) return null;
    if (scales.some((scale, i) => Math.abs(scale / drawn.scales[i] - 1) > SAME ** 2)) return null;
    const way = zero.map((value, i) => value - drawn.zero[i]);
    const whole = way.map(Math.round);
    if (way.some((value, i) => Math.abs(value - whole[i]) > SAME)) return null;
    return Math.abs(whole[0]) < box.width && Math.abs(whole[1]) < box.height ? whole : null;
  }

  begin(map, ratio, { box: { width, height } }) {
    const groups = JSON.stringify([map.data.groups, ratio]);
    if (this.signsOf !== groups) this.signs = map.data.groups.map((one) => cutSign(one, ratio));
    this.signsOf = groups;
    if (this.image?.width === width && this.image?.height === height) return;
    [this.canvas.width, this.canvas.height] = [width, height];
    this.image = new ImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.memory = new Float32Array(4 * width * height);
  }

  // What goes over the left or right end of a row comes in at the other, where an edge is new.
  shift([dx, dy]) {
    const step = dy * this.image.width + dx;
    this.pixels.copyWithin(Math.max(step, 0), Math.max(-step, 0));
  }

  // Upper left corners of all signs, in pixels of the layer.
  corners({ view, x, y }, ratio, { left, top }) {
    const { kx, ky, ox, oy } = view.lines();
    const half = this.signs[0].side / 2;
    const corners = { x: new Int32Array(x.length), y: new Int32Array(x.length) };
    for (let row = 0; row < x.length; row += 1) {
      corners.x[row] = Math.round((x[row] * kx + ox) * ratio - half) - left;
      corners.y[row] = Math.round((y[row] * ky + oy) * ratio - half) - top;
    }
    return corners;
  }

  mix(map, part, corners) {
    const mixture = new Mixture(this.memory, part);
    const { selected } = map;
    const add = (opacity, isDrawn) => {
      for (let group = map.rows.length - 1; group >= 0; group -= 1) {
        if (map.isHidden(group)) continue;
        const rows = isDrawn ? map.rows[group].filter(isDrawn) : map.rows[group];
        mixture.add(this.signs[group], opacity, rows, corners);
      }
    };
    if (selected) {
      add(OPACITY.selected, (row) => selected[row]);
      add(OPACITY.other, (row) => !selected[row]);
    } else add(OPACITY.plain);
    mixture.write(this.pixels, this.image.width);
  }
}
