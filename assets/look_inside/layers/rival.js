// The second line of what stays in sight: the network that is compared with, its answer and its epochs.

import { make, setText } from "../../shared/dom.js";
import { _, sentences } from "../../shared/words.js";
import { EpochSlider, keptUntil } from "./epoch_slider.js";

export class Rival {
  // send(name, value): to the page's script.
  constructor(send) {
    const badge = make("span", { className: "badge" }, "B");
    this.reading = make("p", { className: "reading", role: "status" });
    this.answer = make("b");
    this.share = make("span");
    const short = make("p", { className: "short", ariaHidden: "true" }, this.answer, this.share);
    this.slider = new EpochSlider({ choose: (epoch) => send("rival_epoch", epoch) });
    this.epochs = make("div", { className: "epochs" }, this.slider.element);
    this.both = make("button", { type: "button", className: "both", ariaPressed: "false" }, "A+B");
    this.both.title = _("The slider of A moves both networks");
    this.both.ariaLabel = this.both.title;
    this.both.onclick = () => (this.both.ariaPressed = String(this.both.ariaPressed !== "true"));
    const end = make(
      "button",
      { type: "button", ariaLabel: _("End the comparison"), onclick: () => send("alone", 1) },
      "×",
    );
    this.element = make("div", { className: "rival" }, badge, this.reading, short, this.epochs, this.both, end);
  }

  // own: the network that it is compared with. The answer is that of answerOf.
  update({ epochs, of }, { sentence, name, share, sign, truth }, own) {
    setText(this.reading, sentence);
    setText(this.answer, sentences(sign, name));
    setText(this.share, truth ? _("{share}, it is {truth}", { share, truth }) : share);
    this.epochs.hidden = !epochs;
    if (epochs) this.slider.update(epochs);
    this.kept = epochs?.kept;
    this.both.hidden = !epochs || !own.epochs || own.of.model === of.model;
  }

  // Its epoch beside this one of the other network; null if it stays where it is.
  epochWith(epoch) {
    const follows = this.element.isConnected && !this.both.hidden && this.both.ariaPressed === "true";
    return follows ? keptUntil(this.kept, epoch) : null;
  }
}
