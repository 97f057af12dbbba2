// Buttons that copy: shown only where copying works, and they say what happened.

export async function copy(button, text) {
  const label = button.dataset.label ?? button.textContent;
  button.dataset.label = label;
  // As wide as before, so that nothing beside it moves.
  button.style.minInlineSize = `${button.offsetWidth}px`;
  try {
    // Not writeText: Safari forgets the click while the text is still being fetched.
    const item = new ClipboardItem({
      "text/plain": text.then((words) => new Blob([words], { type: "text/plain" })),
    });
    await navigator.clipboard.write([item]);
    button.textContent = document.body.dataset.copied;
  } catch {
    button.textContent = document.body.dataset.copyFailed;
  }
  announce(button.textContent);
  setTimeout(() => { button.textContent = label; }, 2000);
}

export function announce(words) {
  document.getElementById("announced").textContent = words;
}

// The text as it was pasted: with its own line ends, and its byte order mark.
async function fetchText(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(response.statusText);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await response.arrayBuffer());
}

// The paste's text, byte for byte: fetched, or of a burned paste from this page, which
// is where it is still to be found. There, what a page cannot show comes as JSON, and the
// last line has a line feed after it that the text may lack.
export async function wholeText({ copyText: url, text, end }) {
  if (url) return fetchText(url);
  if (text) return JSON.parse(text);
  const shown = document.getElementById("code").textContent;
  return end === "yes" ? shown : shown.slice(0, -1);
}

for (const button of document.querySelectorAll("[data-copy], [data-copy-text]")) {
  const { copy: place } = button.dataset;
  // Browsers copy on pages of HTTPS and of this machine alone.
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", () => {
    if (place) copy(button, Promise.resolve(document.querySelector(place).textContent));
    else copy(button, wholeText(button.dataset));
  });
}
