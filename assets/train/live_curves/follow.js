// Keeps the page up to date while a run trains: polls the lab once a second, without running Streamlit's script. The
// response goes into the elements with data-live, and into the charts. If more than that has changed, the page is
// redrawn. A click's words ("Pausing…") are there at once; then it polls faster until the command has taken effect.

import { ask } from "../../shared/api.js";
import { setText } from "../../shared/dom.js";

const PERIOD = 1000; // milliseconds
const HURRY = 120; // milliseconds between polls while a command has not taken effect
const BATCH = 3000; // milliseconds that a single batch may take before the page shows that it trains
const PATIENCE = 5000; // milliseconds after which the page decides anew whether it still waits for a command

export class Follow {
  constructor(charts) {
    this.charts = charts;
    this.asking = false;
    this.onclick = ({ target }) => this.sayClicked(target.closest?.(".st-key-train_transport button:enabled"));
  }

  // `question` and `step`: what the page was drawn with; `command`: of the last click, until its effect shows.
  begin({ follow: question, command, step }, drawAnew) {
    Object.assign(this, { question, step, begun: Date.now(), redrawing: 0 });
    this.said = null;
    clearTimeout(this.refusal);
    addEventListener("click", this.onclick, { capture: true });
    this.command = question.asked ? command : null;
    this.drawAnew = () => {
      this.redrawing = Date.now();
      drawAnew("news", Date.now());
    };
    this.timer = question.active ? setInterval(() => this.look(), question.asked ? HURRY : PERIOD) : 0;
  }

  end() {
    clearInterval(this.timer);
    clearTimeout(this.refusal);
    removeEventListener("click", this.onclick, { capture: true });
  }

  // What the page will say of the command, before the lab has heard of it.
  sayClicked(button) {
    const place = document.querySelector("[data-live=words] span");
    const command = button && Object.keys(this.question.said).find((each) => button.closest(`.st-key-train_${each}`));
    if (!place || !command) return;
    this.said ??= { place, before: place.textContent };
    setText(place, this.question.said[command]);
    Object.assign(this, { command, begun: Date.now() });
    this.refusal = setTimeout(() => this.takeBack(), PATIENCE);
  }

  // The page was not redrawn with the command: it was refused.
  takeBack() {
    if (this.said.place.isConnected) setText(this.said.place, this.said.before);
    Object.assign(this, { command: null, said: null });
  }

  look() {
    if (!document.hidden && !this.asking && Date.now() - this.redrawing >= PERIOD) this.fetch();
  }

  async fetch() {
    const { question } = this;
    this.asking = true;
    try {
      const known = this.charts.runs.known();
      const live = await ask("live", { run: question.run, with: question.with, known, hurry: Boolean(question.asked) });
      if (question !== this.question) return; // the page was redrawn meanwhile
      if (this.isNews(live)) this.drawAnew();
      else this.show(live);
    } catch (error) {
      // If the lab is unreachable, Streamlit says so, and reconnects by itself.
      if (error.status === 404 && question === this.question) this.drawAnew();
    } finally {
      this.asking = false;
    }
  }

  // Whether more has changed than words, numbers and curves. A single batch is over in a moment: the page waits for
  // its end, instead of showing for that moment that the run trains.
  isNews(live) {
    const changed = live.sign !== this.question.sign;
    if (!this.command) return changed;
    const waited = Date.now() - this.begun;
    if (this.command !== "batch") return changed || waited > PATIENCE;
    if (live.state === "running" && waited < BATCH) return false;
    return changed || live.step !== this.step || waited > PATIENCE;
  }

  show(live) {
    for (const element of document.querySelectorAll("[data-live]")) {
      const { live: part } = element.dataset;
      if (part === "words" && this.command) continue; // the click's words stand until its effect shows
      const html = live[part]; // the lab's own, with everything that people typed escaped
      if (html !== undefined && html !== element.innerHTML) element.innerHTML = html;
    }
    if (live.curves.runs.length) this.charts.update(live.curves);
  }
}
