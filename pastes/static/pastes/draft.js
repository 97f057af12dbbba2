// What is not sent yet outlives its tab, in this browser alone; what is secret does not.

import { announce, say, sayTime, words } from "./words.js";

const form = document.getElementById("paste-form");
const text = document.getElementById("id_text");
const line = document.getElementById("draft");
const sentence = document.getElementById("draft-words");
const back = document.getElementById("draft-back");
const discard = document.getElementById("draft-discard");
const PREFIX = "draft:";
const KIND = PREFIX + form.dataset.draft;
const NAMES = ["text", "title", "syntax", "lifetime", "file_name"];
// Storage has room for some five million characters, and keeps others' drafts too.
const MOST = 500_000;
const MOST_DRAFTS = 10;
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;
const PAUSE_MS = 400;

// Each tab writes under a key of its own, and holds a lock of that name while it shows
// the form: a draft without its lock waits for somebody to take it.
let key = `${KIND}:${Math.random().toString(36).slice(2)}`;
const releases = new Map();
// Earlier drafts, each as [key, draft], for a box that is full already; the first is shown.
const offered = [];
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

function remove(old) {
  quietly(() => localStorage.removeItem(old));
}

function read(old) {
  const draft = quietly(() => JSON.parse(localStorage.getItem(old)));
  return typeof draft?.text === "string" && Date.now() - draft.at < KEPT_MS ? draft : null;
}

function defaultOf({ defaultValue, options, type }) {
  // A hidden field's default follows its value.
  if (type === "hidden") return "";
  if (!options) return defaultValue;
  return ([...options].find((each) => each.defaultSelected) ?? options[0])?.value;
}

// Whether the text may be lost now: false if it is neither kept nor sent.
function save() {
  clearTimeout(timer);
  if (!isTouched) return true;
  const { value } = text;
  // First, so that a draft that cannot be kept leaves no older one that looks like it.
  remove(key);
  if (!value.trim() || value === text.defaultValue) return true;
  if (isSecret() || value.length > MOST) return false;
  const draft = { at: Date.now() };
  for (const name of NAMES) {
    const field = form.elements[name];
    if (field && field.value !== defaultOf(field)) draft[name] = field.value;
  }
  return quietly(() => { localStorage.setItem(key, JSON.stringify(draft)); return true; }) ?? false;
}

function touch() {
  isTouched = true;
  clearTimeout(timer);
  if (isSecret()) save();
  else timer = setTimeout(save, PAUSE_MS);
}

function untouch() {
  clearTimeout(timer);
  isTouched = false;
}

function fill(draft) {
  for (const name of NAMES) {
    const field = form.elements[name];
    if (!field || typeof draft[name] !== "string") continue;
    const isChoice = !field.options || [...field.options].some((each) => each.value === draft[name]);
    if (isChoice && (name === "text" || field.value === defaultOf(field))) field.value = draft[name];
  }
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

function tell(told) {
  sentence.textContent = told;
  line.hidden = !told;
}

function tellOffer() {
  back.hidden = !offered.length;
  tell(offered.length ? say(words.offered, { when: sayTime(offered[0][1].at) }) : "");
}

function restore(draft) {
  fill(draft);
  untouch();
  back.hidden = true;
  tell(say(words.restored, { when: sayTime(draft.at) }));
  announce(sentence.textContent);
}

back.addEventListener("click", () => {
  if (text.readOnly) return;
  const [old, draft] = offered.shift();
  // As if typed, so that "undo" brings the other text back.
  text.focus();
  text.select();
  document.execCommand("insertText", false, draft.text);
  fill(draft);
  // Into the key of this tab, before the other one goes.
  save();
  remove(old);
  tellOffer();
  announce(words.broughtBack);
});

discard.addEventListener("click", () => {
  if (text.readOnly) return;
  text.focus();
  if (offered.length) {
    remove(offered.shift()[0]);
  } else {
    const draft = read(key) ?? {};
    text.select();
    document.execCommand("delete");
    for (const name of NAMES) {
      const field = form.elements[name];
      if (name !== "text" && field?.value === draft[name]) field.value = defaultOf(field);
    }
    remove(key);
  }
  tellOffer();
  announce(words.discarded);
});

// Which tab a draft belongs to. Without locks (an address without HTTPS), all tabs take
// the newest one.

async function heldKeys() {
  const locks = await navigator.locks?.query().catch(() => null);
  return new Set(locks?.held.map((each) => each.name));
}

function hold(wanted) {
  if (!navigator.locks || releases.has(wanted)) return true;
  return new Promise((resolve) => {
    navigator.locks.request(wanted, { ifAvailable: true }, (lock) => {
      resolve(Boolean(lock));
      return lock && new Promise((release) => releases.set(wanted, release));
    }).catch(() => resolve(true));
  });
}

function letGo() {
  for (const release of releases.values()) release();
  releases.clear();
}

function keysOf(kind) {
  const isOfKind = (each) => each === kind || each.startsWith(kind.endsWith(":") ? kind : `${kind}:`);
  return quietly(() => Object.keys(localStorage).filter(isOfKind)) ?? [];
}

function newestFirst(keys) {
  return keys.map((each) => [each, read(each)]).filter(([, draft]) => draft)
    .sort(([, one], [, other]) => other.at - one.at);
}

function forgetOld(held) {
  const free = keysOf(PREFIX).filter((each) => !held.has(each));
  const kept = newestFirst(free).slice(0, MOST_DRAFTS).map(([each]) => each);
  for (const each of free) if (!kept.includes(each)) remove(each);
}

async function takeDrafts(held) {
  const own = quietly(() => sessionStorage.getItem(KIND));
  const waiting = newestFirst(keysOf(KIND).filter((each) => !held.has(each)));
  waiting.sort(([one], [other]) => (other === own) - (one === own));
  for (const [old, draft] of waiting) {
    const isFull = text.value || text.defaultValue;
    const isThere = draft.text === text.value;
    // The browser itself has put another text there, or somebody was quick.
    if (isFull && !isThere && !text.defaultValue) return;
    if (!await hold(old)) continue;
    if (isFull && !isThere) {
      offered.push([old, draft]);
      continue;
    }
    // From now on it is this tab's own.
    key = old;
    if (isThere) continue;
    return restore(draft);
  }
  tellOffer();
  if (offered.length) announce(sentence.textContent);
}

function remember() {
  quietly(() => sessionStorage.setItem(KIND, key));
}

async function begin() {
  const held = await heldKeys();
  forgetOld(held);
  if ("isSecret" in form.dataset) keysOf(KIND).forEach(remove);
  if (!isSecret()) await takeDrafts(held);
  await hold(key);
  remember();
}

form.addEventListener("input", touch);
form.addEventListener("sent", () => {
  untouch();
  for (const each of [key, ...offered.splice(0).map(([old]) => old)]) remove(each);
});
// What no draft keeps is not left without a question.
addEventListener("beforeunload", (event) => { if (!save()) event.preventDefault(); });
// The last chance: phones end a page in the background without another word.
addEventListener("pagehide", () => {
  save();
  letGo();
});
document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
// Somebody may have taken the draft while this page was away: then it goes on as a copy.
addEventListener("pageshow", async (event) => {
  if (!event.persisted || await hold(key)) return;
  key += "+";
  await hold(key);
  remember();
});
begin();
