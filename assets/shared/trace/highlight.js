// What to frame in the maps (feature_maps/feature_maps.js) for the trace of a number: the number, and what it was
// computed from in the row in front. A layer inside of a block has no maps of its own there.

const MOST = 10; // numbers of a vector, those that contribute most

export function highlightOf(trace) {
  const { layer, row, position, before } = trace;
  const isHidden = before.layer === "picture" || [layer, before.layer].some((each) => each.includes("."));
  return {
    cell: layer.includes(".") ? null : { row, position },
    window: isHidden ? null : windowOf(trace, Number(before.layer)),
  };
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
