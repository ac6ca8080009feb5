// A map of many pictures, a point each. Points are drawn once on one canvas; what follows the
// pointer (box, lasso, ring) is drawn on a second one above it, so that 20,000 points stay smooth;
// how they do while the map moves: map_points.js.

const MAPS = new WeakMap(); // root -> PictureMap
class PictureMap {
  constructor(root) {
    this.root = root.querySelector(".map");
    [this.plot, this.tip, this.status, this.legend] =
      [".plot", ".tip", ".status", ".legend"].map((name) => this.root.querySelector(name));
    [this.points, this.over] = this.plot.querySelectorAll(":scope > canvas");
    this.layer = new PointLayer();
    this.data = null;
    this.areaChoice = new Choice();
    this.hiddenChoice = new Choice();
    this.selected = null; // Uint8Array of one flag a point, or null
    this.hovered = -1;
    this.frame = 0;
    this.legend.onclick = (event) => this.toggled(event.target.closest("button"));
    this.hand = new Hand(this);
    new ResizeObserver(() => this.data && this.draw()).observe(this.plot);
  }

  update(bytes, send) {
    this.send = send;
    const message = readMessage(bytes);
    const { head } = message;
    if (this.data?.place !== head.place) this.view = new View(homeOf(message));
    if (this.data?.version !== head.version) {
      Object.assign(this, message);
      this.rows = rowsByGroup(this.groupOf, head.groups.length);
      this.hovered = -1;
      this.tip.hidden = true;
    }
    this.data = head;
    this.areaChoice.follow(head.area);
    this.hiddenChoice.follow(head.hidden.join());
    this.plot.setAttribute("aria-label", head.label);
    this.fillLegend();
    this.select();
    this.draw();
  }

  // What is selected and hidden

  get hidden() {
    return new Set((this.hiddenChoice.current || "").split(",").filter(Boolean));
  }

  isHidden(group) {
    return this.hiddenNow.has(this.data.groups[group].name);
  }

  select() {
    this.hiddenNow = this.hidden;
    const corners = readArea(this.areaChoice.current);
    this.selected = corners && this.inside(corners);
    this.plot.dataset.selected = this.selected ? this.count(this.selected) : "";
    this.say(this.selected ? `${this.plot.dataset.selected} selected.` : "");
    this.countGroups();
  }

  countGroups() {
    const { selected } = this;
    this.counts = this.rows.map((rows) => {
      const all = rows.length.toLocaleString("en");
      if (!selected) return all;
      const inside = rows.reduce((sum, row) => sum + selected[row], 0);
      return `${inside.toLocaleString("en")} of ${all}`;
    });
    [...this.legend.children].forEach((button, index) => {
      button.querySelector(".count").textContent = this.counts[index];
    });
  }

  inside(corners) {
    return Uint8Array.from(this.x, (x, row) => {
      return !this.isHidden(this.groupOf[row]) && isInside(x, this.y[row], corners);
    });
  }

  count(flags) {
    return flags.reduce((sum, flag) => sum + flag, 0);
  }

  // How many points a box of the screen holds.
  countInside(pixels) {
    return this.count(this.inside(readArea(this.areaOf(pixels))));
  }

  areaOf(pixels) {
    return areaText(pixels.map((pixel) => this.view.value(pixel)));
  }

  chooseArea(pixels) {
    this.showArea(this.areaOf(pixels));
  }

  showArea(text) {
    this.areaChoice.pick(text);
    this.select();
    this.draw();
    this.send("area", text);
  }

  reset() {
    this.view.reset();
    if (this.areaChoice.current) this.showArea("");
    else this.draw();
  }

  open(row) {
    this.send("opened", this.numbers[row]);
  }

  fillLegend() {
    const names = JSON.stringify([this.data.groups, devicePixelRatio]);
    if (this.legendOf !== names) {
      this.legendOf = names;
      this.legend.replaceChildren(...this.data.groups.map((group) => this.legendButton(group)));
    }
    [...this.legend.children].forEach((button, index) => {
      button.setAttribute("aria-pressed", String(!this.hidden.has(this.data.groups[index].name)));
    });
  }

  legendButton(group) {
    const button = document.createElement("button");
    button.type = "button";
    const sign = document.createElement("canvas");
    sign.width = sign.height = 14 * devicePixelRatio;
    const context = sign.getContext("2d");
    context.fillStyle = group.colour;
    tracePath(context, group.symbol, sign.width / 2, sign.width / 2, 0.34 * sign.width);
    context.fill();
    const count = document.createElement("span");
    count.className = "count";
    button.append(sign, group.name, count);
    return button;
  }

