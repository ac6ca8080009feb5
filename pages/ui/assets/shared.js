// Put in front of every component: the picture sheets this window holds, and
// the choice that shows at once and then follows the server.

const SHEETS = (window.fashionSheets ??= new Map()); // id -> {bitmap, loading, waiting, say}
const SHEET_COLUMNS = 100;
const SIDE = 28;

// What the panel of one picture showed last: the keyboard goes back to its tile.
const LAST_SHOWN = (window.fashionLastShown ??= { id: null });

function sheetEntry(id) {
  const empty = { bitmap: null, loading: false, waiting: new Map(), say: null };
  if (!SHEETS.has(id)) SHEETS.set(id, empty);
  return SHEETS.get(id);
}

// Calls draw(bitmap) now, or once when the sheet arrives. One waiting call per owner.
function whenSheet(id, owner, draw) {
  const entry = sheetEntry(id);
  if (entry.bitmap) draw(entry.bitmap);
  else entry.waiting.set(owner, draw);
}

function forgetWaiting(owner) {
  for (const entry of SHEETS.values()) entry.waiting.delete(owner);
}

function drawPicture(canvas, bitmap, position) {
  const context = canvas.getContext("2d", { alpha: false });
  context.imageSmoothingEnabled = false;
  const x = (position % SHEET_COLUMNS) * SIDE;
  const y = Math.floor(position / SHEET_COLUMNS) * SIDE;
  context.drawImage(bitmap, x, y, SIDE, SIDE, 0, 0, SIDE, SIDE);
}

// Draws picture `index` of some that came as grey bytes, row by row.
function drawGrey(canvas, bytes, index) {
  const image = new ImageData(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i += 1) {
    image.data.fill(bytes[index * SIDE * SIDE + i], 4 * i, 4 * i + 3);
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d", { alpha: false }).putImageData(image, 0, 0);
}

function clearPicture(canvas) {
  const context = canvas.getContext("2d", { alpha: false });
  context.fillStyle = "#8a939c"; // grey: black is what most of a picture is
  context.fillRect(0, 0, SIDE, SIDE);
}

// What the reader clicked counts until the server has caught up: an answer to an
// earlier click must not move the mark back.
class Choice {
  constructor() {
    this.current = null;
    this.confirmed = null;
    this.unanswered = [];
  }

  pick(value) {
    this.current = value;
    this.unanswered = [...this.unanswered.slice(-19), value];
  }

  follow(value) {
    if (value === this.confirmed) return;
    this.confirmed = value;
    const answered = this.unanswered.lastIndexOf(value) + 1;
    const laterClicks = this.unanswered.slice(answered);
    if (answered > 0 && laterClicks.length > 0) {
      this.unanswered = laterClicks;
      return;
    }
    this.unanswered = [];
    this.current = value;
  }
}
