// Names of layers.

import { make } from "../../shared/dom.js";

// The name in the code, if it is another than the title; a line may end before its capitals.
export function codeName(kind, title) {
  if (title === kind) return [];
  const parts = kind.split(/(?<=[a-z])(?=[A-Z])/).flatMap((part, index) => (index ? [make("wbr"), part] : [part]));
  return [make("code", {}, ...parts)];
}
