// Buttons that can be pressed by a key from anywhere on the page. What is pressed goes to the
// server with the name of what is on screen; until the answer is there, nothing else is taken,
// so that no press counts for something that nobody has seen.

const BARS = new WeakMap(); // root -> KeyBar
const TYPING = "input, textarea, select, [contenteditable], [role=textbox], [role=combobox]";
const PATIENCE_MS = 4000; // a press without an answer got lost and may be repeated
const OPEN = "[role=dialog], [role=listbox], [role=menu]";

class KeyBar {
  constructor(root) {
    this.bar = root.querySelector(".keys");
    this.said = root.querySelector(".said");
    this.template = root.querySelector("template").content.querySelector("button");
    this.data = null;
    this.waitingFor = null; // the token that was pressed and not answered yet
    this.press = () => {};
    this.bar.onclick = (event) => this.take(this.buttons.indexOf(event.target.closest("button")));
    this.onKey = (event) => this.keyed(event);
  }

  get buttons() {
    return [...this.bar.children];
  }

  update(data, press) {
    this.press = press;
    this.data = data;
    if (this.waitingFor !== data.token) this.waitingFor = null;
    this.bar.setAttribute("aria-label", data.label);
    this.bar.dataset.token = data.token;
    if (this.said.textContent !== data.said) this.said.textContent = data.said;
    while (this.buttons.length > data.buttons.length) this.bar.lastElementChild.remove();
    while (this.buttons.length < data.buttons.length) this.bar.append(this.template.cloneNode(true));
    this.buttons.forEach((button, index) => this.fill(button, data.buttons[index]));
    this.markBusy();
  }

  fill(button, { text, key, help, pressed, disabled }) {
    button.querySelector(".text").textContent = text;
    button.querySelector("kbd").textContent = key;
    button.title = help;
    button.disabled = disabled;
    button.setAttribute("aria-keyshortcuts", key);
    if (pressed === null) button.removeAttribute("aria-pressed");
    else button.setAttribute("aria-pressed", String(pressed));
  }

  markBusy() {
    this.bar.setAttribute("aria-busy", String(this.waitingFor !== null));
  }

  keyed(event) {
    if (event.defaultPrevented || event.repeat || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const origin = event.composedPath()[0];
    if (origin instanceof Element && origin.closest(TYPING)) return;
    if (document.querySelector(OPEN)) return;
    const key = event.key.toUpperCase();
    const index = this.data.buttons.findIndex((button) => button.key === key);
    if (index < 0) return;
    event.preventDefault();
    this.take(index);
  }

  take(index) {
    const button = this.data.buttons[index];
    if (!button || button.disabled || this.waitingFor !== null) return;
    const { token } = this.data;
    this.waitingFor = token;
    this.markBusy();
    this.press({ token, action: button.action });
    setTimeout(() => this.giveUp(token), PATIENCE_MS);
  }

  giveUp(token) {
    if (this.waitingFor === token) this.waitingFor = null;
    this.markBusy();
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!BARS.has(parentElement)) BARS.set(parentElement, new KeyBar(parentElement));
  const bar = BARS.get(parentElement);
  bar.update(data, (pressed) => setTriggerValue("pressed", pressed));
  document.addEventListener("keydown", bar.onKey); // the same function is only added once
  return () => document.removeEventListener("keydown", bar.onKey);
}
