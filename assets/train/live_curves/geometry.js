// The geometry of the charts, independent of the screen; tested by tests/ui/train/geometry.test.mjs.

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

// The lowest and highest value between two steps; with `trim`, without the extremes beyond 2 and 98 percent.
export function extent(steps, values, from, to, trim = false) {
  const seen = [];
  for (let i = 0; i < steps.length; i++) {
    if (values[i] !== null && steps[i] >= from && steps[i] <= to) seen.push(values[i]);
  }
  if (!seen.length) return null;
  seen.sort((a, b) => a - b);
  const cut = trim ? Math.floor(seen.length * 0.02) : 0;
  return [seen[cut], seen[seen.length - 1 - cut]];
}

export function path(steps, values, x, y) {
  let text = "";
  let pen = "M";
  for (let i = 0; i < steps.length; i++) {
    if (values[i] === null) {
      pen = "M";
      continue;
    }
    text += `${pen}${x(steps[i]).toFixed(1)} ${y(values[i]).toFixed(1)}`;
    pen = "L";
  }
  return text;
}

// A range zoomed about its middle (or a given step), within the whole range and at least 4 steps wide.
export function zoomed(range, whole, factor, about = (range[0] + range[1]) / 2) {
  const width = Math.max(4, (range[1] - range[0]) * factor);
  if (width >= whole[1] - whole[0]) return null;
  const share = (about - range[0]) / (range[1] - range[0] || 1);
  const start = Math.max(whole[0], Math.min(about - share * width, whole[1] - width));
  return [start, start + width];
}

// The value at x on a line through ascending points [x, y] from the origin; beyond the last it continues with `slope`.
export function between(points, x, slope) {
  const last = points.at(-1);
  if (x >= last[0]) return last[1] + (x - last[0]) * slope;
  const i = points.findIndex((point) => point[0] > x);
  const [[x0, y0], [x1, y1]] = [points[i - 1], points[i]];
  return y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
}
