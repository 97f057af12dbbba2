// The form: its keys, a file chosen, dropped or pasted, and what cannot go is not sent.

import { announce, say, saySize, words } from "./words.js";

const form = document.getElementById("paste-form");
const text = document.getElementById("id_text");
const file = document.getElementById("id_file");
const maxBytes = Number(text.dataset.maxBytes);
// A text area grows slow with a long text; over this a file is sent as it is.
const AREA_BYTES = 512 * 1024;

// The way out of a box that keeps Tab is told to who cannot see the hint, too.
const keys = document.getElementById("keys");
keys.hidden = false;
text.setAttribute("aria-describedby", `${text.getAttribute("aria-describedby") ?? ""} keys`.trim());
if (/Mac|iP(hone|ad)/.test(navigator.platform)) {
  for (const key of keys.querySelectorAll("[data-command]")) key.textContent = "⌘";
}

let tabMovesOn = false;

function letTabMoveOn(does) {
  if (tabMovesOn === does) return;
  tabMovesOn = does;
  keys.classList.toggle("moves-on", does);
  announce(does ? words.tabMovesOn : "");
}

form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  if (!event.repeat) form.requestSubmit();
});

text.addEventListener("keydown", (event) => {
  // Escape and Tab belong to the window of an input method while it is open.
  if (event.isComposing) return;
  if (event.key === "Escape") {
    letTabMoveOn(true);
  } else if (event.key === "Tab" && !tabMovesOn && !text.readOnly && !event.shiftKey && !event.ctrlKey && !event.altKey) {
    event.preventDefault();
    // The only way that keeps "undo" working; browsers keep it for this reason.
    document.execCommand("insertText", false, "\t");
  } else if (event.key !== "Shift" && event.key !== "Tab") {
    letTabMoveOn(false);
  }
});
text.addEventListener("blur", () => letTabMoveOn(false));

function tooLarge(what, bytes) {
  return say(words.tooLarge, { what, size: saySize(bytes), most: saySize(maxBytes) });
}

// Why the last file was left out; without another text, sending would hide it.
let leftOut = "";
// The name of the file that is attached as it is; it may have become the title.
let attachedName = "";
const takeFirst = file && takeFiles();

function takeFiles() {
  const title = document.getElementById("id_title");
  const fileName = document.getElementById("id_file_name");
  const attached = document.getElementById("attached");
  const sentence = document.getElementById("attached-words");
  const detach = document.getElementById("detach");

  function tell(told) {
    attached.hidden = !told;
    sentence.textContent = told;
    detach.hidden = !file.files.length;
  }

  function forgetAttached() {
    form.dispatchEvent(new CustomEvent("mended", { detail: { names: ["text", "file"] } }));
    if (!attachedName) return;
    if (title.value === attachedName.slice(0, title.maxLength)) title.value = "";
    fileName.value = "";
    attachedName = "";
  }

  function leaveOut(why) {
    file.value = "";
    leftOut = why;
    tell(why);
  }

  // The draft and the guess listen for what is typed.
  function hasChanged() {
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // A file with CR, or one that is long or no UTF-8, is sent as it is: a text area would
  // change it. The server says what is wrong with it.
  async function take(chosen, isAlone = true) {
    const { name, size } = chosen;
    forgetAttached();
    if (size > maxBytes) return leaveOut(tooLarge(name, size));
    if (/^image\/(avif|bmp|gif|jpeg|png|webp)$/.test(chosen.type) && await decoded(chosen) === null) {
      return leaveOut(say(words.isPicture, { name }));
    }
    if (text.value.trim()) return leaveOut(say(words.holdsText, { name }));
    title.value ||= name.slice(0, title.maxLength);
    fileName.value = name;
    const content = size <= AREA_BYTES ? await decoded(chosen) : null;
    leftOut = "";
    if (content === null || /[\r\0]/.test(content)) {
      attachedName = name;
      tell(say(words.asItIs, { name, size: saySize(size) }));
      return hasChanged();
    }
    text.value = content;
    leaveOut("");
    if (isAlone) announce(say(words.isTaken, { name }));
    else tell(words.oneFile);
    return hasChanged();
  }

  async function decoded(chosen) {
    const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    try {
      return utf8.decode(await chosen.arrayBuffer());
    } catch {
      return null;
    }
  }

  function takeFirst(files) {
    if (!files.length || text.readOnly) return null;
    const first = new DataTransfer();
    first.items.add(files[0]);
    file.files = first.files;
    return take(file.files[0], files.length === 1);
  }

  file.addEventListener("change", () => {
    if (file.files.length) return take(file.files[0]);
    forgetAttached();
    return tell("");
  });
  detach.addEventListener("click", () => {
    forgetAttached();
    leaveOut("");
    hasChanged();
    text.focus();
  });
  // What is copied from an office program is a text and a picture of it.
  text.addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData;
    if (!files.length || types.includes("text/plain")) return;
    event.preventDefault();
    takeFirst(files);
  });
  return takeFirst;
}

// Beside the box, a browser would open the file in the place of what was written. On the
// field for files it knows what to do.
function holdsFiles({ dataTransfer, target }) {
  return dataTransfer.types.includes("Files") && target !== file;
}

addEventListener("dragover", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  const isWelcome = Boolean(file) && !text.readOnly;
  if (!isWelcome) event.dataTransfer.dropEffect = "none";
  text.classList.toggle("over", isWelcome);
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) text.classList.remove("over");
});
addEventListener("drop", (event) => {
  text.classList.remove("over");
  if (!holdsFiles(event)) return;
  event.preventDefault();
  takeFirst?.(event.dataTransfer.files);
});

// Before anything is sent; sending.js shows the sentences as it shows the server's.
form.addEventListener("submit", (event) => {
  const size = new Blob([text.value]).size;
  const errors = {};
  if (size > maxBytes) errors.text = [tooLarge(words.theText, size)];
  else if (!text.value.trim() && leftOut) errors.file = [leftOut];
  else if (text.value.trim() && file?.files.length) errors.file = [words.notBoth];
  else return;
  event.preventDefault();
  form.dispatchEvent(new CustomEvent("refused", { detail: { errors } }));
});

form.querySelector("[aria-invalid]")?.focus();
