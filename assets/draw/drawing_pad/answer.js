// The answer next to the pad: the winner, a bar for each class, and the pictures that the network sees.

import { paintInk } from "../../shared/canvas.js";
import { make, prefersReducedMotion, setText } from "../../shared/dom.js";
import { _, sentences } from "../../shared/words.js";
import { BarChoice } from "./bar_choice.js";

const MAX_BARS = 12; // with more classes than that, only the most probable ones are shown, in order
const MOST_PROBABLE = 10;

export class Answer {
  // ask(index): the user asks why the answer is not this class; null: no longer.
  constructor(root, ask) {
    this.ask = ask;
    this.element = root.querySelector(".answer");
    this.winner = root.querySelector(".winner");
    this.verdict = root.querySelector(".verdict");
    this.list = root.querySelector(".bars");
    this.rivals = root.querySelector(".rivals");
    this.heads = [...this.rivals.querySelectorAll("section")];
    this.agreement = root.querySelector(".agreement");
    this.input = root.querySelector(".input");
    this.steps = [...root.querySelectorAll(".step")];
    this.notes = root.querySelector(".notes");
    this.trouble = root.querySelector(".trouble");
    this.list.ariaLabel = _("The classes. Enter on one asks why the answer is not that one.");
    this.choice = new BarChoice(this.list, (index) => this.pick(this.bars[index].of));
    this.asked = null;
    this.question = make("button", { type: "button", onclick: () => this.showReasons() });
    this.hint = make("p", { className: "ask" });
    this.list.after(this.hint);
    this.reasons = root.querySelector(".reasons");
  }

  // Another network, with other classes.
  layout({ classes, invitation, title, rival }) {
    this.classes = classes;
    this.invitation = invitation;
    const count = classes.length > MAX_BARS ? MOST_PROBABLE : classes.length;
    this.bars = Array.from({ length: count }, (_each, index) => bar(classes[index], Boolean(rival)));
    this.list.classList.toggle("two", Boolean(rival));
    this.rivals.hidden = !rival;
    this.element.classList.toggle("two", Boolean(rival));
    if (rival) [title, rival.title].forEach((name, index) => setText(this.heads[index].querySelector("h2"), name));
    this.list.replaceChildren(...this.bars.map(({ row }) => row));
    this.choice.layout(this.bars.map(({ row }) => row));
    this.element.classList.toggle(
      "words",
      classes.some((name) => name.length > 2),
    );
  }

  show(answer, seq) {
    const { label, probabilities, notes, pictures, verdict } = answer;
    if (label === null) return this.blank(seq, verdict.kind === "blank" ? "" : verdict.reason);
    const confidence = probabilities[label];
    setText(this.winner, verdict.sure ? this.classes[label] : "?");
    this.showVerdict(verdictText(answer), !verdict.sure);
    this.element.classList.remove("empty");
    this.showBars(probabilities, label);
    this.showRival(answer, answer.against);
    this.showPictures(pictures);
    this.warn("");
    setText(this.notes, notes.join(" "));
    this.mark(this.classes[label], confidence, seq);
    this.showQuestion();
  }

  // Asks why the answer is not this class; with the winner, or the same class again, no longer.
  pick(index) {
    const { label } = this.element.dataset;
    if (!label) return;
    this.asked = index === this.asked || this.classes[index] === label ? null : index;
    this.showQuestion();
    this.ask(this.asked);
  }

  // Marks the rival that was chosen, and says where its answer is.
  showQuestion() {
    const { label } = this.element.dataset;
    const rival = this.classes[this.asked];
    const asks = label && rival !== undefined && rival !== label;
    this.choice.mark(asks ? this.bars.findIndex(({ of }) => of === this.asked) : -1);
    if (!asks) return setText(this.hint, label ? _("Why not another one? Choose its bar.") : "");
    setText(this.question, _("Why {winner} and not {other}?", { winner: label, other: rival }));
    if (!this.question.isConnected) this.hint.replaceChildren(this.question);
  }

  showReasons() {
    const behavior = prefersReducedMotion() ? "auto" : "smooth";
    this.reasons.scrollIntoView({ block: "start", behavior });
  }

  // `why`: why what is on the sheet does not count as a drawing.
  blank(seq, why = "") {
    setText(this.winner, this.invitation);
    this.showVerdict(why, false);
    this.element.classList.add("empty");
    this.bars.forEach((each, index) => setBar(each, this.classes[index], 0, false, true));
    this.showRival(null, null);
    for (const canvas of [this.input, ...this.steps.map((step) => step.querySelector("canvas"))]) {
      canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    }
    setText(this.notes, "");
    this.warn("");
    this.pictures = null;
    this.mark("", 0, seq);
    if (this.asked !== null) this.ask(null);
    this.asked = null;
    this.showQuestion();
  }

