// A slider whose answers never pile up: one value at a time is on its way to the
// server, and when it has answered, the newest one follows. It can play itself.

const SLIDERS = new WeakMap(); // root -> Slider
const STEP_MS = 700; // shortest time from one step of playing to the next
const REST_MS = 150; // shortest rest after an answer, for the browser to draw it
const GIVE_UP_MS = 30_000; // a lost answer must not block the slider for ever, a busy server may
const PLAY = "M4 2.5v11l9-5.5z";
const PAUSE = "M4 3h3v10H4zM9 3h3v10H9z";

class Slider {
  constructor(root) {
    for (const name of ["box", "play", "value", "legend", "curve", "bars", "ends", "said"]) {
      this[name] = root.querySelector(`.${name}`);
    }
    this.input = root.querySelector("input");
    this.data = null;
    this.wanted = 0;
    this.sent = null;
    this.sentAt = 0;
    this.isPlaying = false;
    this.timers = { step: 0, lost: 0 };
    this.input.oninput = () => this.want(Number(this.input.value));
    this.bars.onclick = (event) => this.clicked(event.target.closest(".bar"));
    this.play.onclick = () => (this.isPlaying ? this.stop() : this.start());
    this.touched = (event) => {
      if (!event.composedPath().includes(this.play)) this.stop();
    };
    this.hidden = () => document.hidden && this.stop();
  }

  update(data, move) {
    this.move = move;
    if (this.data?.version !== data.version) this.build(data);
    this.data = data;
    if (this.sent === null) this.wanted = data.selected;
    else if (this.sent === data.selected) this.answered();
    this.show();
  }

  build(data) {
    this.stop();
    const { stops, bars, legend, curve, curveName } = data;
    this.box.style.setProperty("--stops", stops.length);
    this.input.max = stops.length - 1;
    this.input.setAttribute("aria-label", data.label);
    this.play.hidden = !data.canPlay;
    const line = curve.length ? [["curve", curveName]] : [];
    const keys = [...line, ...legend].map(([name, text]) => this.key(name, text));
    this.legend.replaceChildren(...keys);
    this.curve.hidden = !curve.length;
    this.curve.querySelector("svg").setAttribute("viewBox", `0 0 ${stops.length} 1`);
    this.curve.querySelector("path").setAttribute("d", this.line(curve));
    this.bars.replaceChildren(...bars.map((bar, index) => this.bar(bar, data, index)));
    [this.ends.firstChild.textContent, this.ends.lastChild.textContent] = data.ends;
  }

  // A point above the middle of each bar; what is missing leaves a gap.
  line(curve) {
    const points = curve.map((height, index) => {
      if (height === null) return "";
      return `${(curve[index - 1] ?? null) === null ? "M" : "L"}${index + 0.5} ${1 - height}`;
    });
    return points.join("");
  }

  key(name, text) {
    const key = document.createElement("span");
    key.className = name;
    key.style.setProperty("--colour", `var(--${name})`);
    key.textContent = text;
    return key;
  }

  bar(parts, data, index) {
    const bar = document.createElement("div");
    bar.className = "bar";
    bar.title = data.said[index];
    parts.forEach((value, part) => {
      const piece = document.createElement("i");
      piece.style.height = `${(100 * value) / data.most}%`;
      piece.style.background = `var(--${data.legend[part][0]})`;
      bar.append(piece);
    });
    return bar;
  }

  show() {
    const { stops, said } = this.data;
    this.input.value = this.wanted;
    this.input.setAttribute("aria-valuetext", stops[this.wanted]);
    this.value.textContent = stops[this.wanted];
    this.said.textContent = said[this.wanted] ?? "";
    [...this.bars.children].forEach((bar, index) => {
      bar.toggleAttribute("data-chosen", index === this.wanted);
    });
    this.mark(this.data.curve[this.wanted] ?? null);
    this.play.setAttribute("aria-pressed", String(this.isPlaying));
    this.play.querySelector("path").setAttribute("d", this.isPlaying ? PAUSE : PLAY);
    this.play.querySelector("span").textContent = this.isPlaying ? "Pause" : "Play";
    this.box.dataset.answered = this.sent === null ? this.data.selected : "";
  }

  mark(height) {
    const dot = this.curve.querySelector(".dot");
    dot.hidden = height === null;
    dot.style.left = `${(100 * (this.wanted + 0.5)) / this.data.stops.length}%`;
    dot.style.top = `${100 * (1 - height)}%`;
  }

  clicked(bar) {
    if (bar) this.want([...this.bars.children].indexOf(bar));
  }

  want(index) {
    this.wanted = index;
    this.send();
    this.show();
  }

  send() {
    if (this.sent !== null || this.wanted === this.data.selected) return;
    this.sent = this.wanted;
    this.sentAt = performance.now();
    this.timers.lost = setTimeout(() => this.lost(), GIVE_UP_MS);
    this.move(this.sent);
  }

  answered() {
    clearTimeout(this.timers.lost);
    this.sent = null;
    if (this.isPlaying) this.later();
    else this.send();
  }

  lost() {
    this.sent = null;
    this.stop();
    this.wanted = this.data.selected;
    this.show();
  }

  start() {
    this.isPlaying = true;
    for (const kind of ["click", "input", "keydown"]) {
      document.addEventListener(kind, this.touched, true);
    }
    document.addEventListener("visibilitychange", this.hidden);
    const isAtEnd = this.wanted === this.data.stops.length - 1;
    this.want(isAtEnd ? 0 : this.wanted + 1);
  }

  stop() {
    if (!this.isPlaying) return;
    this.isPlaying = false;
    clearTimeout(this.timers.step);
    for (const kind of ["click", "input", "keydown"]) {
      document.removeEventListener(kind, this.touched, true);
    }
    document.removeEventListener("visibilitychange", this.hidden);
    this.show();
  }

  later() {
    if (this.wanted === this.data.stops.length - 1) {
      this.stop();
      return;
    }
    const rest = Math.max(REST_MS, STEP_MS - (performance.now() - this.sentAt));
    clearTimeout(this.timers.step);
    this.timers.step = setTimeout(() => this.isPlaying && this.want(this.wanted + 1), rest);
  }

  leave() {
    this.stop();
    clearTimeout(this.timers.lost);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!SLIDERS.has(parentElement)) SLIDERS.set(parentElement, new Slider(parentElement));
  const slider = SLIDERS.get(parentElement);
  slider.update(data, (index) => setTriggerValue("moved", index));
  return () => slider.leave();
}
