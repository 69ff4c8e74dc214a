// A link to Look inside. A plain click calls `open` instead, which need not load the page anew.

import { make } from "./dom.js";

// query: what the address says after the question mark, by name; label: for screen readers.
export function lookLink(query, open, label, ...content) {
  const href = new URL(`look_inside?${new URLSearchParams(query)}`, document.baseURI).href;
  const onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab or a window of its own
    event.preventDefault();
    open();
  };
  return make("a", { href, onclick, "aria-label": label }, ...content);
}
