// What the pages do beyond plain HTML. Nothing needs it: without JavaScript every form works, only less comfortably.
// All words come from the page (data- attributes), in its language; this file has none.
// Next: card-frame.js, which only the pages with a card have.

const LEAD_SECONDS = 120;
const SEEN = "portal-last-seen";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- What is wrong stands on top: there the reader begins; its links lead into the field itself. ---
function leadToErrors() {
  const summary = document.querySelector("[data-error-summary]");
  if (!summary) return;
  summary.focus();
  for (const link of all("a[href^='#']", summary)) {
    link.addEventListener("click", (event) => {
      const place = document.getElementById(link.hash.slice(1));
      const field = place?.matches("fieldset, div") ? place.querySelector("input:not([type=hidden]), select, textarea") : place;
      if (!field) return;
      event.preventDefault();
      place.scrollIntoView({ block: "center" });
      field.focus({ preventScroll: true });
    });
  }
}

// --- One click sends once: the second of a double click does nothing. ---
function sendOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const button = event.submitter ?? form.querySelector("button[type=submit]");
    if (button) makeBusy(button);
  });
  // card-frame.js asks for the same while the processor works.
  document.addEventListener("portal:busy", (event) => makeBusy(event.target));
  document.addEventListener("portal:again", (event) => sendAgain(event.target));
  // Back to this page from the browser's memory: the form is as new.
  window.addEventListener("pageshow", (event) => event.persisted && all("form[data-sent]").forEach(sendAgain));
}

function makeBusy(button) {
  button.setAttribute("aria-disabled", "true");
  if (!button.dataset.busy) return;
  button.dataset.words ??= button.textContent;
  button.textContent = button.dataset.busy;
  say(button.dataset.busy);
}

// To those who hear the page: a button that changes its words does not speak.
function say(words) {
  document.querySelector("[data-said]").textContent = words;
}

function sendAgain(form) {
  delete form.dataset.sent;
  for (const button of all("button[aria-disabled]", form)) {
    button.removeAttribute("aria-disabled");
    if (button.dataset.words) button.textContent = button.dataset.words;
  }
  say("");
}

// --- Passwords: shown on wish, hidden again before they are sent. ---
function showPasswords() {
  for (const button of all("[data-shows]")) {
    const field = document.getElementById(button.dataset.shows);
    const show = (yes) => {
      field.type = yes ? "text" : "password";
      button.setAttribute("aria-pressed", String(yes));
      button.textContent = yes ? button.dataset.hide : button.dataset.show;
    };
    button.hidden = false;
    button.addEventListener("click", () => show(field.type === "password"));
    field.form?.addEventListener("submit", () => show(false));
  }
}

// --- A first idea of how good a password is; the portal itself decides when it is sent. ---
function strengthOf(password) {
  const kinds = [/\p{L}/u, /\d/, /[^\p{L}\d\s]/u].filter((kind) => kind.test(password)).length;
  const different = new Set(password.toLowerCase()).size;
  if (password === "") return 0;
  if (password.length < 12 || kinds < 3 || different < 6) return 1;
  return password.length < 16 || different < 10 ? 2 : 3;
}

function meterStrength() {
  for (const meter of all("[data-strength]")) {
    const field = document.getElementById(meter.dataset.strength);
    const words = meter.querySelector("[data-strength-words]");
    const levels = ["", meter.dataset.weak, meter.dataset.good, meter.dataset.strong];
    const update = () => {
      const level = strengthOf(field.value);
      meter.hidden = level === 0;
      meter.dataset.level = String(level);
      if (words.textContent !== levels[level]) words.textContent = levels[level];
    };
    field.addEventListener("input", update);
    update();
  }
}

// --- How much may still be written into a field of limited length. ---
function countCharacters() {
  for (const words of all("[data-counts]")) {
    const field = document.getElementById(words.dataset.counts);
    const update = () => {
      const left = field.maxLength - field.value.length;
      words.textContent = words.dataset.left.replace("#", left.toLocaleString("en-US")); // so in Spanish here, too
    };
    words.hidden = false;
    field.addEventListener("input", update);
    update();
  }
}

// --- A part of a form that belongs to one choice is there when that choice is made. ---
function followChoices() {
  for (const part of all("[data-when]")) {
    const [name, value] = part.dataset.when.split("=");
    const form = part.closest("form");
    const update = () => {
      const chosen = form.querySelector(`input[name="${name}"]:checked`);
      part.hidden = chosen?.value !== value;
    };
    form.addEventListener("change", update);
    window.addEventListener("pageshow", update);
    update();
  }
}

// --- Print buttons are only there where a script can print. ---
function print() {
  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

// --- Before the session ends for want of use, a dialog asks; other tabs of the portal count as use. ---
function watchIdleness() {
  const dialog = document.querySelector("[data-idle-seconds]");
  if (!dialog) return;
  const idleSeconds = Number(dialog.dataset.idleSeconds);
  let seen = Date.now();

  const remember = () => {
    seen = Date.now();
    try {
      localStorage.setItem(SEEN, String(seen));
    } catch {
      // A browser that keeps nothing: this tab counts alone.
    }
  };
  const lastSeen = () => {
    try {
      return Math.max(seen, Number(localStorage.getItem(SEEN)) || 0);
    } catch {
      return seen;
    }
  };
  const end = () => location.assign(dialog.dataset.endedUrl);
  const look = () => {
    const left = idleSeconds - (Date.now() - lastSeen()) / 1000;
    if (left <= 0) return end();
    if (left <= LEAD_SECONDS && !dialog.open) dialog.showModal();
    if (left > LEAD_SECONDS && dialog.open) dialog.close();
  };

  dialog.querySelector("[data-stay]").addEventListener("click", async () => {
    try {
      const answer = await fetch(dialog.dataset.touchUrl, {
        method: "POST", headers: { "X-CSRF": dialog.dataset.csrf }, redirect: "manual",
      });
      if (!answer.ok) return end();
      remember();
      dialog.close();
    } catch {
      // No network: the dialog stays, so that the person can try again.
    }
  });
  // Escape would close it without extending the session: it means "stay".
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    dialog.querySelector("[data-stay]").click();
  });
  remember();
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
}

// On a phone, Escape and a tap outside close the menu.
function closeMenu() {
  const menu = document.querySelector("details.portal-menu");
  if (!menu) return;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}

leadToErrors();
showPasswords();
meterStrength();
countCharacters();
followChoices();
print();
watchIdleness();
closeMenu();
sendOnce();
