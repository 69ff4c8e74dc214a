// What a map or number is made of, back to the weights that it was made with.

import { strongestInputs } from "./connections.js";
import { KEEPS_MAPS } from "./kernels.js";

const MOST = 100; // connections, the strongest ones

// The connections that lead to a unit, [{ row, unit, from, share, strength, signed }]: back through the rows that keep
// a map by itself, whose `share` is null, to those of the weights, of which `share` is a part of the largest. `from` is
// a unit of the row before, or of the picture for row 0.
export function wayTo(captions, connections, row, unit) {
  const found = [];
  for (let at = row; at >= 0; at--) {
    const weighted = throughWeights(connections.of(String(at), unit), at, unit);
    if (weighted || !isKept(captions, at)) return [...found, ...(weighted ?? [])];
    found.push({ row: at, unit, from: unit, share: null });
  }
  return found;
}

// Whether each of a row's maps, or numbers, is made of the one with its number alone.
function isKept(captions, row) {
  const [before, after] = [captions[row - 1]?.whole, captions[row].whole];
  return KEEPS_MAPS.includes(captions[row].family) && before?.length === after.length && before[0] === after[0];
}

function throughWeights(found, row, unit) {
  if (!found) return null;
  const { strengths, signed } = found;
  const inputs = strongestInputs(strengths, MOST);
  const most = Math.abs(strengths[inputs[0]]);
  return inputs.map((from) => ({
    row,
    unit,
    from,
    share: Math.abs(strengths[from]) / most,
    strength: strengths[from],
    signed,
  }));
}
