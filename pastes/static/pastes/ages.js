// Times as this reader's clock tells them; the exact moment is in the tooltip.

const UNITS = [
  ["year", 31536000],
  ["month", 2592000],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function sayAge(time, now) {
  const seconds = (time - now) / 1000;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return unit === "second" && Math.abs(seconds) < 45
    ? seconds > 0 ? "in a moment" : "just now"
    : relative.format(Math.round(seconds / length), unit);
}

for (const element of document.querySelectorAll("time[data-age]")) {
  const time = new Date(element.dateTime);
  element.title = time.toLocaleString();
  element.textContent = sayAge(time, new Date());
}
