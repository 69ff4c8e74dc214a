// The geometry of the charts, independent of the screen; tested by tests/ui/train/geometry.test.mjs.

const DASH = 6; // px; the width of a point that has no neighbors

// Round numbers that cover [low, high] in about `count` steps of 1, 2 or 5 times a power of ten.
export function niceTicks(low, high, count) {
  if (!(high > low)) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((f) => f * power >= rough * 0.999);
  const step = factor * power;
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) ticks.push(i * step);
  return ticks.map((tick) => Number(tick.toPrecision(12)));
}

// Powers of ten, with 2 and 5 between them if there is room.
export function logTicks(low, high) {
  const factors = Math.log10(high / low) > 2.5 ? [1] : [1, 2, 5];
  const ticks = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
    for (const f of factors) {
      const tick = Number((f * 10 ** e).toPrecision(6));
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
    }
  }
  return ticks;
}

// A loss with four significant digits: 0.0213, 2.303, 218.6, 23,239.
export function lossText(value) {
  const before = Math.floor(Math.log10(Math.abs(value) || 1));
  const digits = Math.max(0, Math.abs(value) < 1 ? 4 : 3 - before);
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function tickText(tick, digits) {
  return digits > 5 || Math.abs(tick) >= 1e6 ? Number(tick.toPrecision(3)).toExponential() : tick.toFixed(digits);
}

// The range extended to round numbers, so that an axis does not move while values vary within it.
export function niceRange(low, high) {
  if (!(high > low)) return [low - 0.5, high + 0.5];
  const ticks = niceTicks(low, high, 5);
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : high - low;
  const clean = (value) => Number(value.toPrecision(12));
  return [clean(Math.floor(low / step + 1e-9) * step), clean(Math.ceil(high / step - 1e-9) * step)];
}

export function scale(low, high, from, to, log = false) {
  const f = log ? (v) => Math.log10(Math.max(v, low)) : (v) => v;
  const [a, b] = [f(low), f(high)];
  return (value) => from + ((f(value) - a) / (b - a || 1)) * (to - from);
}

// The index of the step nearest to x in an ascending list; -1 in an empty one.
export function nearest(steps, x) {
  let [a, b] = [0, steps.length - 1];
  if (b < 0) return -1;
  while (b - a > 1) {
    const middle = (a + b) >> 1;
    if (steps[middle] <= x) a = middle;
    else b = middle;
  }
  return Math.abs(steps[b] - x) < Math.abs(steps[a] - x) ? b : a;
}

// The lowest and highest value between two places; without the extremes that together take up at most the share `trim`
// of the width at the top, and as much at the bottom.
export function extent(places, values, from, to, trim = 0) {
  const seen = [];
  for (let i = 0; i < places.length; i++) {
    if (values[i] === null || !(places[i] >= from && places[i] <= to)) continue;
    seen.push([values[i], places[i] - Math.max(from, places[i - 1] ?? from)]);
  }
  if (!seen.length) return null;
  seen.sort((a, b) => a[0] - b[0]);
  const most = trim ? trim * (to - from) : -1;
  return [firstBeyond(seen, most), firstBeyond(seen.reverse(), most)];
}

// The first value at which the widths add up to more than `most`.
function firstBeyond(seen, most) {
  let sum = 0;
  const found = seen.find(([, width]) => {
    sum += width;
    return sum > most;
  });
  return (found ?? seen[0])[0];
}

// A line through points, interrupted where a value is missing. A point on its own is a short dash: it can be seen.
export function path(steps, values, x, y) {
  const has = (i) => i >= 0 && i < steps.length && values[i] !== null && !Number.isNaN(x(steps[i]));
  let text = "";
  for (let i = 0; i < steps.length; i++) {
    if (!has(i)) continue;
    const [left, top] = [x(steps[i]), y(values[i]).toFixed(1)];
    if (!has(i - 1) && !has(i + 1)) text += `M${(left - DASH / 2).toFixed(1)} ${top}h${DASH}`;
    else text += `${has(i - 1) ? "L" : "M"}${left.toFixed(1)} ${top}`;
  }
  return text;
}

// A range zoomed about its middle (or a given place), within the whole range and at least as wide as `least`.
export function zoomed(range, whole, factor, about = (range[0] + range[1]) / 2, least = 4) {
  const width = Math.max(least, (range[1] - range[0]) * factor);
  if (width >= whole[1] - whole[0]) return null;
  const share = (about - range[0]) / (range[1] - range[0] || 1);
  const start = Math.max(whole[0], Math.min(about - share * width, whole[1] - width));
  return [start, start + width];
}

// The value at x on a line through ascending points [x, y] from the origin; beyond the last it continues with `slope`.
export function between(points, x, slope) {
  const last = points.at(-1);
  if (x >= last[0]) return last[1] + (x === last[0] ? 0 : (x - last[0]) * slope);
  let [before, after] = [0, points.length - 1];
  while (after - before > 1) {
    const middle = (before + after) >> 1;
    if (points[middle][0] <= x) before = middle;
    else after = middle;
  }
  const [[x0, y0], [x1, y1]] = [points[before], points[after]];
  return y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
}

// A moving average of means over `span` batches. `ends`: the last batch of each mean, so that many count for more; at
// the start, where a line falls fast, the average covers only the last eighth of the batches.
export function smoothed(ends, means, span) {
  let [value, count, end] = [0, 0, ends.length ? ends[0] - 1 : 0];
  return means.map((mean, i) => {
    const batches = Math.max(1, ends[i] - end);
    end = ends[i];
    if (mean === null) return null;
    const share = Math.max(1 / span, 1 / (1 + count / 8));
    value += (1 - (1 - share) ** batches) * (mean - value);
    count += batches;
    return value;
  });
}
