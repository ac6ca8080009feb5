// Reads the message of a map: 4-byte little-endian length of the head, the head (JSON), then for
// N points x and y (float32), numbers (int32), labels, predictions, groups, sureness (uint8 each).

function readMessage(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let start = 4 + length;
  const take = (type) => {
    const size = head.count * type.BYTES_PER_ELEMENT;
    start += size;
    return new type(bytes.slice(start - size, start).buffer);
  };
  return {
    head,
    x: take(Float32Array),
    y: take(Float32Array),
    numbers: take(Int32Array),
    labels: take(Uint8Array),
    predictions: take(Uint8Array),
    groupOf: take(Uint8Array),
    sureness: take(Uint8Array),
  };
}

// [left, right, bottom, top] that shows all: the limits of an axis, or as far as the points go.
function homeOf({ head, x, y }) {
  const reach = (values, limits) => {
    if (limits) return limits;
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    const room = 0.04 * (high - low) || 1;
    return [low - room, high + room];
  };
  return [...reach(x, head.x.limits), ...reach(y, head.y.limits)];
}