  showVerdict(text, unsure) {
    setText(this.verdict, text);
    this.element.classList.toggle("unsure", unsure);
    this.element.dataset.sure = String(!unsure);
  }

  mark(label, confidence, seq) {
    this.element.dataset.label = label;
    this.element.dataset.confidence = confidence.toFixed(4);
    this.element.dataset.seq = seq;
  }

  // The winner if the network is sure of it, else null.
  sureLabel() {
    const { label, sure } = this.element.dataset;
    return label && sure === "true" ? this.classes.indexOf(label) : null;
  }

  ranking(probabilities) {
    return [...probabilities.keys()].sort((one, other) => probabilities[other] - probabilities[one]);
  }

  showBars(probabilities, label) {
    const all = this.bars.length === this.classes.length;
    const order = all ? [...probabilities.keys()] : this.ranking(probabilities);
    this.bars.forEach((each, index) => {
      const of = order[index];
      each.of = of;
      setBar(each, this.classes[of], probabilities[of], of === label, false);
    });
  }

  // The second network's column, in the order of the first one's, and above each column its verdict.
  showRival(answer, against) {
    for (const each of this.bars) {
      if (!each.second) continue;
      const of = this.classes.indexOf(each.label.textContent);
      setBar({ ...each, ...each.second }, this.classes[of], against?.probabilities[of] ?? 0, null, !against);
      each.row.classList.toggle("wins-too", of === against?.label);
    }
    this.element.classList.toggle("unsure-too", against?.verdict.sure === false);
    [answer, against].forEach((reading, index) => {
      const [digit, text] = this.heads[index].querySelectorAll(".digit, span");
      this.heads[index].classList.toggle("doubted", !reading?.verdict.sure);
      setText(digit, reading?.verdict.sure ? this.classes[reading.label] : "?");
      setText(text, reading ? verdictText(reading) : _("Its scores are not numbers."));
    });
    setText(this.agreement, answer && against ? agreementText(answer, against) : "");
  }

  showPictures(pictures) {
    this.pictures = pictures;
    paintInk(this.input, pictures.width, this.colors); // the last step's
    for (const step of this.steps) paintInk(step.querySelector("canvas"), pictures[step.dataset.step], this.colors);
  }

  recolor(colors) {
    this.colors = colors;
    if (this.pictures) this.showPictures(this.pictures);
  }

  // Shows why there is no answer; the last one stays on screen, dimmed.
  warn(message) {
    this.trouble.hidden = !message;
    setText(this.trouble, message);
    this.element.classList.toggle("stale", Boolean(message));
  }

  // The text for screen readers once a stroke is done.
  spoken() {
    const { label, sure, confidence } = this.element.dataset;
    if (!label) return this.verdict.textContent || this.invitation;
    const words = sure === "true" ? `${label}, ${percent(Number(confidence))}` : this.verdict.textContent;
    if (this.rivals.hidden) return words;
    const [name, digit, verdict] = this.heads[1].querySelectorAll("h2, .digit, span");
    const second = this.heads[1].classList.contains("doubted")
      ? verdict.textContent
      : `${digit.textContent}, ${verdict.textContent}`;
    return sentences(
      _("{words}. {network}: {second}.", { words, network: name.textContent, second }),
      this.agreement.textContent,
    );
  }
}

function bar(name, two) {
  const row = document.createElement("li");
  const label = row.appendChild(make("b", {}, name));
  const track = (className) => {
    const fill = make("i");
    const share = make("span", { className }, "", make("small"));
    row.append(make("i", { className }, fill), share);
    return { fill, share };
  };
  return { row, label, of: null, ...track("first"), second: two ? track("second") : null };
}

function setBar({ row, label, fill, share }, name, probability, wins, blank) {
  setText(label, name);
  const [number, unit] = share.childNodes; // a narrow screen leaves out the unit
  setText(number, blank ? "" : percentage(probability));
  setText(unit, blank ? "" : " %");
  fill.style.setProperty("--share", probability.toFixed(4));
  if (wins !== null) row.classList.toggle("wins", wins);
}

// The text of an answer's verdict.
export function verdictText({ label, probabilities, verdict }) {
  if (!verdict.sure) return sentences(_("Not sure."), verdict.reason);
  const share = percent(probabilities[label]);
  return verdict.kind === "likely" ? _("{share}, fairly sure", { share }) : _("{share}, sure", { share });
}

export function agreementText(one, other) {
  const sure = [one, other].map(({ verdict }) => verdict.sure);
  if (sure[0] && sure[1]) return one.label === other.label ? _("They agree.") : _("They disagree.");
  if (!sure[0] && !sure[1]) return _("Neither is sure.");
  return sure[0] ? _("Only the first is sure.") : _("Only the second is sure.");
}

function percent(share) {
  return `${percentage(share)} %`;
}

function percentage(share) {
  return (100 * share).toFixed(1);
}
