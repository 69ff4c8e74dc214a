// What the horizontal axis counts: batches, epochs, or seconds of training.

import { between } from "./geometry.js";

export const UNITS = ["batch", "epoch", "seconds"];

// Where a run's steps are on an axis, and back: { at(step), stepAt(place) }. NaN: unknown.
export function axisOf(run, unit) {
  if (unit === "epoch") return along(epochEnds(run), 1 / run.batches, run.batches);
  if (unit === "seconds") return along(times(run), Number.NaN, Number.NaN);
  return { at: (step) => step, stepAt: (place) => place };
}

function along(points, slope, back) {
  const turned = points.map(([step, place]) => [place, step]);
  return { at: (step) => between(points, step, slope), stepAt: (place) => between(turned, place, back) };
}

// [step, epochs done] at the end of each epoch. A changed batch size makes epochs unequal: known ends are used, others
// extrapolated.
function epochEnds(run) {
  return [[0, 0], ...run.epochs.map(([epoch, step]) => [step, epoch - run.firstEpoch])];
}

// [step, seconds] where they are known. Older labs recorded times for whole epochs only.
function times(run) {
  const known = run.ends.map((step, i) => [step, run.seconds[i]]).filter(([, seconds]) => seconds !== null);
  return [[0, 0], ...known];
}

// Whether anything of a run can be shown on this axis.
export function has(run, unit) {
  return unit === "batch" || (unit === "epoch" ? run.batches > 0 : run.seconds.some((seconds) => seconds !== null));
}
