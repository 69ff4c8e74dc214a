// The runs whose curves are drawn: their lines by step, where their epochs end, and the overfitting gap.

import { _ } from "../../shared/words.js";
import { between, nearest } from "./geometry.js";

const GAP = 1; // percentage points of accuracy; a smaller gap is chance

// The two measurements, and the index of their values in a point of an epoch, [epoch, step, ...].
export const MEASURES = [
  { key: "loss", title: _("Loss"), unit: "", train: 2, validation: 4 },
  { key: "accuracy", title: _("Accuracy"), unit: " %", train: 3, validation: 5 },
];

export class Runs {
  constructor() {
    this.texts = [];
    this.list = [];
  }

  // Reads the output of curves_data (cnnlab/ui/train/live_curves.py); unchanged lines are not parsed again.
  read(data) {
    const texts = data.runs.map((run) => run.lines);
    if (texts.some((text, i) => text !== this.texts[i]) || texts.length !== this.texts.length) {
      this.list = data.runs.map((run) => later({ ...run, ...JSON.parse(run.lines) }, run.from ?? 0));
      this.texts = texts;
    }
    const { labels, many, batches, epochs, alt } = data;
    Object.assign(this, { labels, many, batches, epochs, alt });
  }

  // From the first step to the end of the last epoch that has begun.
  whole() {
    const last = Math.max(1, ...this.list.map((run) => run.loss.smooth[0].at(-1) ?? 1));
    if (!this.batches) return [0, last];
    return [0, Math.max(last, this.epochEnd(Math.min(Math.ceil(this.epochAt(last)), this.epochs || 1)))];
  }

  // The steps at which epochs end. A changed batch size makes them unequal: known ends are used, others extrapolated.
  knownEnds() {
    return [[0, 0], ...(this.list[0]?.epochs ?? []).map((point) => [point[0], point[1]])];
  }

  epochEnd(epoch) {
    return between(this.knownEnds(), epoch, this.batches);
  }

  epochAt(step) {
    return between(
      this.knownEnds().map(([epoch, end]) => [end, epoch]),
      step,
      1 / this.batches,
    );
  }

  // The possible positions of the cursor: the steps of the run that has come farthest.
  steps() {
    const lines = this.list.map((run) => run.loss.smooth[0]);
    return lines.reduce((far, line) => ((line.at(-1) ?? 0) > (far.at(-1) ?? 0) ? line : far), lines[0] ?? []);
  }

  // ---- the gap between training and validation, in percentage points of accuracy

  gaps(key) {
    const run = this.list[0];
    if (!run || this.many) return [];
    const [steps, smooth] = run[key].smooth;
    const column = MEASURES.find((measure) => measure.key === key).validation;
    return run.epochs
      .filter((point) => point[column] !== null && steps.length)
      .map((point) => [point[1], smooth[nearest(steps, point[1])], point[column]]);
  }

  // The size of the gap; empty if it is too small to mention.
  gapPoints() {
    const last = this.gaps("accuracy").at(-1);
    const points = last ? last[1] - last[2] : 0;
    return points >= GAP ? points.toFixed(1) : "";
  }

  gapWords() {
    const points = this.gapPoints();
    return points && _("overfitting gap {points} points", { points });
  }
}

// A run's curves after a step, counted from there: a fork is overlaid on its parent's continuation.
export function later(run, from) {
  if (!from) return run;
  const line = ([steps, values]) => {
    const first = steps.findIndex((step) => step > from);
    return first < 0 ? [[], []] : [steps.slice(first).map((step) => step - from), values.slice(first)];
  };
  const both = ({ raw, smooth }) => ({ raw: line(raw), smooth: line(smooth) });
  const after = run.epochs.filter((point) => point[1] > from);
  const epochs = after.map(([epoch, step, ...rest]) => [epoch, step - from, ...rest]);
  const flags = run.flags.filter(([step]) => step > from).map(([step, text]) => [step - from, text]);
  return { ...run, loss: both(run.loss), accuracy: both(run.accuracy), epochs, flags };
}
