// Saves the charts as they are shown, as PNG or SVG, and all numbers behind them as CSV.

import { ask } from "../../shared/api.js";
import { isDark, colorsOf } from "../../shared/colors.js";
import { download, draw, make } from "../../shared/dom.js";
import { painted, withOwnStyles } from "../../shared/painted.js";
import { _, listed } from "../../shared/words.js";
import { Chart } from "./chart.js";
import { unitWords } from "./format.js";
import { entriesOf } from "./legend.js";
import { MEASURES } from "./runs.js";

const SIZE = { width: 640, height: 420, gap: 24, edge: 16 };
const LINE = 22; // pixels of a line of the legend
const THEMES = {
  light: { background: "#ffffff", text: "#31333f", border: "#d6d6d8" },
  dark: { background: "#0e1117", text: "#fafafa", border: "#41444c" },
};

export class SaveMenu {
  constructor(curves) {
    this.curves = curves;
    this.dark = make("input", { type: "checkbox" });
    this.trouble = make("p", { class: "trouble", role: "alert" });
    const choice = (text, save) => make("button", { type: "button", onclick: () => this.run(save) }, text);
    const list = make(
      "div",
      { class: "choices" },
      choice(_("PNG"), () => this.savePicture("png")),
      choice(_("SVG"), () => this.savePicture("svg")),
      choice(_("CSV, every batch"), () => this.saveNumbers()),
      make("label", {}, this.dark, _("dark picture")),
      this.trouble,
    );
    this.element = make("details", { class: "save" }, make("summary", {}, _("Save")), list);
    this.element.ontoggle = () => this.toggled();
    this.element.addEventListener("keydown", ({ key }) => key === "Escape" && this.close());
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !this.element.contains(relatedTarget)) this.element.open = false;
    });
  }

  toggled() {
    if (!this.element.open) return;
    this.dark.checked = isDark(colorsOf(this.curves.root, "--st-background-color")[0]);
    const outside = (event) => {
      const inside = event.composedPath().includes(this.element);
      if (!inside) this.element.open = false;
      if (!this.element.open) document.removeEventListener("pointerdown", outside);
    };
    document.addEventListener("pointerdown", outside);
  }

  close() {
    this.element.open = false;
    this.element.firstChild.focus();
  }

  async run(save) {
    this.trouble.textContent = "";
    try {
      await save();
      this.close();
    } catch (error) {
      this.trouble.textContent = error.message;
    }
  }

  async savePicture(kind) {
    const { runs, view, root } = this.curves;
    const svg = picture(runs, view, root, this.dark.checked ? "dark" : "light");
    const drawing = new Blob([svg], { type: "image/svg+xml" });
    download(kind === "svg" ? drawing : await painted(drawing), `${fileName(runs)}.${kind}`);
  }

  async saveNumbers() {
    const { runs } = this.curves;
    const { csv } = await ask("curves", { runs: runs.list.map((run) => run.id) });
    download(new Blob([csv], { type: "text/csv" }), `${fileName(runs)}.csv`);
  }
}

function fileName({ list }) {
  return list[0].name.replace(/[^\p{L}\p{N}.,=_-]+/gu, "-").slice(0, 80);
}

// Both charts with their legend as the text of an SVG that needs no style sheet.
export function picture(runs, view, root, theme) {
  const { width, height, gap, edge } = SIZE;
  const stage = stageFor(root, theme);
  const whole = { width: 2 * width + gap + 2 * edge };
  const title = textAt(edge, edge + 14, listed(runs.list.map((run) => run.name)), { class: "title" });
  const legend = legendOf(runs, view, whole.width - 2 * edge, stage);
  const top = edge + 30 + legend.height;
  const charts = MEASURES.map((measure, place) => {
    const chart = new Chart(measure, runs, view);
    chart.paintOn(width, height);
    const about = _("{measure} by {axis}", { measure: measure.title, axis: unitWords(view.unit) });
    const left = edge + place * (width + gap);
    const moved = draw("g", { transform: `translate(${left} ${top + 22})` }, ...chart.svg.childNodes);
    return draw("g", {}, textAt(left, top + 8, about, { class: "title" }), moved);
  });
  whole.height = top + 22 + height + edge;
  const paper = draw("rect", { ...whole, fill: THEMES[theme].background });
  const svg = draw("svg", { ...whole, viewBox: `0 0 ${whole.width} ${whole.height}` }, title, legend.drawn);
  svg.append(...charts);
  stage.replaceChildren(make("figure", {}, svg));
  withOwnStyles(svg);
  svg.prepend(paper);
  stage.remove();
  return new XMLSerializer().serializeToString(svg);
}

// An invisible place where the charts' style sheet applies, in the colors of a theme.
function stageFor(root, theme) {
  const stage = make("div", { class: `lab curves stage ${theme}`, "aria-hidden": "true" });
  for (const [name, color] of Object.entries(THEMES[theme])) stage.style.setProperty(`--st-${name}-color`, color);
  stage.style.setProperty("--st-font", "sans-serif"); // the page's own is not in the file
  root.parentNode.append(stage);
  return stage;
}

// The entries of what is shown, side by side, in as many lines as they need.
function legendOf(runs, view, room, stage) {
  const { edge } = SIZE;
  const drawn = draw("g");
  const measure = draw("svg", {}, drawn);
  stage.append(make("figure", {}, measure));
  let [x, line] = [0, 0];
  for (const { label, sample } of entriesOf(runs, view.window).filter((entry) => view.shows(entry.line))) {
    const name = textAt(36, 10, label, {});
    const entry = draw("g", {}, draw("g", {}, ...sample), name);
    drawn.append(entry);
    const width = 36 + name.getComputedTextLength() + 24;
    if (x && x + width > room) [x, line] = [0, line + 1];
    entry.setAttribute("transform", `translate(${edge + x} ${edge + 30 + line * LINE})`);
    x += width;
  }
  return { drawn, height: (line + 1) * LINE + 8 };
}

function textAt(x, y, words, attributes) {
  return draw("text", { x, y, ...attributes }, words);
}
