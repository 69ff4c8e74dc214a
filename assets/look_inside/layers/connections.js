// What a map is made of: the maps of the row before, with how strongly it is connected to each.

import { KEEPS_MAPS } from "./kernels.js";

// The connections of a unit with the row before, [{ row, unit, from, share, sum }]: `from` is a unit of that row (of
// the picture for row 0), `share` how large its kernel is, as a part of the largest one of the filter, and `sum` that
// of its weights. Both are null where a map is made of one map alone. Empty where it is not made of single maps, or
// its filter is not on the page.
export function connectionsOf({ captions, filters, picture }, row, unit) {
  const before = row ? captions[row - 1].whole : picture.shape;
  const filter = filters.find((each) => each.row === row);
  if (filter) return unit < filter.shown ? throughKernels(filter, before[0], row, unit) : [];
  const { family, whole } = captions[row];
  const isAlone = KEEPS_MAPS.includes(family) && before.length === whole.length && before[0] === whole[0];
  return isAlone ? [{ row, unit, from: unit, share: null, sum: null }] : [];
}

function throughKernels({ count, inputs, height, width, values, scales }, channels, row, unit) {
  const size = height * width;
  const first = Math.floor(unit / (count / (channels / inputs))) * inputs; // of the filter's group of channels
  const kernels = Array.from({ length: inputs }, (_each, input) => {
    const place = unit * inputs + input;
    const weights = values.subarray(place * size, (place + 1) * size);
    const [sum, total] = weights.reduce(([one, other], each) => [one + each, other + Math.abs(each)], [0, 0]);
    return { row, unit, from: first + input, sum: sum * scales[place], share: total * scales[place] };
  });
  const most = Math.max(...kernels.map(({ share }) => share)) || 1;
  return kernels.map((each) => ({ ...each, share: each.share / most }));
}

// All connections that lead to a unit: back through the rows that keep a map by itself, to the maps of the filter that
// made it.
export function wayTo(body, row, unit) {
  const found = [];
  for (let at = row; at >= 0; at--) {
    const connections = connectionsOf(body, at, unit);
    found.push(...connections);
    if (connections.length !== 1 || connections[0].share !== null) break;
  }
  return found;
}

// The strongest of the connections that end a way; undefined if it ends without kernels.
export function strongestOf(way) {
  return way.filter(({ share }) => share !== null).sort((one, other) => other.share - one.share)[0];
}
