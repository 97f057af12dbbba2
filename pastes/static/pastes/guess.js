// The language that the site would guess, shown while somebody writes.

import { say } from "./words.js";

const form = document.getElementById("paste-form");
const text = document.getElementById("id_text");
const guess = document.getElementById("guess");
const { csrfmiddlewaretoken: token, syntax, password, burn, file, file_name: fileName } = form.elements;
// As much as the guess reads.
const HEAD_LENGTH = 8 * 1024;
const PAUSE_MS = 700;

let timer = 0;
let asked = "";
let asking = null;

// What only one reader is to see is not sent before its sender says so.
function isWanted() {
  return !syntax.value && !("isSecret" in form.dataset) && !password?.value && !burn?.checked;
}

function show(language) {
  const words = language ? say(guess.dataset.words, { language }) : "";
  if (guess.textContent !== words) guess.textContent = words;
}

function stop() {
  clearTimeout(timer);
  asking?.abort();
  asked = "";
}

async function head() {
  if (text.value.trim()) return text.value.slice(0, HEAD_LENGTH);
  return file?.files.length ? file.files[0].slice(0, HEAD_LENGTH).text() : "";
}

async function ask() {
  const body = new FormData();
  body.append("text", await head());
  body.append("file_name", fileName?.value ?? "");
  const question = `${body.get("file_name")}\n${body.get("text")}`;
  if (!isWanted()) return;
  if (!body.get("text").trim()) {
    stop();
    show("");
    return;
  }
  if (question === asked) return;
  stop();
  asked = question;
  asking = new AbortController();
  body.append("csrfmiddlewaretoken", token.value);
  const { signal } = asking;
  try {
    const headers = { Accept: "application/json" };
    const response = await fetch(guess.dataset.url, { method: "POST", body, headers, signal });
    const answer = await response.json();
    if (answer.csrf_token) token.value = answer.csrf_token;
    if (!response.ok) throw new Error(response.status);
    if (!signal.aborted) show(answer.name);
  } catch {
    // No guess is no fault: the site guesses again when the text is sent.
    if (signal.aborted) return;
    asked = "";
    show("");
  }
}

function update() {
  clearTimeout(timer);
  if (isWanted()) {
    timer = setTimeout(ask, PAUSE_MS);
  } else {
    stop();
    show("");
  }
}

form.addEventListener("input", update);
form.addEventListener("sent", stop);
update();
