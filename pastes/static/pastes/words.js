// What the form's scripts say: sentences from the page, sizes and waits in its language.

export const words = document.getElementById("words").dataset;
const said = document.getElementById("said");
const { lang } = document.documentElement;

export function say(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export function announce(sentence) {
  said.textContent = sentence;
}

function sayNumber(number, digits = 0) {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(lang, options).format(number);
}

// Rounded up, so that one byte too many never reads like the limit itself.
export function saySize(bytes) {
  if (bytes < 1024) return say(words.bytes, { number: sayNumber(bytes) });
  if (bytes < 1024 ** 2) return say(words.kib, { number: sayNumber(Math.ceil(bytes / 1024)) });
  return say(words.mib, { number: sayNumber(Math.ceil(bytes * 10 / 1024 ** 2) / 10, 1) });
}

export function sayPercent(share) {
  return new Intl.NumberFormat(lang, { style: "percent" }).format(share);
}

export function sayWait(seconds) {
  const [number, unit] = seconds < 60 ? [seconds, "second"] : [Math.ceil(seconds / 60), "minute"];
  return new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long" }).format(number);
}

export function sayTime(milliseconds) {
  return new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" }).format(milliseconds);
}
