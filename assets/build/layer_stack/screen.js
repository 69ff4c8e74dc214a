// The screen around the stack.

// The height of Streamlit's bar, which overlays the page: sticky elements have to stick below it.
export function headerHeight() {
  return document.querySelector('[data-testid="stHeader"]')?.offsetHeight ?? 0;
}

export function scrollerOf(element) {
  for (let at = element; at; at = at.parentElement ?? at.getRootNode().host) {
    if (/auto|scroll/.test(getComputedStyle(at).overflowY) && at.scrollHeight > at.clientHeight) return at;
  }
  return document.scrollingElement;
}

export function isTouched() {
  return matchMedia("(pointer: coarse)").matches;
}
