// How classes are told apart where a color alone would not do: each has a sign of its own.

export const COLORS = 10; // --class-0 and so on; further classes begin again with the first one

// The first letters of the names if no two are the same, or short names; else letters, or numbers for many classes.
export function marksOf(classes) {
  const first = classes.map((name) => [...name][0]?.toUpperCase() ?? "");
  if (first.every(Boolean) && new Set(first).size === classes.length) return first;
  if (classes.every((name) => [...name].length <= 2)) return classes;
  return classes.map((_name, index) => (classes.length <= 26 ? String.fromCharCode(65 + index) : String(index + 1)));
}
