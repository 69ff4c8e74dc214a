// The reasons of the answer, laid over the picture in the head and the large one, if wanted: integrated gradients,
// because they are sharp enough for small pictures, and also where dense layers leave Grad-CAM empty.

import { make, setText } from "../../shared/dom.js";
import { attributionOf, evidenceColors, evidenceWords, markOf, paintEvidence } from "../../shared/evidence.js";
import { _ } from "../../shared/words.js";

const METHOD = "integrated-gradients";
const NAME = _("Why: color the picture by what speaks for the answer");

export class Reasons {
  // pictures: FramedPictures of the same picture; the last one has a caption.
  constructor(pictures) {
    this.pictures = pictures;
    this.button = make(
      "button",
      { type: "button", className: "reasons", title: NAME, ariaLabel: NAME, ariaPressed: "false" },
      _("Why"),
    );
    this.button.onclick = () => this.toggle();
    this.caption = make("p", { className: "caption", role: "status", hidden: true });
    pictures.at(-1).element.append(this.caption);
  }

  get isOn() {
    return this.button.ariaPressed === "true";
  }

  toggle() {
    this.button.ariaPressed = String(!this.isOn);
    this.follow();
  }

  // Another picture, network or epoch; the pictures have just been painted without reasons.
  update(body, root, inks) {
    Object.assign(this, { body, inks });
    this.colors = evidenceColors(root);
    this.follow();
  }

  follow() {
    const { of, picture, tab, title } = this.body;
    const mark = markOf(picture);
    if (mark !== this.mark) this.shown = null; // those of the epoch before stay until the new ones are there
    this.mark = mark;
    const key = JSON.stringify([of, mark]);
    this.paint(title);
    if (!this.isOn || key === this.key) return;
    this.key = key;
    this.ask({ ...of, tab });
  }

  async ask(of) {
    this.controller?.abort();
    this.controller = new AbortController();
    const { signal } = this.controller;
    const asked = { method: METHOD, smooth: 1 };
    try {
      this.shown = await attributionOf(of, asked, { signal });
      this.trouble = "";
    } catch (error) {
      if (signal.aborted) return;
      Object.assign(this, { shown: null, key: null, trouble: error.message });
    }
    this.paint(this.body.title);
  }

  paint(title) {
    const { isOn, shown, body } = this;
    const words = shown && _("orange: for {name}, blue: against", { name: body.classes[shown.target] });
    this.caption.hidden = !isOn;
    setText(this.caption, words ?? this.trouble ?? "");
    for (const each of this.pictures) {
      if (isOn && shown) paintEvidence(each.canvas, { values: shown.values, picture: body.picture }, this.colors);
      else each.paint(body.picture, this.inks);
    }
    const label = isOn && shown ? _("{where}: {values}", { where: title, values: evidenceWords(shown) }) : title;
    this.pictures.at(-1).canvas.setAttribute("aria-label", label);
  }

  remove() {
    this.controller?.abort();
  }
}
