// A confusion matrix as a table of buttons. The table is built once per set of
// classes; afterwards numbers and colours change in place.

const MATRICES = new WeakMap(); // root -> Matrix
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const READABLE = 4.5; // contrast of small text, WCAG 2.2, 1.4.3

const PROBE = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

function rgb(color) {
  PROBE.fillStyle = color;
  PROBE.fillRect(0, 0, 1, 1);
  return [...PROBE.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

function mix(from, to, fraction) {
  return from.map((value, i) => Math.round(value + (to[i] - value) * fraction));
}

// Relative luminance and contrast, WCAG 2.2.
function luminance(color) {
  const [r, g, b] = color.map((value) => {
    const c = value / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

// The first ink that can be read, else the one that can be read best.
function readable(ground, inks) {
  const fits = inks.find((ink) => contrast(ink, ground) >= READABLE);
  return fits ?? inks.toSorted((a, b) => contrast(b, ground) - contrast(a, ground))[0];
}

function element(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

class Matrix {
  constructor(root) {
    this.box = root.querySelector(".matrix");
    this.table = root.querySelector("table");
    this.choice = new Choice();
    this.data = null;
    this.structure = "";
    this.drawn = "";
    this.cells = [];
    this.pick = () => {};
    this.table.onclick = (event) => this.clicked(event.target.closest("button"));
    this.table.onkeydown = (event) => this.moved(event);
    this.table.addEventListener("focusin", (event) => this.rove(event.target.closest("button")));
    this.table.onmouseover = (event) => this.cross(event.target.closest("button"));
    this.table.onmouseleave = () => this.cross(null);
  }

  update(data, pick) {
    this.pick = pick;
    this.data = data;
    this.choice.follow(data.selected && data.selected.join());
    const structure = JSON.stringify([data.names, data.family]);
    if (structure !== this.structure) {
      this.structure = structure;
      this.build();
    }
    const colors = this.colors();
    const drawn = `${data.version} ${JSON.stringify(colors)}`;
    if (drawn !== this.drawn) {
      this.drawn = drawn;
      this.fill(colors);
    }
    this.mark();
  }

  colors() {
    const style = getComputedStyle(this.box);
    return Object.fromEntries(
      ["text", "background", "primary"].map((name) => {
        return [name, rgb(style.getPropertyValue(`--st-${name}-color`).trim())];
      }),
    );
  }

  build() {
    const { names } = this.data;
    this.box.style.setProperty("--classes", names.length);
    const head = element("tr");
    head.append(this.corner(), ...names.map((name, i) => this.columnHead(name, i)));
    this.table.tHead.replaceChildren(head);
    this.cells = names.map((_, row) => names.map((__, column) => this.cell(row, column)));
    this.table.tBodies[0].replaceChildren(...names.map((name, row) => this.row(name, row)));
    this.cells[0][0].tabIndex = 0;
  }

  corner() {
    const corner = element("td", "", "corner");
    corner.append(element("span", "predicted →", "across"), element("span", "true ↓", "down"));
    return corner;
  }

  columnHead(name, index) {
    const head = this.head(name, index, "col");
    const box = element("div", "", "name");
    const label = element("span");
    // A break after a slash: "T-shirt/top" fits two lines of a narrow column.
    name.split(/(?<=\/)/).forEach((part, i) => label.append(...(i ? [element("wbr")] : []), part));
    box.append(label);
    head.append(box);
    return head;
  }

  head(name, index, scope) {
    const head = element("th", "", this.data.family[index] ? "family" : "");
    head.scope = scope;
    head.title = name;
    return head;
  }

  row(name, row) {
    const line = element("tr");
    const head = this.head(name, row, "row");
    head.append(element("span", name));
    line.append(head);
    this.cells[row].forEach((button, column) => {
      const cell = element("td", "", this.outline(row, column));
      cell.append(button);
      line.append(cell);
    });
    return line;
  }

  cell(row, column) {
    const button = element("button");
    button.type = "button";
    button.tabIndex = -1;
    button.dataset.row = row;
    button.dataset.column = column;
    return button;
  }

  // The sides of this cell that border on cells outside the family's block.
  outline(row, column) {
    const { family } = this.data;
    const within = (r, c) => Boolean(family[r] && family[c]);
    if (!within(row, column)) return "";
    const sides = { top: [-1, 0], right: [0, 1], bottom: [1, 0], left: [0, -1] };
    return Object.entries(sides)
      .filter(([, [down, across]]) => !within(row + down, column + across))
      .map(([side]) => side)
      .join(" ");
  }

  fill(colors) {
    const { shown, spoken, fractions, caption, most, unit } = this.data;
    this.cells.forEach((line, row) => line.forEach((button, column) => {
      button.textContent = shown[row][column];
      button.title = spoken[row][column];
      button.setAttribute("aria-label", spoken[row][column]);
      this.paint(button, fractions[row][column], colors);
    }));
    this.table.caption.textContent = caption;
    const legend = this.box.querySelector(".legend");
    legend.querySelector(".most").textContent = most;
    legend.querySelector(".unit").textContent = unit;
  }

  // No fraction: a right answer, outside the colour scale. Zero: no picture at all.
  paint(button, fraction, { text, background, primary }) {
    const faded = mix(background, text, 0.72);
    const ground = fraction
      ? mix(background, primary, fraction)
      : mix(background, text, fraction === 0 ? 0.035 : 0.09);
    const inks = [...(fraction ? [] : [faded]), text, background, [0, 0, 0], [255, 255, 255]];
    button.style.backgroundColor = `rgb(${ground})`;
    button.style.color = `rgb(${readable(ground, inks)})`;
    button.classList.toggle("strong", fraction >= 0.4); // bold reads better on a mid tone
  }

  mark() {
    this.cells.flat().forEach((button) => {
      const isChosen = this.pair(button).join() === this.choice.current;
      button.parentElement.setAttribute("aria-selected", String(isChosen));
    });
    this.cross(null);
  }

  // Headers of the cell under the pointer, else of the selected one, stand out.
  cross(button) {
    const at = button ?? this.table.querySelector('[aria-selected="true"] button');
    const columns = [...this.table.tHead.rows[0].cells].slice(1);
    const rows = [...this.table.tBodies[0].rows].map((line) => line.cells[0]);
    columns.forEach((head, i) => head.classList.toggle("on", at?.dataset.column === String(i)));
    rows.forEach((head, i) => head.classList.toggle("on", at?.dataset.row === String(i)));
  }

  pair(button) {
    const { labels } = this.data;
    return [labels[button.dataset.row], labels[button.dataset.column]];
  }

  clicked(button) {
    if (!button) return;
    const pair = this.pair(button);
    this.choice.pick(pair.join());
    this.mark();
    this.pick(pair);
  }

  rove(button) {
    for (const other of this.cells.flat()) other.tabIndex = other === button ? 0 : -1;
    this.cross(button);
  }

  moved(event) {
    const button = event.target.closest("button");
    const target = button && this.target(event, Number(button.dataset.row), Number(button.dataset.column));
    if (!target) return;
    event.preventDefault();
    target.focus();
  }

  target({ key, ctrlKey }, row, column) {
    const last = this.cells.length - 1;
    if (key === "Home") return this.cells[ctrlKey ? 0 : row][0];
    if (key === "End") return this.cells[ctrlKey ? last : row][last];
    if (!(key in STEPS)) return null;
    return this.cells[row + STEPS[key][0]]?.[column + STEPS[key][1]];
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!MATRICES.has(parentElement)) MATRICES.set(parentElement, new Matrix(parentElement));
  MATRICES.get(parentElement).update(data, (pair) => setTriggerValue("cell", pair));
}
