// Loss and accuracy as two charts that grow. The zoom is this page's own: new data never touches it.
// (geometry.js stands above this text in one module.)

const SVG = "http://www.w3.org/2000/svg";
const CHARTS = [
  { key: "loss", title: "Loss", digits: 4, unit: "", train: 2, validation: 4 },
  { key: "accuracy", title: "Accuracy", digits: 2, unit: " %", train: 3, validation: 5 },
];
const MARGIN = { left: 52, right: 20, top: 10, bottom: 36 };
const pages = new WeakMap();

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

const number = (value, digits) => (value === null || value === undefined ? "–" : value.toFixed(digits));

class Page {
  constructor(parent) {
    this.zoom = null; // [from step, to step]; null: the whole run
    this.log = false;
    this.at = null; // the step under the cursor
    this.texts = [];
    this.runs = [];
    this.root = make("div", { class: "lab curves" });
    this.legend = make("ul", { class: "legend", "aria-label": "Lines" });
    this.bar = make("div", { class: "bar" }, [this.legend, this.makeButtons()]);
    this.charts = CHARTS.map((chart) => this.makeChart(chart));
    this.card = make("div", { class: "card", role: "status" });
    this.card.hidden = true;
    this.table = make("div", { class: "table" });
    this.details = make("details", {}, [make("summary", {}, ["Show as a table"]), this.table]);
    this.details.ontoggle = () => this.fillTable();
    const charts = make("div", { class: "charts" }, this.charts.map((chart) => chart.figure));
    this.root.append(this.bar, charts, this.details, this.card);
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.paint());
  }

  makeButtons() {
    const button = (text, title, act) => {
      const node = make("button", { type: "button", title, "aria-label": title }, [text]);
      node.onclick = act;
      return node;
    };
    this.logButton = button("Log loss", "Logarithmic axis for the loss", () => {
      this.log = !this.log;
      this.paint();
    });
    const zoom = (factor) => () => this.setZoom(zoomed(this.range(), this.whole(), factor, this.at ?? undefined));
    this.wholeButton = button("Whole run", "Show the whole run", () => this.setZoom(null));
    this.outButton = button("−", "Zoom out", zoom(2));
    this.inButton = button("+", "Zoom in", zoom(0.5));
    return make("div", { class: "buttons" }, [this.logButton, this.inButton, this.outButton, this.wholeButton]);
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
      this.runs = data.runs.map((run) => ({ ...run, ...JSON.parse(run.lines) }));
      this.texts = texts;
    }
    this.data = data;
    const background = getComputedStyle(this.root).getPropertyValue("--st-background-color");
    this.root.classList.toggle("dark", isDark(background));
    this.fillLegend();
    this.fillTable();
    this.paint();
  }

  fillLegend() {
    const labels = this.data.labels;
    const signature = JSON.stringify([labels, this.runs.map((run) => run.name)]);
    if (signature === this.legendSignature) return;
    this.legendSignature = signature;
    const lines = ["raw", "smooth", "validation"].map((kind) => [kind, labels[kind]]);
    const others = this.runs.slice(1).map((run) => ["smooth other", `dashed: ${run.name}`]);
    this.legend.replaceChildren(
      ...[...lines, ...others].map(([kind, label]) => {
        const sample = draw("svg", { viewBox: "0 0 28 12", "aria-hidden": "true" });
        sample.append(draw("path", { class: kind, d: kind === "raw" ? "M0 8L7 3L14 9L21 4L28 7" : "M0 6L28 6" }));
        if (kind === "validation") sample.append(draw("circle", { class: "mark", cx: 14, cy: 6, r: 4 }));
        return make("li", {}, [sample, label]);
      }),
    );
  }

  fillTable() {
    if (!this.details.open) return;
    const heads = ["Epoch", "Training loss", "Training accuracy", "Validation loss", "Validation accuracy"];
    const cell = (text) => make("td", {}, [text]);
    const parts = this.runs.map((run) => {
      const rows = run.epochs.map((point) =>
        make("tr", {}, [
          make("th", { scope: "row" }, [String(point[0])]),
          cell(number(point[2], 4)),
          cell(`${number(point[3], 2)} %`),
          cell(number(point[4], 4)),
          cell(`${number(point[5], 2)} %`),
        ]),
      );
      const head = make("tr", {}, heads.map((text) => make("th", { scope: "col" }, [text])));
      const caption = this.runs.length > 1 ? [make("caption", {}, [run.name])] : [];
      return make("table", {}, [...caption, make("thead", {}, [head]), make("tbody", {}, rows)]);
    });
    this.table.replaceChildren(...parts);
  }

  // ---- what is shown

  whole() {
    const last = Math.max(1, ...this.runs.map((run) => run.loss.smooth[0].at(-1) ?? 1));
    const epoch = this.data.batches || last;
    return [0, Math.min(Math.ceil(last / epoch) * epoch, Math.max(last, epoch * (this.data.epochs || 1)))];
  }

  range() {
    return this.zoom ?? this.whole();
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
    chart.x = scale(from, to, MARGIN.left, width - MARGIN.right);
    chart.y = scale(low, high, height - MARGIN.bottom, MARGIN.top, log);
    const ticks = log ? logTicks(low, high) : niceTicks(low, high, 5);
    const grid = draw("g", { class: "grid" });
    this.paintValueAxis(chart, grid, ticks, width);
    this.paintStepAxis(chart, grid, width, height);
    const clip = draw("clipPath", { id: `clip-${chart.key}` });
    const box = { x: MARGIN.left, y: MARGIN.top - 6, width: width - MARGIN.left - MARGIN.right + 6 };
    clip.append(draw("rect", { ...box, height: height - MARGIN.top - MARGIN.bottom + 12 }));
    const lines = draw("g", { "clip-path": `url(#clip-${chart.key})` });
    this.runs.forEach((run, i) => lines.append(...this.lines(run, chart, i ? " other" : "")));
    chart.cursor = draw("g", {});
    svg.replaceChildren(clip, grid, lines, chart.cursor);
    svg.setAttribute("aria-label", `${chart.title}. ${this.data.alt}`);
  }

  paintValueAxis(chart, grid, ticks, width) {
    const digits = Math.max(0, ...ticks.map((tick) => (String(tick).split(".")[1] ?? "").length));
    for (const tick of ticks) {
      const y = chart.y(tick);
      grid.append(draw("line", { x1: MARGIN.left, x2: width - MARGIN.right, y1: y, y2: y }));
      const text = `${digits > 5 ? tick.toExponential(0) : tick.toFixed(digits)}${chart.unit}`;
      grid.append(draw("text", { x: MARGIN.left - 6, y: y + 4, "text-anchor": "end" }, text));
    }
  }

  paintStepAxis(chart, grid, width, height) {
    const bottom = height - MARGIN.bottom;
    const [from, to] = this.range();
    for (const step of niceTicks(from, to, width < 420 ? 4 : 6).filter(Number.isInteger)) {
      grid.append(draw("text", { x: chart.x(step), y: bottom + 16, "text-anchor": "middle" }, step.toLocaleString("en")));
    }
    grid.append(draw("text", { x: 0, y: bottom + 16 }, "batch"));
    const batches = this.data.batches;
    if (!batches) return;
    grid.append(draw("text", { x: 0, y: bottom + 32 }, "epoch"));
    const ends = niceTicks(from / batches, to / batches, width / 45).filter((epoch) => epoch && Number.isInteger(epoch));
    for (const epoch of ends) {
      const x = chart.x(epoch * batches);
      grid.append(draw("line", { class: "epoch", x1: x, x2: x, y1: MARGIN.top, y2: bottom }));
      grid.append(draw("text", { x, y: bottom + 32, "text-anchor": "middle" }, epoch.toLocaleString("en")));
    }
  }

  lines(run, chart, other) {
    const line = run[chart.key];
    const steps = run.epochs.map((point) => point[1]);
    const validation = run.epochs.map((point) => point[chart.validation]);
    const marks = steps.length > 60 ? [] : steps.map((step, i) => [step, validation[i]]);
    return [
      ...(other ? [] : [draw("path", { class: "raw", d: path(...line.raw, chart.x, chart.y) })]),
      draw("path", { class: `smooth${other}`, d: path(...line.smooth, chart.x, chart.y) }),
      draw("path", { class: `validation${other}`, d: path(steps, validation, chart.x, chart.y) }),
      ...marks
        .filter(([, value]) => value !== null)
        .map(([step, value]) => draw("circle", { class: "mark", cx: chart.x(step), cy: chart.y(value), r: 4.5 })),
    ];
  }

  // ---- the cursor and its card

  stepAt(event, chart) {
    const box = chart.svg.getBoundingClientRect();
    const [from, to] = this.range();
    const share = (event.clientX - box.left - MARGIN.left) / (box.width - MARGIN.left - MARGIN.right);
    return Math.max(from, Math.min(to, from + share * (to - from)));
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
    const steps = this.runs[0]?.loss.smooth[0].filter((step) => step >= from && step <= to) ?? [];
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

  snapped() {
    const steps = this.runs[0]?.loss.smooth[0] ?? [];
    const i = nearest(steps, this.at);
    return i < 0 ? null : steps[i];
  }

  paintCard(step) {
    this.card.hidden = step === null;
    if (step === null) return;
    const batches = this.data.batches;
    const place = batches ? `Epoch ${Math.ceil(step / batches)}, batch ${((step - 1) % batches) + 1}` : "";
    const title = make("p", {}, [`${place} (${step.toLocaleString("en")} in all)`]);
    this.card.replaceChildren(title, ...this.runs.map((run) => this.cardTable(run, step)));
    this.placeCard();
  }

  cardTable(run, step) {
    const ends = run.loss.smooth[0];
    const i = nearest(ends, step);
    const before = i > 0 ? ends[i - 1] : (ends[0] ?? 1) - 1;
    const count = i < 0 ? 0 : ends[i] - before; // batches that one point of the thinned line stands for
    const measured = (line, digits) => {
      const span = extent(...line.raw, before + 1, ends[i]);
      if (!span) return "–";
      return span.map((value) => number(value, digits)).slice(0, span[0] === span[1] ? 1 : 2).join(" to ");
    };
    const ended = run.epochs.filter((point) => point[1] <= step).at(-1);
    const row = (label, loss, accuracy) =>
      make("tr", {}, [
        make("th", { scope: "row" }, [label]),
        make("td", {}, [loss]),
        make("td", {}, [accuracy === "–" ? accuracy : `${accuracy} %`]),
      ]);
    const name = this.runs.length > 1 ? run.name : "";
    const head = make("tr", {}, [name, "Loss", "Accuracy"].map((text) => make("th", {}, [text])));
    const rows = [
      row(count > 1 ? `These ${count} batches` : "This batch", measured(run.loss, 4), measured(run.accuracy, 2)),
      row("Training, averaged", number(run.loss.smooth[1][i], 4), number(run.accuracy.smooth[1][i], 2)),
      row(ended ? `Validation, epoch ${ended[0]}` : "Validation", number(ended?.[4], 4), number(ended?.[5], 2)),
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
export default function ({ data, parentElement }) {
  if (!pages.has(parentElement)) pages.set(parentElement, new Page(parentElement));
  const page = pages.get(parentElement);
  page.observer.observe(page.root);
  page.update(data);
  return () => page.observer.disconnect();
}
