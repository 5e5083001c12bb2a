// The card form of the processor, shown in a frame on the merchant's pay page. What is typed here goes to this
// processor's own /v1/tokens and nowhere else; the merchant's page is told a token, the brand, the last four digits and
// the expiry. Words come with the page (frame/texts.json). The page around it sends `tokenize` and listens:
//   card-frame:ready | height {pixels} | submit | token {request_id, token, brand, last4, expires}
//   | invalid {request_id, count} | failed {request_id}
// Messages go to one origin, that of the page that framed us by name, and are taken from it alone.

const ANSWER_WITHIN_MILLISECONDS = 15_000;
const MAX_YEARS_AHEAD = 50;
const TEST_CARD_WITHOUT_CHECK_DIGIT = "4000000000007777"; // listed as it is: its answer gets lost

const parentOrigin = document.documentElement.dataset.parentOrigin;
const isFramed = window.parent !== window;
const form = document.getElementById("card");
const fields = { number: form.elements.number, expiry: form.elements.expiry, code: form.elements.code };

function tell(message) {
  if (isFramed) window.parent.postMessage(message, parentOrigin);
}

// ---- what was typed

const digitsOf = (text) => text.replace(/\D/g, "");
const isBlank = (input) => input.value.trim() === "";

function groupsOf(digits) {
  const sizes = /^3[47]/.test(digits) ? [4, 6, 5] : [4, 4, 4, 4, 3];
  const groups = [];
  let rest = digits;
  for (const size of sizes) {
    if (rest === "") break;
    groups.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  return groups.join(" ");
}

// "12/30", "1230", "1 / 2030": {month, year}, or null for anything else
function readExpiry(text) {
  const found = text.match(/^\s*(\d{1,2})\s*[/.\s-]\s*(\d{2}|\d{4})\s*$/) ?? text.match(/^\s*(\d{2})(\d{2}|\d{4})\s*$/);
  if (!found) return null;
  const month = Number(found[1]);
  const year = Number(found[2]) + (found[2].length === 2 ? 2000 : 0);
  return month >= 1 && month <= 12 ? { month, year } : null;
}

// ISO/IEC 7812-1 annex B
function passesLuhn(digits) {
  const sum = [...digits].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

// ---- what is wrong with it: the name of a sentence, or null

const wrongIn = {
  number() {
    if (isBlank(fields.number)) return "missing";
    const digits = digitsOf(fields.number.value);
    const isOnlyDigits = /^[\d\s-]+$/.test(fields.number.value);
    const isWhole = digits.length >= 12 && digits.length <= 19;
    const isRight = digits === TEST_CARD_WITHOUT_CHECK_DIGIT || passesLuhn(digits);
    return isOnlyDigits && isWhole && isRight ? null : "wrong";
  },
  expiry() {
    if (isBlank(fields.expiry)) return "missing";
    const expiry = readExpiry(fields.expiry.value);
    if (!expiry) return "wrong";
    const today = new Date();
    const monthsLeft = (expiry.year - today.getFullYear()) * 12 + expiry.month - 1 - today.getMonth();
    if (monthsLeft < 0) return "expired";
    return expiry.year > today.getFullYear() + MAX_YEARS_AHEAD ? "far" : null;
  },
  code() {
    if (isBlank(fields.code)) return "missing";
    return /^\d{3,4}$/.test(fields.code.value.trim()) ? null : "wrong";
  },
};

function show(name, problem) {
  const input = fields[name];
  const words = problem === null ? "" : input.dataset[problem];
  const place = document.getElementById(`${name}-problem`);
  if (place.textContent !== words) place.textContent = words; // said once by a screen reader, not at each key
  if (problem === null) input.removeAttribute("aria-invalid");
  else input.setAttribute("aria-invalid", "true");
}

// Shows every problem and goes to the first; says how many there are.
function refuse(problems, requestId) {
  for (const name of Object.keys(fields)) show(name, problems[name] ?? null);
  const first = Object.keys(fields).find((name) => problems[name]);
  fields[first].focus();
  tellHeight();
  tell({ type: "card-frame:invalid", request_id: requestId, count: Object.values(problems).filter(Boolean).length });
}

// ---- the token

async function tokenize(requestId) {
  const problems = Object.fromEntries(Object.keys(fields).map((name) => [name, wrongIn[name]()]));
  if (Object.values(problems).some(Boolean)) {
    refuse(problems, requestId);
    return;
  }
  for (const name of Object.keys(fields)) show(name, null);
  const { month, year } = readExpiry(fields.expiry.value);
  const card = { number: digitsOf(fields.number.value), exp_month: month, exp_year: year, cvc: fields.code.value.trim() };
  try {
    const answer = await fetch("/v1/tokens", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ card }),
      credentials: "omit",
      signal: AbortSignal.timeout(ANSWER_WITHIN_MILLISECONDS),
    });
    const told = await answer.json();
    if (answer.status === 201) {
      const { token, brand, last4, expires } = told;
      tell({ type: "card-frame:token", request_id: requestId, token, brand, last4, expires });
      return;
    }
    const refused = refusedFields(answer.status, told.error);
    if (refused) refuse(refused, requestId);
    else tell({ type: "card-frame:failed", request_id: requestId });
  } catch {
    tell({ type: "card-frame:failed", request_id: requestId }); // not reachable, too slow, or no JSON
  }
}

