// Keeps the page up to date while a run trains: polls the lab once a second, without running Streamlit's script. The
// response goes into the elements with data-live, and into the charts. If more than that has changed, or while a
// command to the run has not taken effect yet, the page is redrawn.

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
      if (question !== this.question) return; // the page was redrawn meanwhile
      if (live.sign !== question.sign) this.drawAnew();
      else this.show(live);
    } catch (error) {
      // If the lab is unreachable, Streamlit says so, and reconnects by itself.
      if (error.status === 404 && question === this.question) this.drawAnew();
    } finally {
      this.asking = false;
    }
  }

  show(live) {
    const [words, numbers] = ["words", "numbers"].map((part) => document.querySelector(`[data-live="${part}"]`));
    if (words) words.textContent = live.words;
    if (numbers) numbers.innerHTML = live.numbers; // the lab's own html, with everything that people typed escaped
    if (live.curves.runs.length) this.charts.update(live.curves);
  }
}
