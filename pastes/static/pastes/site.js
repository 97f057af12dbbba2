// Every page: the keys and their list, the theme, and menus that close again.

const root = document.documentElement;

export function keepSetting(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  const age = value ? 400 * 24 * 60 * 60 : 0;
  const path = document.body.dataset.cookiePath;
  document.cookie = `${name}=${value}; path=${path}; max-age=${age}; samesite=lax${secure}`;
}

// The theme, without loading the page anew.

document.getElementById("settings")?.addEventListener("submit", (event) => {
  const pressed = event.submitter;
  if (pressed?.name !== "theme") return;
  event.preventDefault();
  keepSetting("theme", pressed.value);
  if (pressed.value) root.dataset.theme = pressed.value;
  else delete root.dataset.theme;
  for (const each of pressed.parentNode.children) {
    each.setAttribute("aria-pressed", String(each === pressed));
  }
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
    meta.media = pressed.value ? (meta.dataset.scheme === pressed.value ? "all" : "not all") : `(prefers-color-scheme: ${meta.dataset.scheme})`;
  }
  root.dispatchEvent(new Event("themechange"));
});

// Keys: each control names its own in aria-keyshortcuts. Those of a single letter can be
// turned off, for who dictates or presses keys by chance (WCAG 2.1.4).

const help = document.getElementById("keys-help");
const letters = document.getElementById("letter-keys");
const shown = document.getElementById("show-keys");

letters.addEventListener("change", () => keepSetting("keys", letters.checked ? "" : "off"));
shown.addEventListener("click", () => help.showModal());

function nameOf(event) {
  if (event.key.length !== 1) return "";
  const isLetter = event.key.toLowerCase() !== event.key.toUpperCase();
  return event.shiftKey && isLetter ? `Shift+${event.key.toUpperCase()}` : event.key;
}

// Of a choice between buttons, the one after that which is pressed.
function nextOf(group) {
  const buttons = [...group.children];
  const pressed = buttons.findIndex((each) => each.getAttribute("aria-pressed") === "true");
  return buttons[(pressed + 1) % buttons.length];
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (!letters.checked || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const isTyping = event.target.closest?.("textarea, select, [contenteditable]")
    || event.target.closest?.("input:not([type=checkbox], [type=radio], [type=file])");
  const name = isTyping ? "" : nameOf(event);
  if (!name || event.repeat) return;
  const control = [...document.querySelectorAll("[aria-keyshortcuts]")]
    .find((each) => each.getAttribute("aria-keyshortcuts") === name);
  if (!control || control.hidden || control.closest("[hidden]")) return;
  event.preventDefault();
  // What the control says afterwards is to be seen.
  const menu = control.closest("details.menu");
  if (menu && !control.matches("summary")) menu.open = true;
  if (control.matches("input:not([type=checkbox]), textarea, select")) control.focus();
  else if (control.matches("[role=group]")) nextOf(control).click();
  else control.click();
});

// The lines that a link names are kept through the page of the password.

for (const form of document.querySelectorAll("[data-keep-fragment]")) {
  form.addEventListener("submit", () => { form.action += location.hash; });
}

// Menus: one open at a time; Escape and a press elsewhere close it.

const menus = [...document.querySelectorAll("details.menu")];

for (const menu of menus) {
  menu.addEventListener("toggle", () => {
    if (menu.open) for (const each of menus) if (each !== menu) each.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

addEventListener("click", (event) => {
  for (const menu of menus) if (!menu.contains(event.target)) menu.open = false;
});
