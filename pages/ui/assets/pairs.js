// Pairs of classes as buttons, one below the other. Built anew when the numbers change;
// the mark moves in place.

const LISTS = new WeakMap(); // root -> PairList
const STEPS = { ArrowUp: -1, ArrowDown: 1 };

class PairList {
  constructor(root) {
    this.list = root.querySelector(".pairs");
    this.template = root.querySelector("template").content.querySelector("button");
    this.choice = new Choice();
    this.data = null;
    this.pick = () => {};
    this.list.onclick = (event) => this.clicked(event.target.closest("button"));
    this.list.onkeydown = (event) => this.moved(event);
  }

  get buttons() {
    return [...this.list.children];
  }

  update(data, pick) {
    this.pick = pick;
    this.choice.follow(data.selected.join());
    if (this.data?.version !== data.version) {
      this.data = data;
      this.list.replaceChildren(...data.rows.map((row) => this.button(row)));
      this.list.scrollTop = 0;
    }
    this.mark();
  }

  button(row) {
    const button = this.template.cloneNode(true);
    button.setAttribute("aria-label", row.spoken);
    button.classList.toggle("all", row.pair.length === 0);
    button.querySelector(".name").textContent = row.name;
    button.querySelector(".balance").textContent = row.balance;
    for (const side of ["broken", "fixed"]) {
      button.querySelector(`.${side} .number`).textContent = row[side].toLocaleString("en");
      // The sum of all pairs would leave no room for the scale of one.
      const share = row.pair.length ? row[side] / this.data.most : 0;
      button.querySelector(`.${side} .bar`).style.width = `calc(${share} * (100% - 32px))`;
    }
    return button;
  }

  mark() {
    this.data.rows.forEach((row, index) => {
      const isChosen = row.pair.join() === this.choice.current;
      this.buttons[index].setAttribute("aria-pressed", String(isChosen));
      this.buttons[index].tabIndex = isChosen ? 0 : -1;
    });
  }

  clicked(button) {
    if (!button) return;
    const { pair } = this.data.rows[this.buttons.indexOf(button)];
    this.choice.pick(pair.join());
    this.mark();
    this.pick(pair);
  }

  moved(event) {
    const { buttons } = this;
    const index = buttons.indexOf(event.target.closest("button"));
    const ends = { Home: 0, End: buttons.length - 1 };
    const target = buttons[ends[event.key] ?? index + STEPS[event.key]];
    if (index < 0 || !target) return;
    event.preventDefault();
    target.focus();
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!LISTS.has(parentElement)) LISTS.set(parentElement, new PairList(parentElement));
  LISTS.get(parentElement).update(data, (pair) => setTriggerValue("picked", pair));
}
