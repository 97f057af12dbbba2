// The paste's page: wrapping, the language menu, and links to lines.

import { announce, copy, wholeText } from "./copy.js";
import { keepSetting } from "./site.js";

const code = document.getElementById("code");
const source = document.getElementById("view-source");
const isLines = code.matches(".code");

const wrap = document.getElementById("wrap");
wrap?.addEventListener("change", () => keepSetting("wrap", wrap.checked ? "yes" : "no"));

const language = document.getElementById("syntax");
language?.addEventListener("change", () => language.form.requestSubmit());

// "L3", "L3-L9" and several with commas between them; also as typed: "3-9, 14".
function parseLines(words) {
  const parts = words.replace(/^#/, "").split(",").map((part) => part.trim());
  const ranges = parts.map((part) => /^L?(\d{1,9})(?:\s*[-–:]\s*L?(\d{1,9}))?$/i.exec(part));
  if (!ranges.every(Boolean)) return [];
  return ranges.map((match) => {
    const lines = [Number(match[1]), Number(match[2] ?? match[1])];
    return lines.sort((a, b) => a - b);
  });
}

const nameOf = ([first, last]) => (first === last ? `L${first}` : `L${first}-L${last}`);

// Sorted, and those that touch joined.
function tidy(ranges) {
  const sorted = ranges.toSorted((a, b) => a[0] - b[0]);
  return sorted.reduce((kept, [first, last]) => {
    const before = kept.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else kept.push([first, last]);
    return kept;
  }, []);
}

// The link may come from anybody: as many lines as there are, each once.
function chosenLines() {
  const words = location.hash.replaceAll("%20", " ");
  return tidy(parseLines(words)).filter(([first]) => startOf(first));
}

// Where a line begins, as (node, offset); null past the end. A very long text has an
// anchor only for each block, so its lines are counted in there.
function startOf(line) {
  const anchor = document.getElementById(`L${line}`);
  if (anchor?.matches("a")) return [anchor, 0];
  const block = anchor ?? [...code.querySelectorAll(".big")].findLast((each) => each.dataset.n <= line);
  if (!block) return null;
  let left = line - Number(block.dataset.n);
  const texts = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    let offset = 0;
    while (left && offset < text.length) {
      const end = text.data.indexOf("\n", offset);
      if (end < 0) break;
      offset = end + 1;
      left -= 1;
    }
    if (!left && offset < text.length) return [text, offset];
  }
  return null;
}

function rangeOf([first, last]) {
  const start = startOf(first);
  if (!start) return null;
  const range = new Range();
  range.setStart(...start);
  range.setEnd(...(startOf(last + 1) ?? [code, code.childNodes.length]));
  return range;
}

const bar = document.getElementById("chosen");

function mark(isNew) {
  for (const each of code.querySelectorAll("a.on")) each.classList.remove("on");
  CSS.highlights?.delete("lines");
  const chosen = chosenLines();
  sayChosen(chosen);
  if (!chosen.length) return;
  for (const [first, last] of chosen) {
    for (let n = first; n <= last; n += 1) {
      const anchor = document.getElementById(`L${n}`);
      if (!anchor?.matches("a")) break;
      anchor.classList.add("on");
    }
  }
  // The bars of .on are one row high; this is for what is wrapped, or has no anchors.
  const ranges = chosen.map(rangeOf);
  if (CSS.highlights) CSS.highlights.set("lines", new Highlight(...ranges));
  if (isNew) show(startOf(chosen[0][0]));
}

function sayChosen(chosen) {
  bar.hidden = !chosen.length;
  if (!chosen.length) return;
  const isOne = chosen.length === 1 && chosen[0][0] === chosen[0][1];
  const numbers = chosen.map(([first, last]) => (first === last ? first : `${first}–${last}`));
  const words = `${isOne ? bar.dataset.one : bar.dataset.many} ${numbers.join(", ")}`;
  document.getElementById("chosen-lines").textContent = words;
}

function show([node, offset]) {
  if (node.nodeType === Node.ELEMENT_NODE) return node.scrollIntoView({ block: "center" });
  // Blocks out of sight have a guessed height until they are shown.
  node.parentElement.closest(".block").scrollIntoView();
  const place = new Range();
  place.setStart(node, offset);
  place.setEnd(node, offset + 1);
  return scrollBy(0, place.getBoundingClientRect().top - innerHeight / 3);
}

