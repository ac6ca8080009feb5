// What stands beside the point under the pointer: its picture, what it is, what the network says.

function writeTip(tip, map, row) {
  const { data } = map;
  const [label, answer] = [map.labels[row], map.predictions[row]];
  const isRight = label === answer;
  const write = (name, text) => {
    tip.querySelector(name).textContent = text;
  };
  tip.className = `tip ${isRight ? "right" : "wrong"}`;
  tip.dataset.number = map.numbers[row];
  write(".true", data.classes[label]);
  write(".predicted", `→ ${data.classes[answer]} ${isRight ? "✓" : "✗"}`);
  write(".sure", `${data.percents[map.sureness[row]]} sure`);
  write(".number", `${data.split} picture ${map.numbers[row]}`);
  const canvas = tip.querySelector("canvas");
  clearPicture(canvas);
  whenSheet(data.sheet, map, (bitmap) => drawPicture(canvas, bitmap, row));
}

// Beside the point, within the plot.
function placeTip(tip, [px, py], { clientWidth, clientHeight }) {
  const { offsetWidth, offsetHeight } = tip;
  const beside = px + 14 + offsetWidth > clientWidth ? px - 14 - offsetWidth : px + 14;
  const within = (value, most) => `${Math.max(0, Math.min(value, most))}px`;
  tip.style.left = within(beside, clientWidth - offsetWidth);
  tip.style.top = within(py - offsetHeight / 2, clientHeight - offsetHeight);
}

function ringPoint(context, [px, py], color) {
  context.strokeStyle = color;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(px, py, 7, 0, 2 * Math.PI);
  context.stroke();
}
