// When the server does not answer, Streamlit asks whether one is connected to the internet, which
// this dashboard never needs. Its dialog says instead what happened, what is safe and what to do.

const LOST = "Connection error";
const LOST_WORDS = [
  "The dashboard does not answer: it was stopped, or this device left its network.",
  "Every finished epoch is safe on the computer that it runs on; a run in work can be resumed.",
  "Start the dashboard again there, with the command below. This page then goes on by itself.",
];

function explainLost(dialog) {
  const title = dialog.querySelector("h2");
  if (title?.textContent !== LOST) return;
  const words = document.createElement("div");
  words.className = "lost-server"; // page.css hides Streamlit's words after it
  for (const sentence of LOST_WORDS) {
    words.appendChild(document.createElement("p")).textContent = sentence;
  }
  words.appendChild(document.createElement("code")).textContent = "streamlit run dashboard.py";
  title.after(words);
}

function explainLostServer() {
  new MutationObserver((changes) => {
    for (const node of changes.flatMap((change) => [...change.addedNodes])) {
      if (node.matches?.("[data-testid='stDialog']")) explainLost(node);
    }
  }).observe(document.body, { childList: true });
}
