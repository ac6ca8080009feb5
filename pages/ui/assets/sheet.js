// Asks for a sheet the window lacks, receives it as bytes, and keeps its bitmap. It says nothing when
// it has it: Streamlit sends what components say in the same moment as one message, for the part of the
// page that spoke first, so a click just then would have been lost.
// Bytes: 4-byte little-endian length, the sheet's id in UTF-8, then the PNG.

const ASK_MS = 1_000;
const LOOK_MS = 20;
const GIVE_UP_MS = 5_000;

function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const id = new TextDecoder().decode(bytes.subarray(4, 4 + length));
  return { id, png: bytes.subarray(4 + length) };
}

// A window keeps one sheet of a split: 31 MB decoded for 10,000 pictures.
function dropOthers(id) {
  const split = id.slice(0, id.indexOf("/") + 1);
  for (const [other, { bitmap }] of SHEETS) {
    if (other === id || !other.startsWith(split) || !bitmap) continue;
    SHEETS.delete(other);
    bitmap.close();
  }
}

async function keep(id, png) {
  const entry = sheetEntry(id);
  if (entry.bitmap || entry.loading) return;
  entry.loading = true;
  try {
    // "none": the pixels of the file, untouched by the screen's colour profile.
    entry.bitmap = await createImageBitmap(new Blob([png], { type: "image/png" }), {
      colorSpaceConversion: "none",
      premultiplyAlpha: "none",
    });
  } finally {
    entry.loading = false;
  }
  dropOthers(id);
  const waiting = [...entry.waiting.values()];
  entry.waiting.clear();
  for (const draw of waiting) draw(entry.bitmap);
}

// Not at once: a component hears of its data before the widgets beside it have taken over theirs, and
// what is said then carries their old values, which the server takes for a change by the visitor. And
// not before the script has ended: Streamlit may forget the rest of a run in whose last moment a part of
// the page is asked for.
const whenIdle = window.requestIdleCallback ?? ((act) => setTimeout(act, ASK_MS));

function isRunning() {
  const state = document.querySelector("[data-testid='stApp']")?.dataset.testScriptState;
  return state === "running" || state === "rerunRequested";
}

function askFor(id, say) {
  const entry = sheetEntry(id);
  const isAsking = Boolean(entry.say);
  entry.say = say; // the visitor may be on another page when it is said
  if (isAsking) return;
  const start = performance.now();
  const ask = () => {
    if (isRunning() && performance.now() - start < GIVE_UP_MS) {
      setTimeout(() => whenIdle(ask, { timeout: ASK_MS }), LOOK_MS);
      return;
    }
    const sayNow = entry.say;
    entry.say = null;
    if (!entry.bitmap && !entry.loading) sayNow("missing", id);
  };
  whenIdle(ask, { timeout: ASK_MS });
}

export default function ({ data, setTriggerValue }) {
  if (data instanceof Uint8Array) {
    const { id, png } = unpack(data);
    keep(id, png);
  } else if (data) {
    askFor(data.id, setTriggerValue);
  }
}
