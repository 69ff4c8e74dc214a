// The first thing to see: what speaks for the answer and not for another class, large; beside it the picture, and each
// of the two classes alone. All on one scale.

import { paintPicture } from "../../shared/canvas.js";
import { make, setText } from "../../shared/dom.js";
import { FAINT, mostFor, paintScale } from "../../shared/evidence.js";
import { part } from "../../shared/part.js";
import { _, sentences, shortNumber } from "../../shared/words.js";
import { Panel } from "./panel.js";

const PAIR = 0; // the places of the panels
const KINDS = ["pair", "alone", "alone"];

export class Compared {
  constructor() {
    this.panels = KINDS.map((kind) => new Panel(kind));
    this.input = make("canvas", { role: "img" });
    const help = _(
      "The picture as the network gets it. Only these numbers count for it, not what else a person would know of it.",
    );
    this.picture = part("panel input", _("The picture"), help, this.input);
    this.picture.removeAttribute("data-step");
    this.scale = make("canvas", { ariaHidden: "true" });
    this.ends = [make("span"), make("span")];
    this.method = make("p", { className: "shows" });
    this.unit = make("p", { className: "about" });
    this.progress = make("p", { className: "about", role: "status" });
    const bar = make("div", { className: "scale" }, this.ends[0], this.scale, this.ends[1]);
    this.faint = make("input", {
      type: "range",
      min: 0,
      max: 1,
      step: 0.05,
      value: FAINT,
      oninput: () => this.paint(),
    });
    const faint = make("label", { className: "faint" }, _("Picture below"), this.faint);
    this.smooth = make("input", { type: "checkbox", checked: true });
    this.smoothing = make("label", { className: "smooth" }, this.smooth, _("Smoothed"));
    const tools = make("div", { className: "tools" }, faint, this.smoothing);
    const words = make("div", {}, this.method, this.unit, this.progress);
    const legend = make("div", { className: "legend" }, make("div", {}, bar, tools), words);
    const [pair, ...alone] = this.panels.map((panel) => panel.element);
    const side = make("div", { className: "side" }, this.picture, ...alone, legend);
    this.element = make("div", { className: "compared" }, pair, side);
  }

  // The questions of its panels.
  questions({ method, target, against }) {
    const asked = [
      { method, target, against },
      { method, target, against: null },
      { method, target: against, against: null },
    ];
    const smooth = this.smooth.checked ? 1 : null;
    return (against === null ? [asked[1]] : asked).map((each) => ({ ...each, smooth }));
  }

  // Another question is asked.
  name({ method, target, against }, { classes, methods }) {
    const { shows, beware, smooths } = methods.find((each) => each.name === method);
    const [own, rival] = [classes[target], classes[against] ?? ""];
    const titles = against === null ? [own] : [_("{own} rather than {rival}", { own, rival }), own, rival];
    const help = sentences(shows, beware);
    setText(this.method, shows);
    this.smoothing.classList.toggle("idle", !smooths);
    this.smooth.disabled = !smooths;
    this.panels.forEach((panel, place) => {
      panel.element.hidden = place >= titles.length;
      panel.name(titles[place] ?? "", help, `${method}-${(titles[place] ?? "").replaceAll(/\W+/g, "-")}`);
    });
    this.names = against === null ? [[own]] : [[own, rival], [own], [rival]];
  }

  // How far an answer is that takes a while.
  tell(words) {
    setText(this.progress, words);
  }

  show(place, answer) {
    const [own, rival] = this.names[place];
    const words = rival
      ? sentences(
          _("Orange speaks for {own}, blue for {rival}.", { own, rival }),
          mostFor(own, answer.values, 1),
          mostFor(rival, answer.values, -1),
        )
      : _("Orange speaks for {own}, blue against it. Sum {sum}.", { own, sum: shortNumber(answer.sum) });
    this.panels[place].show(answer, words);
    if (place === PAIR) setText(this.unit, this.unitWords(answer));
    this.paint();
  }

  unitWords({ words, smoothed }) {
    const spread = smoothed ? _("Smoothed over neighboring pixels to be readable; the sum is unchanged.") : "";
    return sentences(words, spread);
  }

  paint() {
    if (!this.body) return;
    const { picture } = this.body;
    const scale = Math.max(...this.panels.map(({ shown }) => shown?.scale ?? 0));
    const faint = Number(this.faint.value);
    for (const panel of this.panels) if (!panel.element.hidden) panel.paint({ picture, faint, scale }, this.colors);
    paintScale(this.scale, this.colors);
    const most = shortNumber(scale);
    setText(this.ends[0], _("against −{most}", { most }));
    setText(this.ends[1], _("for +{most}", { most }));
  }

  update(body, colors, inks) {
    Object.assign(this, { body, colors });
    paintPicture(this.input, body.picture, inks);
    this.input.setAttribute("aria-label", body.title);
    this.paint();
  }
}
