// Loss and accuracy as two charts that grow. The zoom is this page's own: new data never touches it.
// (geometry.js and follow.js stand above this text in one module.)

const SVG = "http://www.w3.org/2000/svg";
const CHARTS = [
  { key: "loss", title: _("Loss"), unit: "", train: 2, validation: 4 },
  { key: "accuracy", title: _("Accuracy"), unit: " %", train: 3, validation: 5 },
];
const MARGIN = { left: 52, right: 20, top: 10, bottom: 36 };

function make(tag, attributes = {}, children = []) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function draw(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

// `digits`: behind the point, of an accuracy; a loss has as many as mean something.
const number = (value, digits) => (value === null || value === undefined ? "–" : digits ? value.toFixed(digits) : lossText(value));

const GAP = 1; // points of accuracy; a smaller gap is chance
const sentences = (parts) => parts.filter(Boolean).reduce((some, more) => _("{some} {more}", { some, more }));
const runClass = (i) => `run run-${i + 1}`;

function entry(sample, label) {
  const picture = draw("svg", { viewBox: "0 0 28 12", "aria-hidden": "true" });
  picture.append(...sample);
  return make("li", {}, [picture, label]);
}

// What a run did behind a step, counted from there: a fork is laid over what its parent went on to do.
function later(run, from) {
  if (!from) return run;
  const line = ([steps, values]) => {
    const first = steps.findIndex((step) => step > from);
    return first < 0 ? [[], []] : [steps.slice(first).map((step) => step - from), values.slice(first)];
  };
  const both = ({ raw, smooth }) => ({ raw: line(raw), smooth: line(smooth) });
  const epochs = run.epochs.filter((point) => point[1] > from).map(([epoch, step, ...rest]) => [epoch, step - from, ...rest]);
  const flags = run.flags.filter(([step]) => step > from).map(([step, text]) => [step - from, text]);
  return { ...run, loss: both(run.loss), accuracy: both(run.accuracy), epochs, flags };
}

function changesTable(run) {
  const cell = (kind, text) => make(kind, {}, [text]);
  const rows = run.flags.map(([step, text], i) =>
    make("tr", {}, [make("th", { scope: "row" }, [String(i + 1)]), cell("td", String(step)), cell("td", text)]),
  );
  const heads = [_("Change"), _("After batch"), _("What a person changed")].map((text) => make("th", { scope: "col" }, [text]));
  return make("table", {}, [make("thead", {}, [make("tr", {}, heads)]), make("tbody", {}, rows)]);
}

class Page {
  constructor(parent) {
    this.zoom = null; // [from step, to step]; null: the whole run
    this.log = false;
    this.logSteps = false;
    this.at = null; // the step under the cursor
    this.texts = [];
    this.runs = [];
    this.root = make("div", { class: "lab curves" });
    this.legend = make("ul", { class: "legend", "aria-label": _("Lines") });
    this.bar = make("div", { class: "bar" }, [this.legend, this.makeButtons()]);
    this.charts = CHARTS.map((chart) => this.makeChart(chart));
    this.card = make("div", { class: "card", role: "status" });
    this.card.hidden = true;
    this.changes = make("ul", { class: "changes", "aria-label": _("Changes while it ran"), "data-testid": "changes" });
    this.table = make("div", { class: "table" });
    this.details = make("details", {}, [make("summary", {}, [_("Show as a table")]), this.table]);
    this.details.ontoggle = () => this.fillTable();
    const charts = make("div", { class: "charts" }, this.charts.map((chart) => chart.figure));
    this.root.append(this.bar, charts, this.changes, this.details, this.card);
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.paint());
    this.follow = new Follow(this);
  }

  rest() {
    this.observer.disconnect();
    this.follow.end();
  }

  remove() {
    this.rest();
    this.root.remove();
  }

  makeButtons() {
    const button = (text, title, act) => {
      const node = make("button", { type: "button", title, "aria-label": title }, [text]);
      node.onclick = act;
      return node;
    };
    this.logButton = button(_("Log loss"), _("Logarithmic axis for the loss"), () => {
      this.log = !this.log;
      this.paint();
    });
    this.logStepsButton = button(_("Log batches"), _("Logarithmic axis for the batches: the start is seen more closely"), () => {
      this.logSteps = !this.logSteps;
      this.paint();
    });
    const zoom = (factor) => () => this.setZoom(zoomed(this.range(), this.whole(), factor, this.at ?? undefined));
    this.wholeButton = button(_("Whole run"), _("Show the whole run"), () => this.setZoom(null));
    this.outButton = button("−", _("Zoom out"), zoom(2));
    this.inButton = button("+", _("Zoom in"), zoom(0.5));
    return make("div", { class: "buttons" }, [this.logButton, this.logStepsButton, this.inButton, this.outButton, this.wholeButton]);
  }

  makeChart(chart) {
    const svg = draw("svg", { role: "img", tabindex: "0", "data-testid": `curve-${chart.key}` });
    const figure = make("figure", {}, [make("figcaption", {}, [chart.title]), svg]);
    const made = { ...chart, svg, figure };
    svg.onpointerdown = (event) => this.press(event, made);
    svg.onpointermove = (event) => this.move(event, made);
    svg.onpointerup = (event) => this.release(event, made);
    svg.onpointercancel = () => this.leave();
    svg.onpointerleave = (event) => event.pointerType === "mouse" && !this.drag && this.leave();
    svg.ondblclick = () => this.setZoom(null);
    svg.onblur = () => this.leave();
    svg.onkeydown = (event) => this.key(event, made);
    // Only with Ctrl (a pinch on a touch pad counts as that), or the page could not be scrolled.
    svg.addEventListener("wheel", (event) => this.wheel(event, made), { passive: false });
    return made;
  }

  // ---- data

  update(data) {
    const texts = data.runs.map((run) => run.lines);
    if (texts.some((text, i) => text !== this.texts[i]) || texts.length !== this.texts.length) {
      this.runs = data.runs.map((run) => later({ ...run, ...JSON.parse(run.lines) }, run.from ?? 0));
      this.texts = texts;
    }
    this.data = data;
    const background = getComputedStyle(this.root).getPropertyValue("--st-background-color");
    this.root.classList.toggle("dark", isDark(background));
    this.fillLegend();
    this.fillChanges();
    this.fillTable();
    this.paint();
  }

  fillLegend() {
    const { labels, many } = this.data;
    const signature = JSON.stringify([labels, many, this.gapWords(), this.runs.map((run) => run.name)]);
    if (signature === this.legendSignature) return;
    this.legendSignature = signature;
    this.legend.replaceChildren(...(many ? this.manyEntries(labels) : this.entries(labels)));
  }

  entries(labels) {
    const lines = ["raw", "smooth", "validation"].map((kind) => [kind, labels[kind]]);
    const others = this.runs.slice(1).map((run) => ["smooth other", _("dashed: {name}", run)]);
    const gap = this.gapWords() ? [["gap", this.gapWords()]] : [];
    return [...lines, ...gap, ...others].map(([kind, label]) => {
      const wave = kind === "raw" ? "M0 8L7 3L14 9L21 4L28 7" : "M0 6L28 6";
      const parts = [draw("path", { class: kind, d: kind === "gap" ? "M0 0H28V12H0Z" : wave })];
      if (kind === "validation") parts.push(draw("circle", { class: "mark", cx: 14, cy: 6, r: 4 }));
      return entry(parts, label);
    });
  }

  // Each run has a color and a number, which also stands at the end of its lines.
  manyEntries(labels) {
    const runs = this.runs.map((run, i) =>
      entry([draw("path", { class: `smooth ${runClass(i)}`, d: "M0 6L28 6" })], `${i + 1} ${run.name}`),
    );
    const bold = entry([draw("path", { class: "smooth plain", d: "M0 6L28 6" })], labels.bold);
    const mark = draw("circle", { class: "mark plain", cx: 14, cy: 6, r: 4 });
    const dashed = entry([draw("path", { class: "validation plain", d: "M0 6L28 6" }), mark], labels.validation);
    return [...runs, bold, dashed];
  }

  fillChanges() {
    const found = this.runs.flatMap((run) => run.flags.map((flag, i) => [run, flag, i + 1]));
    const texts = found.map(([run, [step, text], i]) => {
      const change = { name: run.name, change: text, step: grouped(step) };
      const among = this.runs.length > 1;
      return [String(i), among ? _("{name}: {change} (after batch {step})", change) : _("{change} (after batch {step})", change)];
    });
    const signature = JSON.stringify(texts);
    if (signature === this.changesSignature) return;
    this.changesSignature = signature;
    this.changes.replaceChildren(
      ...texts.map(([i, text]) => make("li", {}, [make("b", { "aria-hidden": "true" }, [i]), text])),
    );
  }

  // ---- the gap between how it does on its own pictures and on others, in points of accuracy

  gaps(key) {
    const run = this.runs[0];
    if (!run || this.data.many) return [];
    const [steps, smooth] = run[key].smooth;
    const column = CHARTS.find((chart) => chart.key === key).validation;
    return run.epochs
      .filter((point) => point[column] !== null && steps.length)
      .map((point) => [point[1], smooth[nearest(steps, point[1])], point[column]]);
  }

  // Empty where there is none worth a word.
  gapPoints() {
    const last = this.gaps("accuracy").at(-1);
    const points = last ? last[1] - last[2] : 0;
    return points >= GAP ? points.toFixed(1) : "";
  }

  gapWords() {
    const points = this.gapPoints();
    return points && _("overfitting gap {points} points", { points });
  }

  fillTable() {
    if (!this.details.open) return;
    const heads = [_("Epoch"), _("Training loss"), _("Training accuracy"), _("Validation loss"), _("Validation accuracy")];
    const cell = (text) => make("td", {}, [text]);
    const parts = this.runs.map((run) => {
      const rows = run.epochs.map((point) =>
        make("tr", {}, [
          make("th", { scope: "row" }, [String(point[0])]),
          cell(number(point[2])),
          cell(`${number(point[3], 2)} %`),
          cell(number(point[4])),
          cell(`${number(point[5], 2)} %`),
        ]),
      );
      const head = make("tr", {}, heads.map((text) => make("th", { scope: "col" }, [text])));
      const caption = this.runs.length > 1 ? [make("caption", {}, [run.name])] : [];
      const table = make("table", {}, [...caption, make("thead", {}, [head]), make("tbody", {}, rows)]);
      return run.flags.length ? [table, changesTable(run)] : [table];
    });
    this.table.replaceChildren(...parts.flat());
  }

  // ---- what is shown

  whole() {
    const last = Math.max(1, ...this.runs.map((run) => run.loss.smooth[0].at(-1) ?? 1));
    if (!this.data.batches) return [0, last];
    return [0, Math.max(last, this.epochEnd(Math.min(Math.ceil(this.epochAt(last)), this.data.epochs || 1)))];
  }

  // Where epochs end. A change of the batch size makes them unequal: known ends count, the rest follows.
  knownEnds() {
    return [[0, 0], ...(this.runs[0]?.epochs ?? []).map((point) => [point[0], point[1]])];
  }

  epochEnd(epoch) {
    return between(this.knownEnds(), epoch, this.data.batches);
  }

  epochAt(step) {
    return between(this.knownEnds().map(([epoch, end]) => [end, epoch]), step, 1 / this.data.batches);
  }

  range() {
    const [from, to] = this.zoom ?? this.whole();
    return this.logSteps ? [Math.max(1, from), Math.max(2, to)] : [from, to]; // no logarithm of 0
  }

  setZoom(range) {
    this.zoom = range;
    this.paint();
  }

  values(chart) {
    const [from, to] = this.range();
    const log = this.log && chart.key === "loss";
    const spans = this.runs.flatMap((run) => {
      const line = run[chart.key];
      const steps = run.epochs.map((point) => point[1]);
      const validation = run.epochs.map((point) => point[chart.validation]);
      return [
        extent(...line.raw, from, to, true),
        extent(...line.smooth, from, to),
        extent(steps, validation, from, to),
      ].filter(Boolean);
    });
    if (!spans.length) return chart.key === "loss" ? [0, 2.5] : [0, 100];
    const low = Math.min(...spans.map((span) => span[0]));
    const high = Math.max(...spans.map((span) => span[1]));
    if (log) return [Math.max(low, 1e-6) / 1.15, Math.max(high, 2e-6) * 1.15];
    const [a, b] = niceRange(chart.key === "loss" && low < high / 2 ? 0 : low, high);
    return chart.key === "accuracy" ? [Math.max(0, a), Math.min(100, b)] : [Math.max(0, a), b];
  }

  paint() {
    if (!this.data) return;
    this.logButton.setAttribute("aria-pressed", String(this.log));
    this.logStepsButton.setAttribute("aria-pressed", String(this.logSteps));
    this.wholeButton.disabled = this.outButton.disabled = this.zoom === null;
    for (const chart of this.charts) this.paintChart(chart);
    this.paintCursor();
  }

  paintChart(chart) {
    const { svg } = chart;
    const [width, height] = [svg.clientWidth, svg.clientHeight];
    if (!width) return;
    const log = this.log && chart.key === "loss";
    const [from, to] = this.range();
    const [low, high] = this.values(chart);
    chart.x = scale(from, to, MARGIN.left, width - MARGIN.right, this.logSteps);
    chart.y = scale(low, high, height - MARGIN.bottom, MARGIN.top, log);
    const ticks = log ? logTicks(low, high) : niceTicks(low, high, 5);
    const grid = draw("g", { class: "grid" });
    this.paintValueAxis(chart, grid, ticks, width);
    this.paintStepAxis(chart, grid, width, height);
    const clip = draw("clipPath", { id: `clip-${chart.key}` });
    const box = { x: MARGIN.left, y: MARGIN.top - 6, width: width - MARGIN.left - MARGIN.right + 6 };
    clip.append(draw("rect", { ...box, height: height - MARGIN.top - MARGIN.bottom + 12 }));
    const lines = draw("g", { "clip-path": `url(#clip-${chart.key})` });
    lines.append(...this.gap(chart));
    this.runs.forEach((run, i) => lines.append(...this.lines(run, chart, i)));
    chart.cursor = draw("g", {});
    const flags = this.flags(chart, height);
    svg.replaceChildren(clip, grid, lines, ...this.gapName(chart), ...this.numbers(chart), ...flags, chart.cursor);
    const points = this.gapPoints();
    const gap = points && _("There is an overfitting gap of {points} points.", { points });
    svg.setAttribute("aria-label", sentences([_("{title}.", chart), this.data.alt, gap]));
  }

  // Each raced run's number at the end of its line; where lines end close together the numbers give way.
  numbers(chart) {
    if (!this.data.many) return [];
    const [from, to] = this.range();
    const ends = this.runs.flatMap((run, i) => {
      const [steps, values] = run[chart.key].smooth;
      const inside = steps.length && steps.at(-1) >= from && steps.at(-1) <= to;
      return inside ? [{ i, x: chart.x(steps.at(-1)) + 7, y: chart.y(values.at(-1)) + 4 }] : [];
    });
    let above = -Infinity;
    return ends
      .sort((a, b) => a.y - b.y)
      .map(({ i, x, y }) => {
        above = Math.max(y, above + 12);
        return draw("text", { class: `number ${runClass(i)}`, x, y: above }, String(i + 1));
      });
  }

  // Shaded where training is ahead of validation.
  gap(chart) {
    const points = this.gaps(chart.key);
    const ahead = ([, training, other]) => (chart.key === "accuracy" ? training > other : training < other);
    const pieces = [];
    for (let i = 1; i < points.length; i++) {
      const pair = [points[i - 1], points[i]];
      if (!pair.every(ahead)) continue;
      const [a, b] = pair.map(([step]) => chart.x(step).toFixed(1));
      const y = (value) => chart.y(value).toFixed(1);
      pieces.push(`M${a} ${y(pair[0][1])}L${b} ${y(pair[1][1])}L${b} ${y(pair[1][2])}L${a} ${y(pair[0][2])}Z`);
    }
    return pieces.length ? [draw("path", { class: "gap", d: pieces.join("") })] : [];
  }

  // Above all lines, or it could not be read among the raw ones.
  gapName(chart) {
    const words = chart.key === "accuracy" ? this.gapWords() : "";
    const [from, to] = this.range();
    const [step, training, other] = words ? this.gaps("accuracy").at(-1) : [];
    if (!words || step < from || step > to) return [];
    const [x, y] = [chart.x(step), Math.max(chart.y(training), chart.y(other)) + 22];
    const side = x > MARGIN.left + 190 ? "end" : "start";
    return [draw("text", { class: "name", x, y, "text-anchor": side }, words)];
  }

  // A numbered flag for each change; its number stands again in the list below the charts.
  flags(chart, height) {
    const [from, to] = this.range();
    return this.runs.flatMap((run, which) =>
      run.flags.flatMap(([step, text], i) => {
        if (step < from || step > to) return [];
        const x = chart.x(step);
        const kind = this.data.many ? runClass(which) : which ? "other" : "";
        const group = draw("g", { class: `flag ${kind}` });
        const top = MARGIN.top - 6;
        group.append(
          draw("title", {}, `${i + 1}: ${text}`),
          draw("line", { x1: x, x2: x, y1: top, y2: height - MARGIN.bottom }),
          draw("path", { d: `M${x} ${top}h16v13h-16z` }),
          draw("text", { x: x + 8, y: top + 10.5, "text-anchor": "middle" }, String(i + 1)),
        );
        return [group];
      }),
    );
  }

  paintValueAxis(chart, grid, ticks, width) {
    const digits = Math.max(0, ...ticks.map((tick) => (String(tick).split(".")[1] ?? "").length));
    for (const tick of ticks) {
      const y = chart.y(tick);
      grid.append(draw("line", { x1: MARGIN.left, x2: width - MARGIN.right, y1: y, y2: y }));
      const text = `${tickText(tick, digits)}${chart.unit}`;
      grid.append(draw("text", { x: MARGIN.left - 6, y: y + 4, "text-anchor": "end" }, text));
    }
  }

  paintStepAxis(chart, grid, width, height) {
    const bottom = height - MARGIN.bottom;
    const [from, to] = this.range();
    const steps = this.logSteps ? logTicks(from, to) : niceTicks(from, to, width < 420 ? 4 : 6);
    for (const step of steps.filter(Number.isInteger)) {
      grid.append(draw("text", { x: chart.x(step), y: bottom + 16, "text-anchor": "middle" }, grouped(step)));
    }
    grid.append(draw("text", { x: 0, y: bottom + 16 }, _("batch")));
    const batches = this.data.batches;
    if (!batches) return;
    grid.append(draw("text", { x: 0, y: bottom + 32 }, _("epoch")));
    const [first, last] = [this.epochAt(from), this.epochAt(to)];
    const ends = this.logSteps ? logTicks(Math.max(1, first), Math.max(1, last)) : niceTicks(first, last, width / 45);
    for (const epoch of ends.filter((each) => each && Number.isInteger(each))) {
      const x = chart.x(this.epochEnd(epoch));
      grid.append(draw("line", { class: "epoch", x1: x, x2: x, y1: MARGIN.top, y2: bottom }));
      grid.append(draw("text", { x, y: bottom + 32, "text-anchor": "middle" }, grouped(epoch)));
    }
  }

  lines(run, chart, which) {
    const { many } = this.data;
    const line = run[chart.key];
    const other = many ? ` ${runClass(which)}` : which ? " other" : "";
    const steps = run.epochs.map((point) => point[1]);
    const validation = run.epochs.map((point) => point[chart.validation]);
    const marks = steps.length > 60 ? [] : steps.map((step, i) => [step, validation[i]]);
    return [
      ...(other ? [] : [draw("path", { class: "raw", d: path(...line.raw, chart.x, chart.y) })]),
      draw("path", { class: `smooth${other}`, d: path(...line.smooth, chart.x, chart.y) }),
      draw("path", { class: `validation${other}`, d: path(steps, validation, chart.x, chart.y) }),
      ...marks
        .filter(([, value]) => value !== null)
        .map(([step, value]) => {
          const [cx, cy] = [chart.x(step), chart.y(value)];
          return draw("circle", { class: many ? `mark${other}` : "mark", cx, cy, r: many ? 3.5 : 4.5 });
        }),
    ];
  }

  // ---- the cursor and its card

  stepAt(event, chart) {
    const box = chart.svg.getBoundingClientRect();
    const [from, to] = this.range();
    const share = (event.clientX - box.left - MARGIN.left) / (box.width - MARGIN.left - MARGIN.right);
    const step = this.logSteps ? from * (to / from) ** share : from + share * (to - from);
    return Math.max(from, Math.min(to, step));
  }

  press(event, chart) {
    if (event.pointerType === "mouse" && event.button === 0) {
      this.drag = { chart, from: this.stepAt(event, chart), to: null };
      chart.svg.setPointerCapture(event.pointerId);
    }
    this.move(event, chart);
  }

  move(event, chart) {
    this.at = this.stepAt(event, chart);
    this.over = chart;
    if (this.drag) this.drag.to = this.at;
    this.paintCursor();
  }

  release() {
    const drag = this.drag;
    this.drag = null;
    if (!drag?.to) return;
    const [from, to] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    if (drag.chart.x(to) - drag.chart.x(from) > 8 && to - from >= 2) this.setZoom([from, to]);
    else this.paintCursor();
  }

  leave() {
    this.at = this.drag = null;
    this.paintCursor();
  }

  wheel(event, chart) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const factor = event.deltaY > 0 ? 1.25 : 0.8;
    this.setZoom(zoomed(this.range(), this.whole(), factor, this.stepAt(event, chart)));
  }

  key(event, chart) {
    const [from, to] = this.range();
    const steps = this.longest().filter((step) => step >= from && step <= to);
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e9, End: 1e9 };
    if (event.key in moves && steps.length) {
      const here = this.at === null ? steps.length : nearest(steps, this.at);
      this.at = steps[Math.max(0, Math.min(steps.length - 1, here + moves[event.key]))];
      this.over = chart;
      this.paintCursor();
    } else if (event.key === "+" || event.key === "=") this.inButton.click();
    else if (event.key === "-") this.outButton.click();
    else if (event.key === "0" || event.key === "Escape") this.setZoom(null);
    else return;
    event.preventDefault();
  }

  paintCursor() {
    const step = this.at === null ? null : this.snapped();
    for (const chart of this.charts) {
      if (!chart.cursor) continue;
      const height = chart.svg.clientHeight - MARGIN.bottom;
      const parts = [];
      if (this.drag?.to && this.drag.chart.key === chart.key) {
        const ends = [chart.x(this.drag.from), chart.x(this.drag.to)].sort((a, b) => a - b);
        const box = { x: ends[0], width: ends[1] - ends[0], y: MARGIN.top, height: height - MARGIN.top };
        parts.push(draw("rect", { class: "selection", ...box }));
      }
      if (step !== null) {
        const x = chart.x(step);
        parts.push(draw("line", { class: "cursor", x1: x, x2: x, y1: MARGIN.top, y2: height }));
      }
      chart.cursor.replaceChildren(...parts);
    }
    this.paintCard(step);
  }

  // Where the cursor can stand: of several runs the one that came farthest says.
  longest() {
    const lines = this.runs.map((run) => run.loss.smooth[0]);
    return lines.reduce((far, line) => ((line.at(-1) ?? 0) > (far.at(-1) ?? 0) ? line : far), lines[0] ?? []);
  }

  snapped() {
    const steps = this.longest();
    const i = nearest(steps, this.at);
    return i < 0 ? null : steps[i];
  }

  paintCard(step) {
    this.card.hidden = step === null;
    if (step === null) return;
    const title = make("p", {}, [this.place(step)]);
    const tables = this.data.many ? [this.manyTable(step)] : this.runs.map((run) => this.cardTable(run, step));
    this.card.replaceChildren(title, ...tables, ...this.flagsNear(step));
    this.placeCard();
  }

  place(step) {
    if (!this.data.batches) return _("({step} in all)", { step: grouped(step) });
    const epoch = Math.max(1, Math.ceil(this.epochAt(step) - 1e-9));
    const batch = Math.round(step - this.epochEnd(epoch - 1));
    return _("Epoch {epoch}, batch {batch} ({step} in all)", { epoch, batch, step: grouped(step) });
  }

  // What was changed within a finger's width of the cursor.
  flagsNear(step) {
    const x = this.over.x(step);
    return this.runs.flatMap((run) =>
      run.flags.flatMap(([at, text], i) =>
        Math.abs(this.over.x(at) - x) <= 10 ? [make("p", { class: "change" }, [`${i + 1}: ${text}`])] : [],
      ),
    );
  }

  // One line a run: in a race they are compared, not studied one by one.
  manyTable(step) {
    const cell = (text) => make("td", {}, [text]);
    const rows = this.runs.map((run, i) => {
      const [ends, losses] = run.loss.smooth;
      const at = ends.length && ends.at(-1) >= step ? nearest(ends, step) : -1;
      const ended = run.epochs.filter((point) => point[1] <= step).at(-1);
      const share = (value) => (number(value, 2) === "–" ? "–" : `${number(value, 2)} %`);
      const name = make("th", { scope: "row", class: runClass(i) }, [`${i + 1} ${run.name}`]);
      const training = [cell(number(losses[at])), cell(share(run.accuracy.smooth[1][at]))];
      return make("tr", {}, [name, ...training, cell(number(ended?.[4])), cell(share(ended?.[5]))]);
    });
    const heads = ["", _("Training loss"), _("accuracy"), _("Validation loss"), _("accuracy")];
    const head = make("tr", {}, heads.map((text) => make("th", {}, [text])));
    return make("table", {}, [make("thead", {}, [head]), make("tbody", {}, rows)]);
  }

  cardTable(run, step) {
    const ends = run.loss.smooth[0];
    const i = nearest(ends, step);
    const before = i > 0 ? ends[i - 1] : (ends[0] ?? 1) - 1;
    const count = i < 0 ? 0 : ends[i] - before; // batches that one point of the thinned line stands for
    const measured = (line, digits) => {
      const span = extent(...line.raw, before + 1, ends[i]);
      if (!span) return "–";
      const [low, high] = span.map((value) => number(value, digits));
      return span[0] === span[1] ? low : _("{low} to {high}", { low, high });
    };
    const ended = run.epochs.filter((point) => point[1] <= step).at(-1);
    const row = (label, loss, accuracy) =>
      make("tr", {}, [
        make("th", { scope: "row" }, [label]),
        make("td", {}, [loss]),
        make("td", {}, [accuracy === "–" ? accuracy : `${accuracy} %`]),
      ]);
    const name = this.runs.length > 1 ? run.name : "";
    const head = make("tr", {}, [name, _("Loss"), _("Accuracy")].map((text) => make("th", {}, [text])));
    const rows = [
      row(plural("This batch", "These {count} batches", Math.max(1, count)), measured(run.loss), measured(run.accuracy, 2)),
      row(_("Training, averaged"), number(run.loss.smooth[1][i]), number(run.accuracy.smooth[1][i], 2)),
      row(ended ? _("Validation, epoch {epoch}", { epoch: ended[0] }) : _("Validation"), number(ended?.[4]), number(ended?.[5], 2)),
    ];
    return make("table", {}, [make("thead", {}, [head]), make("tbody", {}, rows)]);
  }

  placeCard() {
    const page = this.root.getBoundingClientRect();
    const box = this.over.svg.getBoundingClientRect();
    const x = box.left - page.left + this.over.x(this.snapped());
    const width = this.card.offsetWidth;
    const left = x + 16 + width < page.width ? x + 16 : Math.max(0, x - 16 - width);
    this.card.style.left = `${left}px`;
    this.card.style.top = `${box.top - page.top + 8}px`;
  }
}

function isDark(color) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = color.trim() || "#fff";
  probe.fillRect(0, 0, 1, 1);
  const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
  return 0.3 * red + 0.59 * green + 0.11 * blue < 128;
}

// The page may be taken down and put up again on the same element: its zoom outlives that.
export default function ({ data, parentElement, setTriggerValue }) {
  const page = inhabit(parentElement, () => new Page(parentElement));
  page.root.hidden = !data.runs.length;
  page.observer.observe(page.root);
  if (data.runs.length) page.update(data);
  page.follow.end();
  page.follow.begin(data.follow, setTriggerValue);
  return () => page.rest();
}
