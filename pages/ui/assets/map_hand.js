// What mouse, pen, finger and keys do on a map: select with a box or a lasso, move, zoom, open.

const REACH = { mouse: 8, pen: 10, touch: 18 }; // pixels from a point that count as on it
const DRAG_FROM = 4; // pixels; less is a click
const DOUBLE_MS = 280; // a click waits as long, lest a double click opens a picture
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class Hand {
  constructor(map) {
    this.map = map;
    this.tool = null; // "box", "lasso", "move"
    this.drag = null;
    this.kind = "mouse"; // or "pen" or "touch": what was pressed last
    this.cursor = null; // box of the keyboard, in pixels
    // A finger scrolls the page until a tool is chosen.
    if (!matchMedia("(pointer: coarse)").matches) this.use("box");
    this.listen(map.plot);
  }

  listen(plot) {
    plot.onpointerdown = (event) => this.pressed(event);
    plot.onpointermove = (event) => this.moved(event);
    plot.onpointerup = (event) => this.released(event);
    plot.onpointercancel = () => this.dropped();
    // A finger that is lifted leaves its picture, and its second tap is no double click.
    plot.onpointerleave = () => this.kind !== "touch" && this.map.hover(-1);
    plot.ondblclick = () => this.kind !== "touch" && this.reset();
    plot.onkeydown = (event) => this.keyed(event);
    plot.onblur = () => {
      this.map.hover(-1);
      this.showCursor(null);
    };
    plot.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
    const tools = this.map.root.querySelector(".tools");
    tools.onclick = (event) => this.tooled(event.target.closest("button"));
  }

  // The outline that is being drawn, in pixels.
  get shape() {
    return this.drag?.shape ?? this.cursor;
  }

  at(event) {
    const { left, top } = this.map.plot.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  pressed(event) {
    const pixel = this.at(event);
    this.kind = event.pointerType;
    this.showCursor(null);
    if (event.button !== 0 || !this.map.view.holds(pixel)) return;
    this.drag = { start: pixel, last: pixel, path: [pixel], shape: null, isMoved: false };
    if (this.tool) this.map.plot.setPointerCapture(event.pointerId);
  }

  moved(event) {
    const { map, drag } = this;
    const pixel = this.at(event);
    if (!drag) {
      if (event.pointerType !== "touch") map.hover(map.nearest(pixel, REACH.mouse));
      return;
    }
    const distance = Math.hypot(pixel[0] - drag.start[0], pixel[1] - drag.start[1]);
    if (!drag.isMoved && distance < DRAG_FROM) return;
    drag.isMoved = true;
    map.hover(-1);
    this.stretch(drag, map.view.clamp(pixel));
  }

  stretch(drag, pixel) {
    const { map, tool } = this;
    if (tool === "move") {
      const [dx, dy] = pixel.map((to, i) => map.whole(to - drag.last[i]));
      map.view.move(dx, dy);
      drag.last = [drag.last[0] + dx, drag.last[1] + dy];
      map.soon();
      return;
    }
    if (tool === "box") drag.shape = [drag.start, pixel];
    if (tool === "lasso") drag.shape = drag.path = [...drag.path, pixel];
    map.soonOver();
  }

  released(event) {
    const { drag, map } = this;
    this.drag = null;
    if (!drag) return;
    const shape = drag.shape && thinned(drag.shape);
    if (shape && (this.tool === "box" || shape.length > 2)) map.chooseArea(shape);
    else if (!drag.isMoved) this.clicked(this.at(event));
    else map.drawOver();
  }

  dropped() {
    this.drag = null;
    this.map.drawOver();
  }

  // A click opens the picture; a finger sees it first and opens it with a second tap.
  clicked(pixel) {
    const { map, kind } = this;
    const row = map.nearest(pixel, REACH[kind] ?? REACH.mouse);
    const isSeen = kind !== "touch" || row === map.hovered;
    map.hover(row);
    clearTimeout(this.opening);
    if (row < 0 || !isSeen) return;
    this.opening = setTimeout(() => map.open(row), kind === "touch" ? 0 : DOUBLE_MS);
  }

  reset() {
    clearTimeout(this.opening);
    this.showCursor(null);
    this.map.reset();
  }

  // The wheel scrolls the page unless it is meant for the map.
  wheeled(event) {
    if (!event.ctrlKey && !event.metaKey && this.tool !== "move") return;
    event.preventDefault();
    this.zoom(this.at(event), Math.exp(-Math.max(-100, Math.min(event.deltaY, 100)) / 300));
  }

  zoom(pixel, factor) {
    this.map.hover(-1);
    this.map.view.zoom(pixel, factor);
    this.map.soon();
  }

  use(tool) {
    const { root, plot } = this.map;
    this.tool = tool;
    if (tool) plot.dataset.tool = tool;
    else delete plot.dataset.tool;
    for (const button of root.querySelectorAll("button[data-tool]")) {
      button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    }
  }

  tooled(button) {
    const tool = button?.dataset.tool;
    if (tool) this.use(tool === this.tool ? null : tool);
    else if (button) this.act(button.dataset.do);
  }

  act(what) {
    const { left, top, width, height } = this.map.view.plot;
    const middle = [left + width / 2, top + height / 2];
    if (what === "nearer") this.zoom(middle, 1.5);
    if (what === "farther") this.zoom(middle, 1 / 1.5);
    if (what === "reset") this.reset();
    if (what === "save") this.map.save();
  }

  keyed(event) {
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key in ARROWS) this.steer(ARROWS[key], event.shiftKey);
    else if (key === "Enter" && this.cursor) this.map.chooseArea(this.cursor);
    else if (key === "Escape") this.reset();
    else if (key === "+" || key === "-") this.act(key === "+" ? "nearer" : "farther");
    else return;
    event.preventDefault();
  }

  // Moves the box of the keyboard, or its lower right corner; it begins in the middle.
  steer([dx, dy], isResizing) {
    const { map } = this;
    const { left, top, width, height } = map.view.plot;
    const at = (part) => [left + part * width, top + part * height];
    const step = ([px, py]) => map.view.clamp([px + (dx * width) / 25, py + (dy * height) / 25]);
    const old = this.cursor;
    const box = old ? [isResizing ? old[0] : step(old[0]), step(old[1])] : [at(0.4), at(0.6)];
    if (box[1][0] - box[0][0] < 8 || box[1][1] - box[0][1] < 8) return;
    this.showCursor(box);
    map.say(`${map.countInside(box)} in the box. Enter selects them.`);
  }

  showCursor(box) {
    if (!box && !this.cursor) return;
    this.cursor = box;
    if (!box) this.map.select();
    this.map.drawOver();
  }
}
