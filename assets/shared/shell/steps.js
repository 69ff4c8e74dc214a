// The parts of a screen that a presenter shows one after the other: elements with the class "step" or the attribute
// data-step, on the page and in the components, and the page's containers whose key begins with "step-".

import { prefersReducedMotion } from "../dom.js";

// Asks a component that shows one part at a time to show another: `detail` is the direction. It prevents the default.
export const STEP = "cnnlab-step";

const STEPS = ':is(.step, [data-step], [class*="st-key-step-"]):not(button)';
const GAP = 12; // px between what stays at the top and the part below it
const NEAR = 4; // px; a part as near as this to its place is there

// The position of the next part (direction 1) or the one before (-1) among the sorted distances of all parts from their
// place in the window; undefined if there is none.
export function nextPart(distances, direction) {
  const there = (distance) => direction * distance > NEAR;
  const index = direction > 0 ? distances.findIndex(there) : distances.findLastIndex(there);
  return index < 0 ? undefined : index;
}

export class Steps {
  constructor() {
    document.addEventListener("scrollend", () => (this.target = undefined), { capture: true });
  }

  // Scrolls to the next part, or to the one before; before the first one is the top of the page.
  go(direction) {
    if (!document.dispatchEvent(new CustomEvent(STEP, { detail: direction, cancelable: true }))) return;
    const page = document.querySelector('[data-testid="stMain"]');
    page.style.scrollPaddingTop = `${coverOf(page)}px`;
    const parts = sorted(stepsIn(page).map((element) => ({ element, distance: distanceOf(element, page) })));
    const passed = parts.find(({ element }) => element === this.target)?.distance ?? 0; // pressed again on the way
    const index = nextPart(
      parts.map(({ distance }) => distance - passed),
      direction,
    );
    if (index === undefined && direction > 0) return; // on the last one, or on the way to it
    const behavior = prefersReducedMotion() ? "instant" : "smooth";
    this.target = parts[index]?.element;
    if (this.target) this.target.scrollIntoView({ behavior, block: "start" });
    else page.scrollTo({ top: 0, behavior });
  }
}

function sorted(parts) {
  return parts.toSorted((one, other) => one.distance - other.distance);
}

// What is a part of a part is none of its own.
function stepsIn(root) {
  const parts = [...root.querySelectorAll("*")].filter((element) => !element.parentElement?.closest(STEPS));
  return parts.flatMap((element) => {
    if (element.matches(STEPS)) return element.checkVisibility() ? [element] : [];
    return element.shadowRoot ? stepsIn(element.shadowRoot) : [];
  });
}

function distanceOf(element, page) {
  const margin = Number.parseFloat(getComputedStyle(element).scrollMarginTop);
  const padding = Number.parseFloat(page.style.scrollPaddingTop);
  return element.getBoundingClientRect().top - page.getBoundingClientRect().top - margin - padding;
}

// How high that is which stays at the top of the window, with a gap, in pixels.
function coverOf(page) {
  const stays = (part) => getComputedStyle(part).position === "sticky" && getComputedStyle(part).top !== "auto";
  const parts = [...page.querySelectorAll('[data-testid="stLayoutWrapper"]')].filter(stays);
  return Math.max(0, ...parts.map((part) => part.offsetHeight + GAP));
}
