// Charts as files.

import { download, make } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";

// A button that has the browser download a PNG; paint(): a promise of its blob.
export function saveButton(name, paint) {
  const save = async ({ currentTarget }) => {
    if (currentTarget.ariaDisabled !== "true") download(await paint(), `${name}.png`);
  };
  return make("button", { type: "button", className: "save", onclick: save }, _("Save as PNG"));
}

// The color of the page behind an element of the component.
export function paperOf(element) {
  return getComputedStyle(element).getPropertyValue("--st-background-color");
}

export function inkOf(element) {
  return getComputedStyle(element).color;
}
