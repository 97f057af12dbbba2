// Sends the form and stays on its page until a paste is made: what was typed is never lost.

import { announce, say, sayPercent, sayWait, words } from "./words.js";

const form = document.getElementById("paste-form");
const submit = form.querySelector("[type=submit]");
const problem = document.getElementById("problem");
const stopped = document.getElementById("stopped");
const sending = document.getElementById("sending");
const progress = document.getElementById("progress");
const progressWords = document.getElementById("progress-words");
// A send that is over at once shows no progress.
const SLOW_MS = 500;
const QUIET_MS = 5000;

let request = null;
let slow = 0;
let announcedAt = 0;

// Errors, beside the fields they speak of

function fieldOf(name) {
  const field = form.elements[name];
  // The server reads a file as the text; here it is still a file.
  const isFile = name === "text" && !field.value && form.elements.file?.files.length;
  return isFile ? form.elements.file : field;
}

function showError(field, sentences) {
  const id = `${field.id}_error`;
  let place = document.getElementById(id);
  if (!place) {
    place = document.createElement("div");
    place.id = id;
    field.closest(".field").append(place);
    // After the place: what is put into an alert is read out, not the alert itself.
    place.setAttribute("role", "alert");
    const described = field.getAttribute("aria-describedby") ?? "";
    field.setAttribute("aria-describedby", `${id} ${described}`.trim());
  }
  place.replaceChildren(...sentences.map((sentence) => {
    const line = document.createElement("p");
    line.className = "error";
    line.textContent = sentence;
    return line;
  }));
  field.setAttribute("aria-invalid", "true");
  field.closest(".field").classList.add("wrong");
}

function clearError(field) {
  field.removeAttribute("aria-invalid");
  field.closest(".field").classList.remove("wrong");
  document.getElementById(`${field.id}_error`)?.replaceChildren();
}

function clearErrors() {
  problem.textContent = "";
  stopped.textContent = "";
  for (const old of form.querySelectorAll(".error.big")) old.remove();
  form.querySelectorAll("[aria-invalid]").forEach(clearError);
}

// A field's error goes with what it spoke of.
form.addEventListener("mended", (event) => {
  for (const name of event.detail.names) if (form.elements[name]) clearError(form.elements[name]);
});

function refuse({ sentence, errors = {} }) {
  clearErrors();
  const wrong = [];
  const rest = sentence ? [sentence] : [];
  for (const [name, sentences] of Object.entries(errors)) {
    const field = fieldOf(name);
    if (field?.closest?.(".field")) {
      showError(field, sentences);
      wrong.push(field);
    } else {
      rest.push(...sentences);
    }
  }
  problem.textContent = rest.join(" ");
  // The first on the page, in whichever order they came.
  const first = [...form.elements].find((field) => wrong.includes(field));
  (first ?? submit).focus();
}

form.addEventListener("refused", (event) => refuse(event.detail));

// An answer that is not the site's own, but a proxy's, or none

function waitOf(request) {
  const header = request.getResponseHeader("Retry-After") ?? "";
  const seconds = /^\d{1,9}$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return seconds > 0 ? Math.ceil(seconds) : 0;
}

function wordsOf({ status }, wait) {
  if (!status) return navigator.onLine ? words.unreachable : words.offline;
  if (status === 413) return words.refusedSize;
  if (status === 429) return words.tooMany;
  if (status >= 500) return wait ? words.troubleWait : words.trouble;
  return say(words.notUnderstood, { status });
}

function answerOf(request) {
  try {
    const answer = JSON.parse(request.responseText);
    return answer && typeof answer === "object" ? answer : {};
  } catch {
    return {};
  }
}

function unanswered(request) {
  const wait = waitOf(request);
  const again = wait ? ` ${say(words.againIn, { wait: sayWait(wait) })}` : "";
  refuse({ sentence: wordsOf(request, wait) + again });
}

// The road there and back

function setBusy(is) {
  submit.classList.toggle("busy", is);
  submit.setAttribute("aria-disabled", String(is));
  form.setAttribute("aria-busy", String(is));
  // What is typed now would be neither sent nor kept.
  for (const field of [form.elements.text, form.elements.title]) field.readOnly = is;
  clearTimeout(slow);
  if (is) slow = setTimeout(showProgress, SLOW_MS);
  else sending.hidden = true;
}

function showProgress() {
  sending.hidden = false;
  progressWords.textContent ||= words.sending;
  announcedAt = Date.now();
  announce(progressWords.textContent);
}

function tellProgress(sentence, isWorthy) {
  progressWords.textContent = sentence;
  if (sending.hidden || !isWorthy || Date.now() - announcedAt < QUIET_MS) return;
  announcedAt = Date.now();
  announce(sentence);
}

function watch(upload) {
  let quarter = 0;
  progress.removeAttribute("value");
  progressWords.textContent = "";
  upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    const share = event.loaded / event.total;
    progress.value = share;
    const isWorthy = Math.floor(share * 4) > quarter;
    tellProgress(say(words.soMuch, { percent: sayPercent(share) }), isWorthy);
    if (isWorthy) quarter = Math.floor(share * 4);
  });
  upload.addEventListener("load", () => {
    progress.removeAttribute("value");
    tellProgress(words.waiting, true);
  });
}

function take(answered, isRetry) {
  const answer = answerOf(answered);
  if (answered.status === 201 && answer.url) {
    // Busy until the other page is there: a second click would make a second paste.
    form.dispatchEvent(new CustomEvent("sent"));
    location.assign(answer.url);
    return;
  }
  setBusy(false);
  if (answer.csrf_token) {
    form.elements.csrfmiddlewaretoken.value = answer.csrf_token;
    if (!isRetry) return void send(true);
  }
  for (const [name, value] of Object.entries(answer.fields ?? {})) form.elements[name].value = value;
  const conflict = document.getElementById("conflict");
  if (conflict) conflict.hidden = answered.status !== 409;
  request = null;
  if (answer.sentence || Object.keys(answer.errors ?? {}).length) refuse(answer);
  else unanswered(answered);
}

function send(isRetry) {
  clearErrors();
  announce("");
  const sent = new XMLHttpRequest();
  request = sent;
  watch(sent.upload);
  setBusy(true);
  sent.addEventListener("load", () => take(sent, isRetry));
  sent.addEventListener("error", () => {
    request = null;
    setBusy(false);
    unanswered(sent);
  });
  sent.addEventListener("abort", () => {
    request = null;
    setBusy(false);
    announce(words.stopped);
    stopped.textContent = words.stopped;
    submit.focus();
  });
  sent.open("POST", form.action);
  sent.setRequestHeader("Accept", "application/json");
  sent.send(new FormData(form));
}

form.addEventListener("submit", (event) => {
  // What create.js refused is prevented already.
  if (event.defaultPrevented) return;
  event.preventDefault();
  if (!request) send(false);
});
form.addEventListener("input", () => { stopped.textContent = ""; });
document.getElementById("stop").addEventListener("click", () => request?.abort());
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  request = null;
  setBusy(false);
});
