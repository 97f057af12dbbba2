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
  let place = document.getElementById("announced");
  if (!place) {
    place = document.createElement("p");
    place.id = "announced";
    place.className = "unseen";
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  place.textContent = words;
}

// The text as it was pasted: with its own line ends, and its byte order mark.
async function fetchText(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(response.statusText);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await response.arrayBuffer());
}

// A burned text is on this page only. The page shows each line with a line feed after
// it; the size says whether the last one, or CRLF, was in the text.
async function shownText(size) {
  const text = document.getElementById("code").textContent;
  const over = new Blob([text]).size - size;
  const lines = text.split("\n").length - 1;
  if (over === 1) return text.slice(0, -1);
  if (over === -lines) return text.replaceAll("\n", "\r\n");
  if (over === 2 - lines) return text.slice(0, -1).replaceAll("\n", "\r\n");
  return text;
}

for (const button of document.querySelectorAll("[data-copy], [data-copy-text]")) {
  const { copy: place, copyText: url, size } = button.dataset;
  // Browsers copy on pages of HTTPS and of this machine alone.
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", () => {
    if (place) copy(button, Promise.resolve(document.querySelector(place).textContent));
    else copy(button, url ? fetchText(url) : shownText(Number(size)));
  });
}