  toggled(button) {
    if (!button) return;
    const hidden = this.hidden;
    const { name } = this.data.groups[[...this.legend.children].indexOf(button)];
    if (!hidden.delete(name)) hidden.add(name);
    this.hiddenChoice.pick([...hidden].join());
    this.fillLegend();
    this.hover(-1);
    this.select();
    this.draw();
    this.send("hidden", [...hidden]);
  }

  // Drawing

  colors() {
    const style = getComputedStyle(this.root);
    const value = (name) => style.getPropertyValue(name).trim();
    return {
      text: style.color,
      muted: getComputedStyle(this.status).color,
      page: value("--st-background-color"),
      grid: value("--st-border-color"),
      accent: value("--st-primary-color"),
      font: `12px ${style.fontFamily}`,
    };
  }

  draw() {
    this.isDue = false;
    const { width, height } = this.plot.getBoundingClientRect();
    if (width < 100) return; // hidden
    const ratio = devicePixelRatio;
    for (const canvas of [this.points, this.over]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const { left, right, top, bottom } = MARGIN;
    const plot = { left, top, width: width - left - right, height: height - top - bottom };
    this.view.place(plot, this.data.hasOneScale);
    this.ratio = ratio;
    this.inks = this.colors();
    drawMap(this.points.getContext("2d"), this, this.inks, ratio);
    this.drawOver();
    this.plot.dataset.view = JSON.stringify([this.view.shown, plot]);
    this.plot.dataset.drawn = this.data.version;
  }

  // The nearest length of whole pixels of the screen: points that move by it stay as they are.
  whole(length) {
    return Math.round(length * this.ratio) / this.ratio;
  }

  // Draws before the next frame, however often it is asked.
  soon() {
    this.isDue = true;
    this.soonOver();
  }

  soonOver() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      if (this.isDue) this.draw();
      else this.drawOver();
    });
  }

  drawOver() {
    const context = this.over.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.over.width, this.over.height);
    const area = readArea(this.areaChoice.current);
    const { left, top, width, height } = this.view.plot;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    if (area) drawOutline(context, area.map((c) => this.view.pixel(c)), this.inks, true);
    if (this.hand.shape) drawOutline(context, this.hand.shape, this.inks, false);
    context.restore();
    if (this.hovered >= 0) ringPoint(context, this.pixelOf(this.hovered), this.inks.text);
  }

  pixelOf(row) {
    return this.view.pixel([this.x[row], this.y[row]]);
  }

  save() {
    const { points, ratio, inks } = this;
    const page = document.createElement("canvas");
    [page.width, page.height] = [points.width, points.height + 120 * ratio];
    const context = page.getContext("2d");
    const place = { left: MARGIN.left, top: points.height / ratio + 8, width: this.view.plot.width };
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = inks.font;
    page.height = points.height + ratio * (16 + drawLegend(context, this, inks, place)); // empties
    context.fillStyle = inks.page;
    context.fillRect(0, 0, page.width, page.height);
    context.drawImage(points, 0, 0);
    context.drawImage(this.over, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = inks.font;
    drawLegend(context, this, inks, place);
    page.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = this.data.file;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    });
  }

  // The picture under the pointer

  nearest([px, py], reach) {
    const { kx, ky, ox, oy } = this.view.lines();
    let [best, row] = [reach * reach, -1];
    this.rows.forEach((rows, group) => {
      if (this.isHidden(group)) return;
      for (const each of rows) {
        const dx = this.x[each] * kx + ox - px;
        const dy = this.y[each] * ky + oy - py;
        const distance = dx * dx + dy * dy;
        if (distance <= best) [best, row] = [distance, each]; // <=: the uppermost of equals
      }
    });
    return row;
  }

  hover(row) {
    if (row === this.hovered) return;
    this.hovered = row;
    this.tip.hidden = row < 0;
    this.plot.toggleAttribute("data-hover", row >= 0);
    if (row >= 0) {
      writeTip(this.tip, this, row);
      placeTip(this.tip, this.pixelOf(row), this.plot);
    }
    this.soonOver();
  }

  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!MAPS.has(parentElement)) MAPS.set(parentElement, new PictureMap(parentElement));
  const map = MAPS.get(parentElement);
  map.update(data, setTriggerValue);
  return () => forgetWaiting(map);
}
