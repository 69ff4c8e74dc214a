// The runs whose curves are drawn: their lines by step, where their epochs end, and the overfitting gap.

import { _ } from "../../shared/words.js";
import { axisOf, has } from "./axes.js";
import { nearest, smoothed } from "./geometry.js";

const GAP = 1; // percentage points of accuracy; a smaller gap is chance

// The two measurements, and the index of their values in a point of an epoch, [epoch, step, ...].
export const MEASURES = [
  { key: "loss", title: _("Loss"), unit: "", train: 2, validation: 4 },
  { key: "accuracy", title: _("Accuracy"), unit: " %", train: 3, validation: 5 },
];

export class Runs {
  constructor() {
    this.drawn = {}; // by id: all pieces and epochs that the lab has sent
    this.list = [];
    this.unit = "batch";
    this.window = 0;
  }

  // Reads the data of `charts` (cnnlab/ui/train/live_curves.py): everything, or what is new.
  read(data) {
    const before = this.drawn;
    this.drawn = {};
    const made = data.runs.map((run) => {
      const known = before[run.id];
      const now = known?.text === run.lines ? known : added(known, run.lines);
      if (now) this.drawn[run.id] = now;
      const same = this.list.find((each) => each.id === run.id);
      if (!now || (now === known && same?.name === run.name)) return same;
      return later(lines(run, now), run.from ?? 0);
    });
    const { labels, many, span, batches, epochs, alt } = data;
    Object.assign(this, { labels, many, span, batches, epochs, alt, list: made.filter(Boolean) });
    this.arrange();
  }

  // What the next request need not bring again (live_route.py).
  known() {
    return Object.fromEntries(Object.entries(this.drawn).map(([id, { token, full }]) => [id, [token, ...full]]));
  }

  setWindow(window) {
    this.window = window;
    this.arrange();
  }

  setUnit(unit) {
    this.unit = unit;
    this.arrange();
  }

  // Prepares each run for this axis and this average.
  arrange() {
    for (const run of this.list) {
      if (run.arranged?.unit !== this.unit) {
        Object.assign(run, axisOf(run, this.unit));
        run.arranged = { unit: this.unit };
      }
      if (run.arranged.window === this.window) continue;
      run.arranged.window = this.window;
      for (const { key } of MEASURES) {
        const [ends, means] = run[key].mean;
        run[key].smooth = [ends, smoothed(ends, means, this.window || 1)];
      }
    }
  }

  // Whether the first run can be shown on this axis; in a race, every run.
  has(unit) {
    const asked = this.many ? this.list : [this.first];
    return asked.every((run) => has(run, unit));
  }

  // From the start to the end of the last epoch that has begun, on the axis.
  whole() {
    const last = Math.max(1, ...this.list.map((run) => run.ends.at(-1) ?? 1));
    const places = this.list.flatMap((run) => run.ends.map(run.at)).filter(Number.isFinite);
    const far = places.reduce((most, place) => Math.max(most, place), 0);
    if (this.unit === "seconds") return [0, far || 1];
    if (!this.batches) return [0, last];
    const begun = (epochs) => Math.min(Math.ceil(epochs - 1e-9), this.epochs || 1);
    if (this.unit === "epoch") return [0, Math.max(far, begun(far), 1e-3)];
    return [0, Math.max(last, this.epochEnd(begun(this.epochAt(last))))];
  }

  // Where a step is on the axis, in each run.
  places(step) {
    const places = this.list.map((run) => run.at(step)).filter((place) => place > 0);
    return places.length ? places : [1];
  }

  // The step at which an epoch of the first run ends, and back.
  epochEnd(epoch) {
    return axisOf(this.first, "epoch").stepAt(epoch);
  }

  epochAt(step) {
    return axisOf(this.first, "epoch").at(step);
  }

  get first() {
    if (this.list.length) return this.list[0];
    const none = { ends: [], seconds: [], epochs: [], firstEpoch: 0, batches: this.batches };
    return { ...none, ...axisOf(none, this.unit) };
  }

  // The run that has come farthest on the axis, and the possible places of the cursor: those of its steps.
  farthest() {
    const reach = (run) => run.ends.map(run.at).findLast(Number.isFinite) ?? 0;
    return this.list.reduce((far, run) => (far && reach(far) >= reach(run) ? far : run), undefined);
  }

  cursorPlaces() {
    const run = this.farthest();
    return run ? run.ends.map(run.at).filter(Number.isFinite) : [];
  }

  // Whether the learning rate of any run changes on the way.
  get ratesVary() {
    return this.list.some((run) => run.rates.some((rate) => rate !== null));
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

// What is drawn of a run after this text; undefined if it continues something else than what is known.
export function added(known, text) {
  const { token, from, full, pieces, epochs, flags, rate } = JSON.parse(text);
  const whole = !from[0] && !from[1];
  if (!whole && known?.token !== token) return undefined;
  return {
    text,
    token,
    full,
    pieces: [...(whole ? [] : known.pieces.slice(0, from[0])), ...pieces],
    epochs: [...(whole ? [] : known.epochs.slice(0, from[1])), ...epochs],
    flags: whole ? flags : known.flags,
    rate: whole ? rate : known.rate,
  };
}

// The lines of a run from its pieces: [end, seconds, learning rate, mean loss, mean accuracy], and for those of several
// batches the extremes [step, value, step, value] of loss and of accuracy.
function lines(run, { pieces, epochs, flags, rate }) {
  const ends = pieces.map((piece) => piece[0]);
  const line = (mean, extremes) => {
    const raw = [[], []];
    for (const piece of pieces) {
      const points = piece.length > 5 ? piece.slice(extremes, extremes + 4) : [piece[0], piece[mean]];
      for (let i = 0; i < points.length; i += 2) {
        if (points[i] === null || (i && points[i] === points[i - 2])) continue;
        raw[0].push(points[i]);
        raw[1].push(points[i + 1]);
      }
    }
    return { raw, mean: [ends, pieces.map((piece) => piece[mean])] };
  };
  return {
    ...run,
    ends,
    seconds: pieces.map((piece) => piece[1]),
    rates: pieces.map((piece) => piece[2]),
    rate,
    loss: line(3, 5),
    accuracy: line(4, 9),
    epochs,
    flags,
    firstEpoch: 0,
  };
}

// A run's curves after a step, counted from there: a fork is overlaid on its parent's continuation.
export function later(run, from) {
  if (!from) return run;
  const first = run.ends.findIndex((step) => step > from);
  const kept = (values) => (first < 0 ? [] : values.slice(first));
  const line = ({ raw: [steps, values], mean }) => {
    const start = steps.findIndex((step) => step > from);
    const raw = start < 0 ? [[], []] : [steps.slice(start).map((step) => step - from), values.slice(start)];
    return { raw, mean: [kept(mean[0]).map((step) => step - from), kept(mean[1])] };
  };
  const begun = axisOf(run, "seconds").at(from);
  const after = run.epochs.filter((point) => point[1] > from);
  return {
    ...run,
    ends: kept(run.ends).map((step) => step - from),
    seconds: kept(run.seconds).map((seconds) => (seconds === null || Number.isNaN(begun) ? null : seconds - begun)),
    rates: kept(run.rates),
    loss: line(run.loss),
    accuracy: line(run.accuracy),
    epochs: after.map(([epoch, step, ...rest]) => [epoch, step - from, ...rest]),
    flags: run.flags.filter(([step]) => step > from).map(([step, text]) => [step - from, text]),
    firstEpoch: run.epochs.findLast((point) => point[1] <= from)?.[0] ?? 0,
  };
}
