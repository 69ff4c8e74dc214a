// Why this answer: the answer, its reasons large and by all methods, whether they can be believed, and what the network
// says to the picture when it is moved.

import { colorsOf, inkColors, isDark } from "../../shared/colors.js";
import { make, mountOnce, setText } from "../../shared/dom.js";
import { attributionOf, evidenceColors, markOf } from "../../shared/evidence.js";
import { part, retitle } from "../../shared/part.js";
import { unpack } from "../../shared/unpack.js";
import { _, sentences } from "../../shared/words.js";
import { answerOf } from "../layers/answer.js";
import { percent } from "../test_set/numbers.js";
import { Compared } from "./compared.js";
import { Methods } from "./methods.js";
import { Probe } from "./probe.js";
import { chosenIn, questionOf, ranked, USUAL, writeAddress } from "./question.js";
import { Sanity } from "./sanity.js";

const REST = 500; // ms without a change, until what takes longer is asked

class Why {
  constructor(parent) {
    this.answer = make("p", { className: "answer", role: "status" });
    this.trouble = make("p", { className: "trouble", role: "alert" });
    this.menus = {
      target: make("select", { onchange: () => this.choose("target") }),
      against: make("select", { onchange: () => this.choose("against") }),
      method: make("select", { onchange: () => this.choose("method") }),
    };
    this.compared = new Compared();
    this.compared.smooth.onchange = () => this.askAll();
    this.methods = new Methods(
      (method) => this.pick({ method }),
      () => this.askAll(),
    );
    this.sanity = new Sanity();
    this.later = [this.sanity, new Probe()];
    this.first = part("first", "", "", this.answer, this.makeMenus(), this.trouble, this.compared.element);
    const others = [this.methods, ...this.later].map(({ element }) => element);
    this.root = make("div", { className: "lab why" }, this.first, ...others);
    this.seen = new IntersectionObserver((entries) => this.see(entries), { rootMargin: "0px 0px 200px" });
    for (const each of this.later) this.seen.observe(each.element);
    parent.append(this.root);
  }

  makeMenus() {
    const labels = { target: _("Why"), against: _("and not"), method: _("Method") };
    const fields = Object.entries(this.menus).map(([name, menu]) =>
      make("label", { className: name }, labels[name], menu),
    );
    return make("div", { className: "menus" }, ...fields);
  }

  // ---- what is asked

  update(body) {
    this.body = body;
    body.mark = markOf(body.picture);
    const picture = JSON.stringify([body.of.model, body.of.picture, body.mark]);
    if (!this.chosen) {
      const names = body.methods.map(({ name }) => name);
      this.chosen = chosenIn(new URL(location.href).searchParams, names, body.classes.length);
    } else if (picture !== this.picture) this.chosen = { ...this.chosen, target: null, against: null };
    this.picture = picture;
    this.recolor();
    const text = JSON.stringify([body.of, body.mark, body.classes]);
    writeAddress(this.chosen); // Streamlit writes its own part of it
    if (text === this.text) return;
    this.text = text;
    this.askAll();
  }

  choose(name) {
    const { value } = this.menus[name];
    if (name === "method") return this.pick({ method: value });
    // A class is not compared with itself: then the two change places.
    const { target, against } = this.question;
    const label = Number(value);
    const swapped = label === (name === "target" ? against : target);
    this.pick(swapped ? { target: against, against: target } : { [name]: label });
  }

  pick(chosen) {
    this.chosen = { ...this.chosen, ...chosen };
    if (this.chosen.method === USUAL) this.chosen.method = null;
    writeAddress(this.chosen);
    this.askAll();
  }

  // One question after the other, so that only one is lost when another picture comes.
  async askAll() {
    this.controller?.abort();
    this.controller = new AbortController();
    const { signal } = this.controller;
    this.question = questionOf(this.chosen, this.body.probabilities);
    this.say();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.askLater(), REST);
    const { compared, methods, question } = this;
    const waiting = ({ done, total }) => this.wait(done, total);
    const large = compared.questions(question).map((each, at) => [compared, at, each]);
    const small = methods.questions(question, compared.smooth.checked ? 1 : null);
    setText(this.trouble, "");
    for (const [where, place, asked] of [...large, ...small.map((each, at) => [methods, at, each])]) {
      const answer = await attributionOf(this.body.of, asked, { signal, waiting }).catch((error) => error);
      if (signal.aborted) return;
      if (answer instanceof Error) this.fail(where, place, answer);
      else where.show(place, answer);
      if (!(answer instanceof Error)) this.wait();
    }
  }

  wait(done, total) {
    if (done === undefined) return this.compared.tell("");
    this.compared.tell(total ? _("{done} of {total}", { done, total }) : _("Starting…"));
  }

  // A method that does not fit the network says so in its place.
  fail(where, place, error) {
    if (where === this.compared) setText(this.trouble, error.message);
    else setText(where.panels[place].words, error.message);
  }

  say() {
    const { body, question } = this;
    const { classes, methods, probabilities, untrained } = body;
    const { method, target, against } = question;
    const [own, rival] = [classes[target], classes[against]];
    const { shows, beware } = methods.find(({ name }) => name === method);
    const title = rival
      ? _("Why {winner} and not {other}?", { winner: own, other: rival })
      : _("Why {winner}?", { winner: own });
    retitle(this.first, title, sentences(shows, beware));
    const { sentence } = answerOf(body);
    const warning = untrained ? _("The network is untrained: its weights are random.") : "";
    setText(this.answer, [sentence, warning].filter(Boolean).join(" · "));
    const order = ranked(probabilities);
    const options = (chosen) =>
      order.map((label) => {
        const text = `${classes[label]} (${percent(probabilities[label])})`;
        return make("option", { value: label, selected: label === chosen }, text);
      });
    this.menus.target.replaceChildren(...options(target));
    this.menus.against.replaceChildren(...options(against));
    this.menus.against.disabled = against === null;
    const titles = methods.map((each) =>
      make("option", { value: each.name, selected: each.name === method, title: each.shows }, each.title),
    );
    this.menus.method.replaceChildren(...titles);
    this.compared.name(question, body);
    this.methods.name(question, body);
    this.sanity.reserve(body);
    this.recolor();
  }

  // ---- what takes longer: once it is in sight, and nothing has changed for a moment

  see(entries) {
    for (const { target, isIntersecting } of entries) {
      this.later.find(({ element }) => element === target).isSeen = isIntersecting;
    }
    if (this.body) this.askLater();
  }

  askLater() {
    for (const each of this.later) if (each.isSeen && this.question) each.ask(this.question, this.body, this.colors);
  }

  recolor() {
    const [paper, ink] = colorsOf(this.root, "--st-background-color", "--st-text-color");
    this.root.classList.toggle("dark", isDark(paper));
    this.root.classList.toggle("epochs", this.body.of.epoch !== "best"); // their slider takes a line of the window
    this.colors = evidenceColors(this.root);
    const inks = inkColors(paper, ink);
    if (!this.question) return;
    this.compared.update(this.body, this.colors, inks);
    this.methods.update(this.body, this.colors);
    for (const each of this.later) each.recolor(this.colors);
  }

  remove() {
    this.controller?.abort();
    clearTimeout(this.timer);
    this.seen.disconnect();
    for (const each of this.later) each.rest();
    this.root.remove();
  }
}

export default function ({ data, parentElement }) {
  const why = mountOnce(parentElement, () => new Why(parentElement));
  why.update(unpack(data));
  return () => {
    why.remove();
    if (parentElement.mounted?.part === why) delete parentElement.mounted;
  };
}
