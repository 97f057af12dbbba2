// The form: keys, a file chosen or dropped, and refusal before sending what cannot go.

const form = document.getElementById("paste-form");
const text = document.getElementById("id_text");
const file = document.getElementById("id_file");
const maxBytes = Number(text.dataset.maxBytes);
// A text area grows slow with a long text; over this a file is sent as it is.
const AREA_BYTES = 512 * 1024;

document.getElementById("keys").hidden = false;

let tabMovesOn = false;
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  } else if (event.key === "Escape") {
    tabMovesOn = true;
  } else if (event.key === "Tab" && !tabMovesOn && !event.shiftKey && !event.ctrlKey && !event.altKey) {
    event.preventDefault();
    // The only way that keeps "undo" working; browsers keep it for this reason.
    document.execCommand("insertText", false, "\t");
  } else if (event.key !== "Shift") {
    tabMovesOn = false;
  }
});
text.addEventListener("blur", () => { tabMovesOn = false; });

// Rounded up, so that one byte too many never reads like the limit itself.
function saySize(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(Math.ceil(bytes * 10 / 1024 ** 2) / 10).toFixed(1)} MiB`;
}

function tooLarge(what, bytes) {
  return `${what} has ${saySize(bytes)}; this site takes up to ${saySize(maxBytes)}.`;
}

// Why the last file was left out; without another text, sending would hide it.
let leftOut = "";
if (file) takeFiles();

function takeFiles() {
  const title = document.getElementById("id_title");
  const fileName = document.getElementById("id_file_name");
  const attached = document.getElementById("attached");
  const words = document.getElementById("attached-words");
  const detach = document.getElementById("detach");

  function say(sentence) {
    attached.hidden = !sentence;
    words.textContent = sentence;
    detach.hidden = !file.files.length;
  }

  function leaveOut(sentence) {
    file.value = "";
    leftOut = sentence;
    say(sentence);
  }

  // A file with CR, or one that is long or no UTF-8, is sent as it is: a text area would
  // change it. The server says what is wrong with it.
  async function take(chosen) {
    if (chosen.size > maxBytes) return leaveOut(tooLarge(chosen.name, chosen.size));
    if (text.value.trim()) {
      return leaveOut(`The box holds a text already; empty it to send ${chosen.name} instead.`);
    }
    title.value ||= chosen.name.slice(0, title.maxLength);
    fileName.value = chosen.name;
    const content = chosen.size <= AREA_BYTES ? await decoded(chosen) : null;
    leftOut = "";
    if (content === null || /[\r\0]/.test(content)) {
      return say(`${chosen.name} (${saySize(chosen.size)}) will be sent as it is.`);
    }
    text.value = content;
    return leaveOut("");
  }

  async function decoded(chosen) {
    const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    try {
      return utf8.decode(await chosen.arrayBuffer());
    } catch {
      return null;
    }
  }

  file.addEventListener("change", () => { if (file.files.length) take(file.files[0]); else say(""); });
  detach.addEventListener("click", () => { leaveOut(""); fileName.value = ""; text.focus(); });
  text.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    text.classList.add("over");
  });
  text.addEventListener("dragleave", () => text.classList.remove("over"));
  text.addEventListener("drop", (event) => {
    text.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    const first = new DataTransfer();
    first.items.add(event.dataTransfer.files[0]);
    file.files = first.files;
    take(file.files[0]);
  });
}

let isSent = false;
form.addEventListener("submit", (event) => {
  const size = new Blob([text.value]).size;
  let fault = "";
  if (size > maxBytes) fault = tooLarge("The text", size);
  else if (!text.value.trim()) fault = leftOut;
  else if (file?.files.length) fault = "Send either the text or the file, not both.";
  text.setCustomValidity(fault);
  if (fault) text.reportValidity();
  // A second click would make a second paste.
  if (fault || isSent) event.preventDefault();
  else isSent = true;
});
addEventListener("pageshow", () => { isSent = false; });
text.addEventListener("input", () => text.setCustomValidity(""));

form.querySelector("[aria-invalid]")?.focus();