// The processor looks at a card more closely than this page; null when it is not about a field.
function refusedFields(status, error) {
  if (status !== 422) return null;
  switch (error.field) {
    case "card.number":
      return { number: error.code === "test_card_only" ? "notATestCard" : "wrong" };
    case "card.exp_month":
    case "card.exp_year":
      return { expiry: "expired" };
    case "card.cvc":
      return { code: "wrong" };
    default:
      return null;
  }
}

// ---- while typing

// Puts groups into the number and keeps the caret behind the same digit.
function group() {
  const input = fields.number;
  if (/[^\d\s-]/.test(input.value)) return; // not a number: left as typed, so that its error can be seen
  const before = digitsOf(input.value.slice(0, input.selectionStart ?? input.value.length)).length;
  const grouped = groupsOf(digitsOf(input.value).slice(0, 19));
  if (grouped === input.value) return;
  input.value = grouped;
  let caret = 0;
  for (let seen = 0; seen < before && caret < grouped.length; caret += 1) {
    if (grouped[caret] !== " ") seen += 1;
  }
  if (document.activeElement === input) input.setSelectionRange(caret, caret);
}

// Number pads have no slash: it comes by itself behind the month, and goes again when the month is corrected.
function slash(event) {
  const input = fields.expiry;
  const isAddedAtEnd = event.inputType === "insertText" && input.selectionStart === input.value.length;
  if (isAddedAtEnd && /^(0[1-9]|1[0-2])$/.test(input.value)) input.value = `${input.value} / `;
  else if (isAddedAtEnd && /^[2-9]$/.test(input.value)) input.value = `0${input.value} / `;
  else if (isAddedAtEnd) input.value = input.value.replace(/^(\d{2}) \/ [ /]+$/, "$1 / ");
  else if (event.inputType === "deleteContentBackward") input.value = input.value.replace(/^(\d{2}) \/$/, "$1");
}

function writeExpiryOut() {
  const expiry = readExpiry(fields.expiry.value);
  if (expiry === null) return;
  const year = expiry.year < 2100 ? String(expiry.year).slice(-2) : String(expiry.year);
  fields.expiry.value = `${String(expiry.month).padStart(2, "0")} / ${year}`;
}

function recheck(name) {
  if (fields[name].hasAttribute("aria-invalid") && wrongIn[name]() === null) show(name, null);
}

fields.number.addEventListener("input", group);
fields.expiry.addEventListener("input", slash);
fields.expiry.addEventListener("change", writeExpiryOut);
for (const [name, input] of Object.entries(fields)) {
  input.addEventListener("input", () => recheck(name));
  // leaving a field says what is wrong with it, but not that it is empty: that is said when the card is sent
  input.addEventListener("change", () => show(name, isBlank(input) ? null : wrongIn[name]()));
}

form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  writeExpiryOut();
  tell({ type: "card-frame:submit" });
});
form.addEventListener("submit", (event) => event.preventDefault());

// ---- the page around

let toldPixels = 0;

function tellHeight() {
  const pixels = Math.ceil(document.body.getBoundingClientRect().height);
  if (pixels === toldPixels) return;
  toldPixels = pixels;
  tell({ type: "card-frame:height", pixels });
}

window.addEventListener("message", (event) => {
  if (event.origin !== parentOrigin || event.source !== window.parent) return;
  const message = event.data ?? {};
  if (message.type === "card-frame:tokenize" && typeof message.request_id === "string") tokenize(message.request_id);
});

new ResizeObserver(tellHeight).observe(document.body);
tell({ type: "card-frame:ready" });
tellHeight();
