// The training loss step by step. It is drawn anew once a second: all elements stay, and only the
// line and a few texts change, so that nothing flickers.

function setTicks(box, ticks) {
  if (box.dataset.ticks === JSON.stringify(ticks)) return;
  box.dataset.ticks = JSON.stringify(ticks);
  box.replaceChildren(...ticks.map(([top, text]) => {
    const tick = document.createElement("div");
    tick.style.top = `${top}%`;
    tick.append(document.createElement("i"), document.createElement("span"));
    tick.lastChild.textContent = text;
    return tick;
  }));
}

export default function ({ data, parentElement }) {
  const find = (name) => parentElement.querySelector(name);
  find(".steps").classList.toggle("large", data.isLarge);
  find(".steps").setAttribute("aria-label", data.says);
  find("path").setAttribute("d", data.path);
  setTicks(find(".ticks"), data.ticks);
  find(".guess").hidden = data.guess === null;
  if (data.guess) {
    find(".guess").style.top = `${data.guess[0]}%`;
    find(".guess span").textContent = data.guess[1];
  }
  for (const part of ["title", "start", "end"]) find(`.${part}`).textContent = data[part];
}
