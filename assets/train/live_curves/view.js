// Which part of the runs the charts show, and on what axes. New data never touches it.

export class View {
  constructor(runs) {
    this.runs = runs;
    this.zoom = null; // [from step, to step]; null: the whole run
    this.logLoss = false;
    this.logSteps = false;
  }

  range() {
    const [from, to] = this.zoom ?? this.runs.whole();
    return this.logSteps ? [Math.max(1, from), Math.max(2, to)] : [from, to]; // no logarithm of 0
  }

  // The step at a share of the axis's length.
  stepAt(share) {
    const [from, to] = this.range();
    const step = this.logSteps ? from * (to / from) ** share : from + share * (to - from);
    return Math.max(from, Math.min(to, step));
  }
}
