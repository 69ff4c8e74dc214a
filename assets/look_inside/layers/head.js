// The line that stays in sight: the picture, the answer, the epochs with a film of them, and the way to the next
// picture.

import { make, setDisabled, setText } from "../../shared/dom.js";
import { _, sentences } from "../../shared/words.js";
import { EpochSlider } from "./epoch_slider.js";
import { Film } from "./film.js";
import { FramedPicture } from "./framed.js";

const PLAY = "▶\u{FE0E}"; // not as an emoji
const PAUSE = "❚❚";

export class Head {
  // send(name, value): to the page's script. addReasons(picture): the button that colors the picture.
  constructor(send, addReasons) {
    this.send = send;
    this.picture = new FramedPicture("small", { ariaHidden: "true" });
    this.badge = make("span", { className: "badge", hidden: true }, "A");
    this.reading = make("p", { className: "reading", role: "status" });
    this.answer = make("b");
    this.share = make("span");
    this.short = make("p", { className: "short", ariaHidden: "true" }, this.answer, this.share);
    this.slider = new EpochSlider({ choose: (epoch) => send("epoch", epoch), touch: () => this.touch() });
    this.film = new Film({ step: () => this.next(), changed: (isOn) => this.showPlaying(isOn) });
    this.play = make("button", { type: "button", onclick: () => this.film.toggle() });
    this.epochs = make("div", { className: "epochs" }, this.play, this.slider.element);
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
      this.badge,
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

  // The film stops for a hand on the slider, and goes on from there.
  touch() {
    this.film.stop();
    this.isUnderWay = true;
  }

  // A step of the film: the next epoch, or the first one. Returns a promise, once it is shown, of whether it goes on.
  next() {
    const { slider } = this;
    const at = this.isUnderWay ? slider.place + 1 : 0;
    slider.goTo(at > slider.last ? 0 : at);
    this.isUnderWay = slider.place < slider.last;
    return new Promise((shown) => {
      this.shown = () => shown(this.isUnderWay);
    });
  }

  showPlaying(isOn) {
    setText(this.play, isOn ? PAUSE : PLAY);
    this.play.ariaLabel = isOn ? _("Pause") : _("Play the epochs");
  }

  update({ picture, epochs, place, of, against }, { sentence, name, share, sign, truth }, inks) {
    this.picture.paint(picture, inks);
    this.badge.hidden = !against;
    setText(this.reading, sentence);
    setText(this.answer, sentences(sign, name));
    setText(this.share, truth ? _("{share}, it is {truth}", { share, truth }) : share);
    if (of.model !== this.model) this.rewind(of.model);
    this.epochs.hidden = !epochs;
    if (epochs) this.slider.update(epochs);
    const ends = place ? [place.number <= 1, place.number >= place.count] : [];
    this.steps.forEach((button, index) => {
      button.hidden = !place;
      setDisabled(button, Boolean(ends[index]));
    });
    this.shown?.();
  }

  rewind(model) {
    this.model = model;
    this.film.stop();
    this.isUnderWay = false;
  }
}
