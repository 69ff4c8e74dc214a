// "Learn my handwriting": some seconds of training on one's own drawings, and what came of it.

import { make, setText } from "../../shared/dom.js";
import { _, plural, sentences } from "../../shared/words.js";
import { ENDED, learnedWords, learningWords } from "./hand_words.js";

const LOOK = 400; // ms between two looks at how far it is

export class Learning {
  // post(what, body): a question about one's own drawings. choose(run): a network to read from now on.
  // announce(words): for a screen reader.
  constructor(root, { post, choose, announce }) {
    Object.assign(this, { post, choose, announce });
    this.button = root.querySelector(".learn");
    this.result = root.querySelector(".learned");
    this.button.onclick = () => this.learn();
    this.on = false;
  }

  // Another network reads; one that still learns goes on being followed.
  layout({ model }) {
    const other = this.model !== undefined && this.model !== model;
    this.model = model;
    if (other && !this.on) this.result.hidden = true;
  }

  // It takes at least so many drawings.
  offer({ of, least }) {
    const missing = Math.max(0, least - of);
    this.button.ariaDisabled = String(missing > 0 || this.on);
    this.button.title = missing
      ? plural("{count} more of your drawings is needed", "{count} more of your drawings are needed", missing)
      : _("A few seconds of training on your drawings, mixed with other digits");
    const words = missing ? _("{count} of {least} drawings so far", { count: of, least }) : "";
    setText(this.button.querySelector("small"), words);
  }

  async learn() {
    if (this.button.ariaDisabled === "true") return;
    const begun = await this.post("learn", { model: this.model }).catch((error) => this.say(error.message));
    if (begun) this.watch(begun);
  }

  watch(said) {
    const on = ["queued", "running"].includes(said.state);
    this.on = on;
    this.button.ariaDisabled = String(on);
    if (on) {
      this.say(learningWords(said));
      this.timer = setTimeout(() => this.look(said.run), LOOK);
      return;
    }
    if (said.state === "finished") this.compare(said);
    else this.say(sentences(ENDED[said.state], said.message));
  }

  async look(run) {
    const said = await this.post("progress", { run }).catch((error) => this.say(error.message));
    if (said) return this.watch(said);
    this.on = false;
    this.button.ariaDisabled = "false";
  }

  // Before and after, and the way to the network that came out of it.
  compare(said) {
    const { run, name, own, others, before, after, mine } = said;
    const line = (title, of, which) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, title),
        ...[before, after].map((each) =>
          make("td", {}, each ? _("{right} of {count}", { right: each[which], count: of }) : "–"),
        ),
      );
    const head = make("tr", {}, ...["", _("before"), _("after")].map((text) => make("th", { scope: "col" }, text)));
    const use = make("button", { type: "button", className: "worded" }, _("Read with it"));
    use.onclick = () => {
      use.remove();
      this.choose(run);
    };
    const words = learnedWords(said);
    this.result.replaceChildren(
      make("p", {}, words),
      make(
        "table",
        {},
        make("caption", {}, _("{name}: read correctly", { name })),
        head,
        line(mine ? _("your drawings, held out") : _("drawings kept here, held out"), own, "own"),
        line(_("other people's digits"), others, "others"),
      ),
      use,
    );
    this.result.hidden = false;
    this.announce(sentences(_("Learned."), words));
  }

  say(words) {
    this.result.hidden = false;
    this.result.replaceChildren(make("p", {}, words));
  }

  remove() {
    clearTimeout(this.timer);
  }
}
