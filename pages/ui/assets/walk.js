// Steps through a row of pictures: two buttons, and the left and right arrow keys
// wherever they do not already mean something.

const WALKS = new WeakMap(); // root -> Walk
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };
const OWN_ARROWS = [
  "input",
  "textarea",
  "select",
  "[contenteditable]",
  ...["combobox", "dialog", "grid", "listbox", "menu", "radiogroup", "slider", "spinbutton"].map(
    (role) => `[role='${role}']`,
  ),
  ".gallery",
].join();

class Walk {
  constructor(root) {
    this.host = root.getRootNode().host ?? root;
    this.place = root.querySelector(".place");
    this.buttons = { "-1": root.querySelector(".previous"), 1: root.querySelector(".next") };
    this.choice = new Choice();
    this.data = null;
    this.pick = () => {};
    for (const [step, button] of Object.entries(this.buttons)) {
      button.onclick = () => this.go(Number(step));
    }
  }

  update(data, pick) {
    this.pick = pick;
    this.data = data;
    this.choice.follow(data.current);
    LAST_SHOWN.id = this.choice.current;
    this.buttons[-1].querySelector(".text").textContent = `Previous ${data.noun}`;
    this.buttons[1].querySelector(".text").textContent = `Next ${data.noun}`;
    this.mark();
  }

  // The picture so many steps away; from outside the row only its first one.
  target(step) {
    const at = this.data.ids.indexOf(this.choice.current);
    if (at < 0) return step > 0 ? this.data.ids[0] : undefined;
    return this.data.ids[at + step];
  }

  mark() {
    const { ids, start, total, outside } = this.data;
    const at = ids.indexOf(this.choice.current);
    const rank = (start + at + 1).toLocaleString("en");
    this.place.textContent = at < 0 ? outside : `${rank} of ${total.toLocaleString("en")}`;
    for (const [step, button] of Object.entries(this.buttons)) {
      button.disabled = this.target(Number(step)) === undefined;
    }
  }

  go(step) {
    const id = this.target(step);
    if (id === undefined) return;
    this.choice.pick(id);
    LAST_SHOWN.id = id;
    this.mark();
    this.pick(id);
  }

  pressed(event) {
    if (!this.host.isConnected) return; // its panel is closed; Streamlit may end it much later
    const isPlain = !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
    const isOurs = event.key in STEPS && isPlain && !event.defaultPrevented;
    const isOthers = (node) => node.matches?.(OWN_ARROWS) && !node.contains(this.host);
    if (!isOurs || event.composedPath().some(isOthers)) return;
    event.preventDefault();
    this.go(STEPS[event.key]);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!WALKS.has(parentElement)) WALKS.set(parentElement, new Walk(parentElement));
  const walk = WALKS.get(parentElement);
  walk.update(data, (id) => setTriggerValue("picked", id));
  const pressed = (event) => walk.pressed(event);
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
}
