// Which pictures of a gallery are chosen, those of its other pages included. A click counts at
// once; the server hears of it and answers with the turn of the last click it knows.

class Choosing {
  constructor() {
    this.token = null; // another one: the choice has begun anew
    this.turn = 0;
    this.ids = new Set();
    this.last = null; // where a range begins
  }

  follow({ token, turn, ids }) {
    const isSame = token === this.token;
    if (isSame && turn < this.turn) return;
    if (!isSame) this.last = null;
    Object.assign(this, { token, turn, ids: new Set(ids) });
  }

  // Chooses the picture, or no longer, and gives what the server is to know. With a range, all
  // from the last one on go the same way.
  press(id, shown, isRange) {
    const from = isRange ? shown.indexOf(this.last) : -1;
    const to = shown.indexOf(id);
    const range = from < 0 ? [id] : shown.slice(Math.min(from, to), Math.max(from, to) + 1);
    const isChosen = !this.ids.has(id);
    for (const each of range) {
      if (isChosen) this.ids.add(each);
      else this.ids.delete(each);
    }
    this.last = id;
    this.turn += 1;
    return { token: this.token, turn: this.turn, ids: [...this.ids] };
  }
}
