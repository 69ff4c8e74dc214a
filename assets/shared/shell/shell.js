// Around every screen: what Streamlit's own elements leave unsaid, and the keys of a presenter.

import { showHint } from "./hint.js";
import { commandOf, isSwitch, isTaken } from "./keys.js";
import { addressOf, isForNewTab } from "./links.js";
import { Steps } from "./steps.js";

const page = document.documentElement;
const steps = new Steps();
let theme; // what watches it
const arrivals = new MutationObserver(nameParts);
let shown;

const commands = {
  leave: () => presentButton().click(),
  step: (direction) => steps.go(direction),
  screen: (index) => screenLinks()[index]?.click(),
};

function screenLinks() {
  return [...document.querySelectorAll(".st-key-screens a")];
}

function presentButton() {
  return document.querySelector(".st-key-presenting button");
}

// The list of screens is a landmark with a name, and says which screen is shown; so is the page itself. Streamlit loads
// links and buttons when they are first shown, so this is done again when they have come.
function nameParts() {
  const { screens, present } = shown;
  const list = document.querySelector(".st-key-screens");
  list.setAttribute("role", "navigation");
  list.setAttribute("aria-label", screens.label);
  screenLinks().forEach((link, index) => {
    if (index === screens.current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    const address = addressOf(link.getAttribute("href"), location.href);
    if (link.href !== address) link.href = address;
  });
  presentButton()?.setAttribute("aria-keyshortcuts", present ? "Alt+P Escape" : "Alt+P");
  document.querySelector('[data-testid="stMain"]').setAttribute("role", "main");
}

// Streamlit's dialogs lie outside of its app and do not know of its theme, which may come late.
function followTheme() {
  const app = document.querySelector(".stApp");
  const follow = () => {
    page.style.colorScheme = getComputedStyle(app).colorScheme;
  };
  follow();
  theme?.disconnect();
  theme = new MutationObserver(follow);
  theme.observe(app, { attributeFilter: ["class", "style"] }); // others change at each run of the script
}

function press(event) {
  if (isSwitch(event)) return take(event, "leave");
  if (!page.classList.contains("present") || isTaken(event)) return;
  const [name, argument] = commandOf(event) ?? [];
  if (name) take(event, name, argument);
}

function take(event, name, argument) {
  event.preventDefault();
  commands[name](argument);
}

// Streamlit takes each click on a link for one that stays in this tab; what asks for another one is the browser's.
function leaveToBrowser(event) {
  if (isForNewTab(event) && event.target.closest?.(".st-key-screens a")) event.stopPropagation();
}

document.addEventListener("click", leaveToBrowser, { capture: true });

// A browser loads a font when it first meets a text in it, and then the text moves.
for (const font of document.fonts) if (/Sans|Code/.test(font.family) && !/KaTeX/.test(font.family)) font.load();

export default function ({ data }) {
  shown = data;
  nameParts();
  arrivals.disconnect();
  for (const part of document.querySelectorAll(".st-key-screens, .st-key-bar"))
    arrivals.observe(part, { childList: true, subtree: true });
  page.classList.toggle("present", data.present);
  followTheme();
  page.onkeydown = press; // once, however often this runs, and in whichever language
  showHint(data.present ? null : data.hint);
  return () => arrivals.disconnect();
}