// Replaced, so that "back" leaves the paste and not one line after the other.
function choose(ranges, isNew = false) {
  const hash = ranges.length ? `#${tidy(ranges).map(nameOf).join(",")}` : "";
  history.replaceState(null, "", location.pathname + location.search + hash);
  mark(isNew);
  announce(bar.hidden ? bar.dataset.none : document.getElementById("chosen-lines").textContent);
}

// The line whose number was pressed. In a very long text the numbers are drawn beside
// their block and are no links; wrapped, only the block's first has a place.
function lineAt(event) {
  const anchor = event.target.closest("a[data-n]");
  if (anchor) return Number(anchor.dataset.n);
  const block = event.target.closest(".big");
  if (!block || wrap.checked) return 0;
  const style = getComputedStyle(block);
  const box = block.getBoundingClientRect();
  if (event.clientX - box.left > parseFloat(style.paddingLeft)) return 0;
  return Number(block.dataset.n) + Math.floor((event.clientY - box.top) / parseFloat(style.lineHeight));
}

const extend = document.getElementById("extend-lines");
let latest = 0;

function chooseByClick(event) {
  const line = lineAt(event);
  if (!line) return;
  event.preventDefault();
  const chosen = chosenLines();
  getSelection().removeAllRanges();
  const isExtending = event.shiftKey || extend.getAttribute("aria-pressed") === "true";
  extend.setAttribute("aria-pressed", "false");
  if (isExtending && chosen.length) {
    const from = chosen.find(([first, last]) => first <= latest && latest <= last) ?? chosen.at(-1);
    const start = from[0] <= latest && latest <= from[1] ? latest : from[0];
    choose([...chosen.filter((each) => each !== from), [start, line].sort((a, b) => a - b)]);
    latest = start;
    return;
  }
  latest = line;
  if (event.ctrlKey || event.metaKey) {
    choose([...chosen, [line, line]]);
  } else {
    const isAlone = chosen.length === 1 && chosen[0][0] === line && chosen[0][1] === line;
    choose(isAlone ? [] : [[line, line]]);
  }
}

// The numbers of a very long text are drawn for the blocks on the screen alone.
function numberBlocks() {
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      const first = Number(target.dataset.n);
      const count = target.textContent.replace(/\n$/, "").split("\n").length;
      target.dataset.numbers = Array.from({ length: count }, (_, n) => first + n).join("\n");
    }
  }, { rootMargin: "100%" });
  for (const block of code.querySelectorAll(".big")) observer.observe(block);
}

// From the text and not from the page, which draws what cannot be seen as something else.
async function linesText() {
  const text = await wholeText(document.querySelector("[data-copy-text]").dataset);
  const lines = text.split(/(?<=\n)/);
  return chosenLines().flatMap(([first, last]) => lines.slice(first - 1, last)).join("");
}

function startLines() {
  // From here on the marks are made here and not by :target, which stays where it was
  // when a click only replaces the address.
  code.classList.add("marks");
  code.addEventListener("click", chooseByClick);
  addEventListener("hashchange", () => mark(true));
  if (location.hash) mark(true);
  numberBlocks();
  extend.addEventListener("click", () => {
    extend.setAttribute("aria-pressed", String(extend.getAttribute("aria-pressed") !== "true"));
  });

  const line = document.getElementById("line");
  line.addEventListener("input", () => line.setCustomValidity(""));
  line.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const ranges = parseLines(line.value).filter(([first]) => startOf(first));
    line.setCustomValidity(ranges.length ? "" : line.dataset.none);
    if (!line.reportValidity()) return;
    choose(ranges, true);
    line.value = "";
    line.blur();
    code.focus({ preventScroll: true });
  });

  const link = document.getElementById("copy-lines-link");
  link.addEventListener("click", () => copy(link, Promise.resolve(location.href)));
  const lines = document.getElementById("copy-lines");
  lines.addEventListener("click", () => copy(lines, linesText()));
  document.getElementById("clear-lines").addEventListener("click", () => {
    choose([]);
    code.focus({ preventScroll: true });
  });
}

if (isLines) startLines();
// Lines are numbered in the source alone.
else if (source && /^#L\d/.test(location.hash)) location.replace(source.href + location.hash);
// A heading's name, as other sites link to it.
else document.getElementById(`prose-${location.hash.slice(1)}`)?.scrollIntoView();

// A burned text is nowhere but here: leaving asks, until it was copied.
const copyButton = document.querySelector("[data-copy-text]");
if (!copyButton.dataset.copyText) {
  const ask = (event) => event.preventDefault();
  addEventListener("beforeunload", ask);
  copyButton.addEventListener("click", () => removeEventListener("beforeunload", ask));
}
