// "Learn my handwriting": a few seconds of training on the user's own drawings, and the result.

import { make, setText } from "../../shared/dom.js";
import { _, sentences } from "../../shared/words.js";
import { ENDED, learnedText, learningText } from "./hand_words.js";

const POLL_INTERVAL = 400; // ms between requests for the progress
const WAKING = 250; // ms between requests while the network wakes up

export class Learning {
  // post(what, body): a request about the user's drawings. choose(run): selects a network. announce(text): for screen
  // readers.
  constructor(root, { post, choose, announce }) {
    Object.assign(this, { post, choose, announce });
    this.button = root.querySelector(".learn");
    this.result = root.querySelector(".learned");
    this.button.onclick = () => this.learn();
    this.on = false;
  }

  // Another network is selected; one that is still learning is still followed.
  layout({ model }) {
    const other = this.model !== undefined && this.model !== model;
    this.model = model;
    if (other && !this.on) this.result.hidden = true;
  }

  // Updates the button: learning takes at least `least` drawings.
  offer({ of, least }) {
    const missing = Math.max(0, least - of);
    this.button.ariaDisabled = String(missing > 0 || this.on);
    const about = missing
      ? _("{count} of {least} drawings so far", { count: of, least })
      : _("a few seconds, on your drawings and other digits");
    setText(this.button.querySelector("small"), about);
  }

  async learn() {
    if (this.button.ariaDisabled === "true") return;
    const begun = await this.post("learn", { model: this.model }).catch((error) => this.refused(error));
    if (begun) this.watch(begun);
  }

  // A network that is still waking up is asked again.
  refused(error) {
    this.showMessage(error.message);
    if (error.waking) this.timer = setTimeout(() => this.learn(), WAKING);
  }

  watch(progress) {
    const on = ["queued", "running"].includes(progress.state);
    this.on = on;
    this.button.ariaDisabled = String(on);
    if (on) {
      this.showMessage(learningText(progress));
      this.timer = setTimeout(() => this.poll(progress.run), POLL_INTERVAL);
      return;
    }
    if (progress.state === "finished") this.compare(progress);
    else this.showMessage(sentences(ENDED[progress.state], progress.message));
  }

  async poll(run) {
    const progress = await this.post("progress", { run }).catch((error) => this.showMessage(error.message));
    if (progress) return this.watch(progress);
    this.on = false;
    this.button.ariaDisabled = "false";
  }

  // Shows the results before and after, and a button to use the new network.
  compare(progress) {
    const { run, name, own, others, before, after, mine } = progress;
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
    const summary = learnedText(progress);
    this.result.replaceChildren(
      make("p", {}, summary),
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
    this.announce(sentences(_("Learned."), summary));
  }

  showMessage(message) {
    this.result.hidden = false;
    this.result.replaceChildren(make("p", {}, message));
  }

  remove() {
    clearTimeout(this.timer);
  }
}
