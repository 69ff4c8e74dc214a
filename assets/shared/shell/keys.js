// What the keyboard means anywhere on the page, and where it means something else.

const FIELDS = "input, textarea, select, [contenteditable], [data-testid=drawing-pad]";
// These have arrow keys of their own.
const WIDGETS =
  "slider spinbutton combobox listbox option radio tab menu menuitem menuitemradio application grid gridcell";
const TAKEN = [FIELDS, ...WIDGETS.split(" ").map((role) => `[role=${role}]`)].join();
const OPEN = "[role=dialog], [role=alertdialog], [role=menu], [role=listbox], [data-testid=stPopoverBody]";

// The command of a key in present mode, as a name and its argument; undefined if it has none.
export function commandOf({ key, altKey, ctrlKey, metaKey, shiftKey }) {
  if (altKey || ctrlKey || metaKey || shiftKey) return undefined;
  if (key === "Escape") return ["leave"];
  if (key === "ArrowRight" || key === "PageDown") return ["step", 1];
  if (key === "ArrowLeft" || key === "PageUp") return ["step", -1];
  return /^[1-9]$/.test(key) ? ["screen", Number(key) - 1] : undefined;
}

// Whether a key switches present mode, on any screen; by its place on the keyboard: on a Mac, Alt types a letter.
export function isSwitch({ code, altKey, ctrlKey, metaKey }) {
  return code === "KeyP" && altKey && !ctrlKey && !metaKey;
}

// Whether a key belongs to where the focus is, or to what has opened over the page.
export function isTaken(event) {
  const [focused] = event.composedPath();
  return event.defaultPrevented || focused.closest?.(TAKEN) !== null || document.querySelector(OPEN) !== null;
}
