// The line that stays in sight: the picture, the answer, the epochs with a film of them, and the way to the next
// picture.

import { make, setDisabled, setText } from "../../shared/dom.js";
import { _, sentences } from "../../shared/words.js";
import { Film } from "./film.js";
import { FramedPicture } from "./framed.js";

const PLAY = "▶\u{FE0E}"; // not as an emoji
const PAUSE = "❚❚";

export class Head {
  // send(name, value): to the page's script. addReasons(picture): the button that colors the picture.
  constructor(send, addReasons) {
    this.send = send;
    this.picture = new FramedPicture("small", { ariaHidden: "true" });
    this.reading = make("p", { className: "reading", role: "status" });
    this.answer = make("b");
    this.share = make("span");
    this.short = make("p", { className: "short", ariaHidden: "true" }, this.answer, this.share);
    this.epochText = make("span");
    this.epoch = make("input", {
      type: "range",
      min: 0,
      step: 1,
      onchange: () => this.choose(),
      oninput: () => this.touch(),
    });
    const time = make("label", {}, this.epoch, this.epochText);
    this.film = new Film({ step: () => this.next(), changed: (isOn) => this.showPlaying(isOn) });
    this.play = make("button", { type: "button", onclick: () => this.film.toggle() });
    this.epochs = make("div", { className: "epochs" }, this.play, time);
    this.showPlaying(false);
    this.steps = [
      [-1, "‹", _("Previous picture")],
      [1, "›", _("Next picture")],
    ].map(([by, sign, name]) =>
      make("button", { type: "button", ariaLabel: name, onclick: (event) => this.step(event.currentTarget, by) }, sign),
    );
    const parts = [
      this.picture.element,
      addReasons(this.picture),
      this.reading,
      this.short,
      this.epochs,
      ...this.steps,
    ];
    this.element = make("div", { className: "head" }, ...parts);
  }

  step(button, by) {
    if (button.ariaDisabled !== "true") this.send("step", by);
  }

  choose() {
    this.send("epoch", this.kept[this.epoch.value]);
  }

  // The film stops for a hand on the slider, and goes on from there.
  touch() {
    this.film.stop();
    this.isUnderWay = true;
    this.say();
  }

  // A step of the film: the next epoch, or the first one. Returns a promise, once it is shown, of whether it goes on.
  next() {
    const at = this.isUnderWay ? Number(this.epoch.value) + 1 : 0;
    const last = this.kept.length - 1;
    this.epoch.value = at > last ? 0 : at;
    this.isUnderWay = Number(this.epoch.value) < last;
    this.say();
    this.choose();
    return new Promise((shown) => {
      this.shown = () => shown(this.isUnderWay);
    });
  }

  showPlaying(isOn) {
    setText(this.play, isOn ? PAUSE : PLAY);
    this.play.ariaLabel = isOn ? _("Pause") : _("Play the epochs");
  }

  say() {
    setText(this.epochText, _("epoch {epoch}", { epoch: this.titles[this.epoch.value] }));
  }

  update({ picture, epochs, place, of }, { sentence, name, share, sign, truth }, inks) {
    this.picture.paint(picture, inks);
    setText(this.reading, sentence);
    setText(this.answer, sentences(sign, name));
    setText(this.share, truth ? _("{share}, it is {truth}", { share, truth }) : share);
    if (of.model !== this.model) this.rewind(of.model);
    this.epochs.hidden = !epochs;
    if (epochs) this.showEpochs(epochs);
    const ends = place ? [place.number <= 1, place.number >= place.count] : [];
    this.steps.forEach((button, index) => {
      button.hidden = !place;
      setDisabled(button, Boolean(ends[index]));
    });
  }

  rewind(model) {
    this.model = model;
    this.film.stop();
    this.isUnderWay = false;
  }

  showEpochs({ kept, titles, at }) {
    Object.assign(this, { kept, titles });
    this.epoch.max = kept.length - 1;
    this.epoch.value = kept.indexOf(at);
    this.say();
    this.shown?.();
  }
}
