// The measurements at the place under the cursor, for each run shown.

import { make } from "../../shared/dom.js";
import { _, grouped, plural } from "../../shared/words.js";
import { percentText, rateText, runClass, secondsText, valueText } from "./format.js";
import { extent, nearest } from "./geometry.js";

const REACH = 10; // pixels from the cursor within which flags are shown

export class Card {
  constructor(runs) {
    this.runs = runs;
    this.element = make("div", { class: "card", role: "status", hidden: true });
  }

  hide() {
    this.element.hidden = true;
  }

  // Shows the card next to the cursor in this chart.
  show(place, chart) {
    this.element.hidden = false;
    const { runs } = this;
    const shown = chart.shown().map(([run, index]) => [run, Math.round(run.stepAt(place)), index]);
    const known = shown.filter(([, step]) => Number.isFinite(step));
    const tables = runs.many
      ? [manyTable(known)]
      : known.map(([run, step]) => runTable(run, step, runs.list.length > 1));
    this.element.replaceChildren(
      make("p", {}, placeWords(runs, Math.round(runs.farthest().stepAt(place)))),
      ...tables,
      ...changesNear(shown, place, chart),
    );
    this.moveTo(place, chart);
  }

  moveTo(place, chart) {
    const page = this.element.parentElement.getBoundingClientRect();
    const box = chart.svg.getBoundingClientRect();
    const x = box.left - page.left + chart.x(place);
    const width = this.element.offsetWidth;
    const left = x + 16 + width < page.width ? x + 16 : Math.max(0, x - 16 - width);
    this.element.style.left = `${left}px`;
    this.element.style.top = `${box.top - page.top + 8}px`;
  }
}

function placeWords(runs, step) {
  const seconds = secondsText(runs.farthest(), step);
  const known = { step: grouped(step), seconds };
  if (!runs.batches) return _("({step} in all)", known);
  const epoch = Math.max(1, Math.ceil(runs.epochAt(step) - 1e-9));
  const place = { ...known, epoch, batch: Math.round(step - runs.epochEnd(epoch - 1)) };
  return seconds
    ? _("Epoch {epoch}, batch {batch} ({step} in all), {seconds}", place)
    : _("Epoch {epoch}, batch {batch} ({step} in all)", place);
}

// The changes within a finger's width of the cursor.
function changesNear(shown, place, chart) {
  const near = (at) => Math.abs(chart.x(at) - chart.x(place)) <= REACH;
  const texts = ([run]) =>
    run.flags.flatMap((flag, index) => (near(run.at(flag[0])) ? [`${index + 1}: ${flag[1]}`] : []));
  return shown.flatMap(texts).map((text) => make("p", { class: "change" }, text));
}

// One line per run: in a race they are compared, not studied one by one.
function manyTable(shown) {
  const rows = shown.map(([run, step, index]) => {
    const [ends, losses] = run.loss.smooth;
    const at = ends.length && ends.at(-1) >= step ? nearest(ends, step) : -1;
    const [loss, accuracy] = validationAt(run, step);
    const texts = [
      valueText(losses[at]),
      percentText(run.accuracy.smooth[1][at]),
      valueText(loss),
      percentText(accuracy),
    ];
    const name = make("th", { scope: "row", class: runClass(index) }, `${index + 1} ${run.name}`);
    return make("tr", {}, name, ...texts.map(cell));
  });
  return table(["", _("Training loss"), _("accuracy"), _("Validation loss"), _("accuracy")], rows);
}

function runTable(run, step, named) {
  const ends = run.loss.smooth[0];
  const at = nearest(ends, step);
  const before = at > 0 ? ends[at - 1] : (ends[0] ?? 1) - 1;
  const count = at < 0 ? 0 : ends[at] - before; // batches that one point of the thinned line represents
  const measured = (line, digits) => spanWords(extent(...line.raw, before + 1, ends[at]), digits);
  const accuracy = measured(run.accuracy, 2);
  const ended = epochAt(run, step);
  const [validationLoss, validationAccuracy] = validationAt(run, step);
  const rows = [
    [
      plural("This batch", "These {count} batches", Math.max(1, count)),
      measured(run.loss),
      accuracy === "–" ? accuracy : `${accuracy} %`,
    ],
    [_("Training, averaged"), valueText(run.loss.smooth[1][at]), percentText(run.accuracy.smooth[1][at])],
    [
      ended ? _("Validation, epoch {epoch}", { epoch: ended[0] }) : _("Validation"),
      valueText(validationLoss),
      percentText(validationAccuracy),
    ],
    ...(run.rates[at] ? [[_("Learning rate"), rateText(run.rates[at]), ""]] : []),
  ].map(([label, ...texts]) => make("tr", {}, make("th", { scope: "row" }, label), ...texts.map(cell)));
  return table([named ? run.name : "", _("Loss"), _("Accuracy")], rows);
}

function spanWords(span, digits) {
  if (!span) return "–";
  const [low, high] = span.map((value) => valueText(value, digits));
  return span[0] === span[1] ? low : _("{low} to {high}", { low, high });
}

// The last epoch that had ended by then.
function epochAt(run, step) {
  return run.epochs.filter((point) => point[1] <= step).at(-1);
}

function validationAt(run, step) {
  return epochAt(run, step)?.slice(4, 6) ?? [];
}

function cell(text) {
  return make("td", {}, text);
}

function table(heads, rows) {
  const head = make("tr", {}, ...heads.map((text) => make("th", {}, text)));
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
}
