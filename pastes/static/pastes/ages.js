// Times as this reader's clock tells them; the exact moment is in the tooltip.

const UNITS = [
  ["year", 31536000],
  ["month", 2592000],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];
// The page's language, not the browser's: its words stand beside these.
const { lang } = document.documentElement;
const relative = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });

function sayAge(time, now, justNow) {
  const seconds = (time - now) / 1000;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  if (unit === "second" && seconds <= 0 && seconds > -45) {
    return justNow || relative.format(0, "second");
  }
  return relative.format(Math.round(seconds / length), unit);
}

for (const element of document.querySelectorAll("time[data-age]")) {
  const time = new Date(element.dateTime);
  element.title = time.toLocaleString(lang);
  element.textContent = sayAge(time, new Date(), element.dataset.age);
}
