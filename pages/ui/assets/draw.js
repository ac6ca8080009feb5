// A black canvas to draw on with mouse, pen or finger. When it is lifted, the drawing goes to
// the server as 28 x 28 grey levels, each the mean of 12 x 12 pixels drawn here.

const PADS = new WeakMap(); // root -> Pad
const FINE = 12; // pixels of the canvas along one pixel of the picture

class Pad {
  constructor(root, pixels) {
    for (const name of ["width", "shade", "said", "clear"]) {
      this[name] = root.querySelector(`.${name}`);
    }
    this.canvas = root.querySelector("canvas");
    this.context = this.canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    this.context.lineCap = this.context.lineJoin = "round";
    this.pointer = null; // the finger that draws; others are ignored
    this.last = null;
    this.send = () => {};
    this.canvas.onpointerdown = (event) => this.start(event);
    this.canvas.onpointermove = (event) => this.move(event);
    this.canvas.onpointerup = this.canvas.onpointercancel = (event) => this.lift(event);
    this.clear.onclick = () => this.empty();
    this.width.oninput = this.shade.oninput = () => this.say();
    this.say();
    if (pixels) this.restore(pixels);
  }

  update(data, send) {
    this.send = send;
    this.canvas.setAttribute("aria-label", data.label);
  }

  say() {
    const width = Number(this.width.value);
    const shade = Number(this.shade.value);
    const what = shade === 0 ? "erases" : `${shade} % bright`;
    this.said.textContent = `${width} ${width === 1 ? "pixel" : "pixels"} wide, ${what}`;
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  start(event) {
    if (this.pointer !== null || event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    const level = Math.round(2.55 * Number(this.shade.value));
    this.context.strokeStyle = `rgb(${level} ${level} ${level})`;
    this.context.lineWidth = FINE * Number(this.width.value);
    this.last = this.at(event);
    this.line(this.last); // a touch without a move is a dot
  }

  move(event) {
    if (event.pointerId !== this.pointer) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const point of passed.length ? passed : [event]) this.line(this.at(point));
  }

  line(to) {
    this.context.beginPath();
    this.context.moveTo(...this.last);
    this.context.lineTo(...to);
    this.context.stroke();
    this.last = to;
  }

  lift(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.send(this.pixels());
  }

  empty() {
    this.context.fillStyle = "#000";
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.send(this.pixels());
  }

  pixels() {
    const { width, height } = this.canvas;
    const drawn = this.context.getImageData(0, 0, width, height).data;
    const sums = new Float64Array(SIDE * SIDE);
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const place = SIDE * Math.floor(y / FINE) + Math.floor(x / FINE);
        sums[place] += drawn[4 * (y * width + x)];
      }
    }
    const levels = Uint8Array.from(sums, (sum) => Math.round(sum / (FINE * FINE)));
    return btoa(String.fromCharCode(...levels));
  }

  // What was drawn before the page was left, as coarse as the server has it.
  restore(pixels) {
    [...atob(pixels)].forEach((character, place) => {
      const level = character.charCodeAt(0);
      this.context.fillStyle = `rgb(${level} ${level} ${level})`;
      this.context.fillRect(
        FINE * (place % SIDE), FINE * Math.floor(place / SIDE), FINE, FINE,
      );
    });
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!PADS.has(parentElement)) PADS.set(parentElement, new Pad(parentElement, data.pixels));
  PADS.get(parentElement).update(data, (pixels) => setTriggerValue("drawn", pixels));
}
