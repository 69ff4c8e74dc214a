// Keeps the page new while something trains: asks the lab once a second, without a run of Streamlit's script.
// What it finds goes into the elements that say so (data-live), and into the charts. Where more has changed
// than that, and while something was asked of the run whose effect does not show yet, the page is drawn anew.

import { ask } from "../../shared/api.js";

const PERIOD = 1000; // milliseconds

export class Follow {
  constructor(charts) {
    this.charts = charts;
    this.asking = false;
  }

  begin(question, drawAnew) {
    this.question = question;
    this.drawAnew = () => drawAnew("news", Date.now());
    this.timer = question.active ? setInterval(() => this.look(), PERIOD) : 0;
  }

  end() {
    clearInterval(this.timer);
  }

  look() {
    if (document.hidden || this.asking) return;
    if (this.question.asked) this.drawAnew();
    else this.fetch();
  }

  async fetch() {
    const { question } = this;
    this.asking = true;
    try {
      const live = await ask("live", { run: question.run, with: question.with });
      if (question !== this.question) return; // the page was drawn anew meanwhile
      if (live.sign !== question.sign) this.drawAnew();
      else this.show(live);
    } catch (error) {
      // Where the lab is away, Streamlit says so, and comes back by itself.
      if (error.status === 404 && question === this.question) this.drawAnew();
    } finally {
      this.asking = false;
    }
  }

  show(live) {
    const [words, numbers] = ["words", "numbers"].map((part) => document.querySelector(`[data-live="${part}"]`));
    if (words) words.textContent = live.words;
    if (numbers) numbers.innerHTML = live.numbers; // the lab's own, with all that people typed escaped
    if (live.curves.runs.length) this.charts.update(live.curves);
  }
}
