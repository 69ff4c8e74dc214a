// What to frame in the maps (feature_maps/feature_maps.js) for the trace of a number: the number, and what it was
// computed from in the layer in front.

const MOST = 10; // numbers of a vector, those that contribute most

// place(layer): at which index the maps of a layer are shown, -1 if they are not.
export function highlightOf(trace, place = rowPlace) {
  const { layer, position, before } = trace;
  const [row, from] = [place(layer), place(before.layer)];
  return {
    cell: row < 0 ? null : { row, position },
    window: from < 0 ? null : windowOf(trace, from),
  };
}

// Where only the maps of whole rows are shown.
export function rowPlace(layer) {
  return layer === "picture" || layer.includes(".") ? -1 : Number(layer);
}

function windowOf({ window, channel_sums: sums, sources, before }, row) {
  if (window) return { ...window, row, channels: sums ? byStrength(window.channels, sums) : window.channels };
  const [source] = sources;
  if (source?.layer !== before.layer) return null;
  const [[channel, y = 0, x = 0]] = source.positions;
  const isVector = before.shape.length === 1;
  const channels = isVector ? source.positions.slice(0, MOST).map(([index]) => index) : [channel];
  return { row, channels, rows: [y], columns: [x] };
}

function byStrength(channels, sums) {
  const order = [...channels.keys()].sort((one, other) => Math.abs(sums[other]) - Math.abs(sums[one]));
  return order.map((index) => channels[index]);
}
