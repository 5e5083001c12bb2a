// The card is typed into a frame of the processor; this bridge fetches a token for it and sends the form with the token.
// The card number never comes here: the frame says brand, last four digits, expiry and the token, nothing else.
// Made by the macro `card_frame` in parts/forms.html. The processor's side: deploy/processor_sandbox/frame/.
//
// Messages go to exactly one origin and are taken from exactly one window of exactly one origin.
//   frame -> page  ready | height {pixels} | submit | token {request_id, token, brand, last4, expires}
//                  | invalid {request_id, count} | failed {request_id}
//   page -> frame  tokenize {request_id}

const ANSWER_WITHIN_MILLISECONDS = 30_000;
const READY_WITHIN_MILLISECONDS = 15_000;
const HIGHEST_PIXELS = 1200;

function bridge(slot) {
  const form = slot.closest("form");
  const address = new URL(slot.dataset.cardFrame);
  address.searchParams.set("lang", document.documentElement.lang);
  address.searchParams.set("origin", location.origin);
  const frameOrigin = address.origin;
  const problem = slot.querySelector("[data-card-problem]");

  const frame = document.createElement("iframe");
  frame.title = slot.dataset.title;
  frame.className = "portal-card-frame__frame";
  frame.referrerPolicy = "no-referrer";

  let asked = null; // the request that waits for an answer
  let answerLate = 0;
  let button = null; // the button that was pressed: the form is sent as if by it

  let loadLate = 0;

  const inUse = () => !slot.closest("[hidden]");
  const tell = (message) => frame.contentWindow.postMessage(message, frameOrigin);

  function say(words) {
    problem.textContent = words;
    problem.hidden = words === "";
  }

  // The frame is loaded when its place is there to see: it tells its height only where it has a width, and who pays
  // with a saved card never asks the processor for it.
  function load() {
    if (frame.isConnected || !inUse()) return;
    loadLate = setTimeout(() => say(slot.dataset.unavailable), READY_WITHIN_MILLISECONDS);
    frame.src = address.href;
    slot.prepend(frame);
  }

  // The card cannot be sent: the buttons work again.
  function stop(words) {
    clearTimeout(answerLate);
    asked = null;
    form.dispatchEvent(new CustomEvent("portal:again", { bubbles: true }));
    say(words);
  }

  function ask() {
    if (asked) return;
    if (!slot.dataset.ready) {
      say(slot.dataset.unavailable);
      return;
    }
    asked = crypto.randomUUID();
    say("");
    button?.dispatchEvent(new CustomEvent("portal:busy", { bubbles: true }));
    answerLate = setTimeout(() => stop(slot.dataset.failed), ANSWER_WITHIN_MILLISECONDS);
    tell({ type: "card-frame:tokenize", request_id: asked });
  }

  function fill(message) {
    for (const name of ["token", "brand", "last4", "expires"]) {
      form.elements[`card_${name}`].value = String(message[name] ?? "");
    }
  }

  function send() {
    clearTimeout(answerLate);
    asked = null;
    form.requestSubmit(button ?? undefined);
  }

  form.addEventListener("submit", (event) => {
    if (!inUse() || form.elements.card_token.value !== "") return;
    event.preventDefault();
    button = event.submitter ?? form.querySelector("button[type=submit]");
    ask();
  });

  // A token is good for one try: coming back to the page asks for a new one.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) form.elements.card_token.value = "";
    load();
  });
  form.addEventListener("change", load); // portal.js has shown the place by then: it began to listen earlier

  window.addEventListener("message", (event) => {
    if (event.origin !== frameOrigin || event.source !== frame.contentWindow) return;
    const message = event.data ?? {};
    const isAnswer = asked !== null && message.request_id === asked;
    switch (message.type) {
      case "card-frame:ready":
        clearTimeout(loadLate);
        slot.dataset.ready = "yes";
        say("");
        break;
      case "card-frame:height":
        if (message.pixels > 0) frame.style.height = `${Math.min(Math.ceil(message.pixels), HIGHEST_PIXELS)}px`;
        break;
      case "card-frame:submit":
        form.requestSubmit(form.querySelector("button[type=submit]:not([formaction])") ?? undefined);
        break;
      case "card-frame:token":
        if (!isAnswer) break;
        fill(message);
        send();
        break;
      case "card-frame:invalid":
        if (isAnswer) stop(slot.dataset.invalid);
        break;
      case "card-frame:failed":
        if (isAnswer) stop(slot.dataset.failed);
        break;
      default:
    }
  });

  slot.querySelector("[data-without]").remove(); // it said that scripts are needed: they are here
  load();
}

for (const slot of document.querySelectorAll("[data-card-frame]")) {
  bridge(slot);
}
