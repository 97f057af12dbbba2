// What is not sent yet outlives its tab, in this browser alone; what is secret does not.

import { announce, say, sayTime, words } from "./words.js";

const form = document.getElementById("paste-form");
const text = document.getElementById("id_text");
const line = document.getElementById("draft");
const sentence = document.getElementById("draft-words");
const back = document.getElementById("draft-back");
const discard = document.getElementById("draft-discard");
const PREFIX = "draft:";
const KEY = PREFIX + form.dataset.draft;
const NAMES = ["text", "title", "syntax", "file_name"];
// Storage has room for some five million characters, and keeps others' drafts too.
const MOST = 500_000;
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;
const PAUSE_MS = 400;

let timer = 0;
// Nothing is kept, and nothing kept is dropped, before somebody changes something.
let isTouched = false;

function isSecret() {
  const { password, burn } = form.elements;
  return "isSecret" in form.dataset || Boolean(password?.value) || Boolean(burn?.checked);
}

// Storage may be switched off or full: then there is no draft, and no fuss.
function quietly(work) {
  try {
    return work();
  } catch {
    return null;
  }
}

function remove(key = KEY) {
  quietly(() => localStorage.removeItem(key));
}

function read(key) {
  const draft = quietly(() => JSON.parse(localStorage.getItem(key)));
  return typeof draft?.text === "string" && Date.now() - draft.at < KEPT_MS ? draft : null;
}

function save() {
  clearTimeout(timer);
  if (!isTouched) return;
  const { value } = text;
  // First, so that a draft that cannot be kept leaves no older one that looks like it.
  remove();
  if (isSecret() || !value.trim() || value === text.defaultValue || value.length > MOST) return;
  const draft = { at: Date.now() };
  for (const name of NAMES) draft[name] = form.elements[name]?.value ?? "";
  quietly(() => localStorage.setItem(KEY, JSON.stringify(draft)));
}

function touch() {
  isTouched = true;
  clearTimeout(timer);
  if (isSecret()) save();
  else timer = setTimeout(save, PAUSE_MS);
}

function fill(draft) {
  for (const name of NAMES) {
    const field = form.elements[name];
    if (!field || typeof draft[name] !== "string") continue;
    const isOffered = !field.options || [...field.options].some((each) => each.value === draft[name]);
    if (isOffered && (name === "text" || !field.value)) field.value = draft[name];
  }
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

function tell(told) {
  sentence.textContent = told;
  line.hidden = !told;
}

function restore(draft) {
  const when = sayTime(draft.at);
  const isFree = !text.value && !text.defaultValue;
  // The browser itself, or the server, has put this text there.
  if (!isFree && (!text.defaultValue || draft.text === text.value)) return;
  back.hidden = isFree;
  tell(say(isFree ? words.restored : words.offered, { when }));
  announce(sentence.textContent);
  if (isFree) fill(draft);
  back.addEventListener("click", () => {
    // As if typed, so that "undo" brings the other text back.
    text.focus();
    text.select();
    document.execCommand("insertText", false, draft.text);
    fill(draft);
    tell("");
    announce(words.broughtBack);
  });
  discard.addEventListener("click", () => {
    text.focus();
    if (isFree) {
      text.select();
      document.execCommand("delete");
      for (const name of NAMES) {
        const field = form.elements[name];
        if (name !== "text" && field?.value === draft[name]) field.value = "";
      }
    }
    remove();
    tell("");
    announce(words.discarded);
  });
}

function forgetOld() {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(PREFIX) && !read(key)) remove(key);
  }
}

quietly(forgetOld);
const draft = read(KEY);
if (isSecret()) remove();
else if (draft) restore(draft);

form.addEventListener("input", touch);
form.addEventListener("sent", () => {
  clearTimeout(timer);
  isTouched = false;
  remove();
});
// The last chance: phones end a page in the background without another word.
addEventListener("pagehide", save);
document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
