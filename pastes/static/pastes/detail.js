// The paste's page: wrapping, the language menu, and links to lines.

const code = document.getElementById("code");

const wrap = document.getElementById("wrap");
try {
  wrap.checked = localStorage.getItem("wrap") === "yes";
  wrap.addEventListener("change", () => localStorage.setItem("wrap", wrap.checked ? "yes" : "no"));
} catch {
  // Storage is switched off: the choice lasts for this page.
}

const language = document.getElementById("syntax");
if (language) {
  language.form.querySelector("button").hidden = true;
  language.addEventListener("change", () => language.form.requestSubmit());
}

// #L3 and #L3-L9. From here on the marks are made here and not by :target, which stays
// where it was when a click only replaces the address.
code.classList.add("marks");

function chosenLines() {
  const match = /^#L(\d+)(?:-L?(\d+))?$/.exec(location.hash);
  if (!match) return null;
  const lines = [Number(match[1]), Number(match[2] ?? match[1])];
  return lines.sort((a, b) => a - b);
}

// Where a line begins, as (node, offset); null past the end. A very long text has an
// anchor only for each block, so its lines are counted in there.
function startOf(line) {
  const anchor = document.getElementById(`L${line}`);
  if (anchor?.matches("a")) return [anchor, 0];
  const block = anchor ?? [...code.querySelectorAll(".big")].findLast((each) => each.dataset.n <= line);
  if (!block) return null;
  const text = block.firstChild;
  let offset = 0;
  for (let n = Number(block.dataset.n); n < line; n += 1) {
    offset = text.data.indexOf("\n", offset) + 1;
    if (!offset) return null;
  }
  return offset < text.length ? [text, offset] : null;
}

function mark(isNew) {
  for (const each of code.querySelectorAll("a.on")) each.classList.remove("on");
  CSS.highlights?.delete("lines");
  const lines = chosenLines();
  const start = lines && startOf(lines[0]);
  if (!start) return;
  for (let n = lines[0]; n <= lines[1]; n += 1) {
    const anchor = document.getElementById(`L${n}`);
    if (!anchor?.matches("a")) break;
    anchor.classList.add("on");
  }
  const range = new Range();
  range.setStart(...start);
  range.setEnd(...(startOf(lines[1] + 1) ?? [code, code.childNodes.length]));
  // The bars of .on are one row high; this is for what is wrapped, or has no anchors.
  CSS.highlights?.set("lines", new Highlight(range));
  if (isNew) show(start);
}

function show([node, offset]) {
  if (node.nodeType === Node.ELEMENT_NODE) return node.scrollIntoView({ block: "center" });
  // Blocks out of sight have a guessed height until they are shown.
  node.parentNode.scrollIntoView();
  const place = new Range();
  place.setStart(node, offset);
  place.setEnd(node, offset + 1);
  return scrollBy(0, place.getBoundingClientRect().top - innerHeight / 3);
}

code.addEventListener("click", (event) => {
  const anchor = event.target.closest("a[data-n]");
  if (!anchor || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const line = Number(anchor.dataset.n);
  const from = event.shiftKey ? chosenLines()?.[0] : undefined;
  const [first, last] = [from ?? line, line].sort((a, b) => a - b);
  // Replaced, so that "back" leaves the paste and not one line after the other.
  history.replaceState(null, "", first === last ? `#L${line}` : `#L${first}-L${last}`);
  getSelection().removeAllRanges();
  mark(false);
});

addEventListener("hashchange", () => mark(true));
if (location.hash) mark(true);
