// One page of pictures as buttons. Tiles are reused: a new page changes texts and
// pixels in place, in one frame.

const GALLERIES = new WeakMap(); // root -> Gallery
const ACROSS = { ArrowLeft: -1, ArrowRight: 1 };
const DOWN = { ArrowUp: -1, ArrowDown: 1 };

class Gallery {
  constructor(root) {
    this.grid = root.querySelector(".gallery");
    this.template = root.querySelector("template").content.querySelector("button");
    this.choice = new Choice();
    this.choosing = new Choosing();
    this.data = null;
    this.opened = null; // the picture in the panel, as the page says
    this.wasClicked = false;
    this.chosen = null; // what the page says is chosen; null: a click opens
    this.pick = () => {};
    this.choose = () => {};
    this.grid.onclick = (event) => this.clicked(event.target.closest("button"), event.shiftKey);
    this.grid.onkeydown = (event) => this.moved(event);
    this.grid.addEventListener("focusin", (event) => this.rove(event.target.closest("button")));
  }

  get tiles() {
    return [...this.grid.children];
  }

  update(data, pick, choose) {
    Object.assign(this, { pick, choose, chosen: data.chosen ?? null });
    this.choice.follow(data.selected);
    if (this.chosen) this.choosing.follow(this.chosen);
    this.grid.classList.toggle("choosing", this.chosen !== null);
    if (this.data?.version !== data.version) {
      this.data = data;
      this.grid.style.setProperty("--tile", `${data.tile}px`);
      this.grid.setAttribute("aria-label", data.label);
      this.fit(data.ids.length);
      this.tiles.forEach((tile, index) => this.fill(tile, index));
      this.drawAll(data);
    }
    this.mark();
    if (this.opened !== null && data.selected === null) this.takeFocusBack();
    this.opened = data.selected;
  }

  // The panel has closed: the keyboard goes on where it was, if it is nowhere else.
  takeFocusBack() {
    const isHere = this.data.ids.includes(this.opened);
    if (document.activeElement !== document.body || !(this.wasClicked || isHere)) return;
    this.wasClicked = false;
    const shown = this.tiles[this.data.ids.indexOf(LAST_SHOWN.id ?? this.opened)];
    (shown ?? this.tiles[0])?.focus();
  }

  fit(count) {
    while (this.grid.children.length > count) this.grid.lastElementChild.remove();
    while (this.grid.children.length < count) {
      const tile = this.template.cloneNode(true);
      clearPicture(tile.querySelector("canvas"));
      this.grid.append(tile);
    }
    const current = this.tiles.find((tile) => tile.tabIndex === 0) ?? this.tiles[0];
    if (current) current.tabIndex = 0;
  }

  fill(tile, index) {
    const { trueNames, predictedNames, percents, widths, labels, notes, values, isNamed } = this.data;
    const isRight = trueNames[index] === predictedNames[index];
    tile.className = `tile ${isRight ? "right" : "wrong"}`;
    tile.setAttribute("aria-label", labels[index]);
    tile.querySelector(".line").hidden = !isNamed;
    tile.querySelector(".predicted").hidden = !isNamed;
    tile.querySelector(".true").textContent = trueNames[index];
    tile.querySelector(".predicted").textContent = notes[index] ?? `→ ${predictedNames[index]}`;
    tile.querySelector(".confidence").hidden = !percents.length;
    tile.querySelector(".number").textContent = percents[index] ?? "";
    const value = tile.querySelector(".value");
    value.textContent = values[index] ?? "";
    value.hidden = !value.textContent;
    tile.querySelector(".bar").style.width = `${widths[index] ?? 0}%`;
  }

  drawAll({ pixels, positions, sheet, version }) {
    if (pixels) {
      forgetWaiting(this);
      const bytes = Uint8Array.from(atob(pixels), (byte) => byte.charCodeAt(0));
      this.draw(version, (canvas, index) => drawGrey(canvas, bytes, index));
    } else {
      whenSheet(sheet, this, (bitmap) => {
        this.draw(version, (canvas, index) => drawPicture(canvas, bitmap, positions[index]));
      });
    }
  }

  draw(version, drawOne) {
    if (version !== this.data.version) return;
    this.tiles.forEach((tile, index) => drawOne(tile.querySelector("canvas"), index));
    this.grid.dataset.drawn = version;
  }

  mark() {
    this.tiles.forEach((tile, index) => {
      if (this.data.ids[index] === this.choice.current) tile.setAttribute("aria-current", "true");
      else tile.removeAttribute("aria-current");
      if (this.chosen) tile.ariaPressed = this.choosing.ids.has(this.data.ids[index]);
      else tile.removeAttribute("aria-pressed");
    });
  }

  clicked(tile, isRange) {
    if (!tile) return;
    const id = this.data.ids[this.tiles.indexOf(tile)];
    if (this.chosen) {
      this.choose(this.choosing.press(id, this.data.ids, isRange));
      this.mark();
      return;
    }
    this.choice.pick(id);
    this.wasClicked = true;
    LAST_SHOWN.id = id;
    this.mark();
    this.pick(id);
  }

  rove(tile) {
    for (const other of this.tiles) other.tabIndex = other === tile ? 0 : -1;
  }

  moved(event) {
    const target = this.target(event.key, event.target.closest("button"));
    if (!target) return;
    event.preventDefault();
    target.focus();
  }

  target(key, tile) {
    const { tiles } = this;
    const index = tiles.indexOf(tile);
    if (index < 0) return null;
    if (key === "Home") return tiles[0];
    if (key === "End") return tiles.at(-1);
    if (key in ACROSS) return tiles[index + ACROSS[key]];
    if (key in DOWN) return tiles[index + DOWN[key] * this.columns()];
    return null;
  }

  columns() {
    const { tiles } = this;
    const second = tiles.findIndex((tile) => tile.offsetTop > tiles[0].offsetTop);
    return second < 0 ? tiles.length : second;
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!GALLERIES.has(parentElement)) GALLERIES.set(parentElement, new Gallery(parentElement));
  const gallery = GALLERIES.get(parentElement);
  const tell = (what) => (value) => setTriggerValue(what, value);
  gallery.update(data, tell("picked"), tell("chosen"));
  return () => forgetWaiting(gallery);
}
