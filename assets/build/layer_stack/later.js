// Debouncing: one call when nothing has happened for a while, and none while the last one is in progress.
export class Later {
  constructor(pause, call) {
    Object.assign(this, { pause, call, busy: false, wanted: false });
  }

  soon(pause = this.pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), pause);
  }

  async now() {
    this.wanted = true;
    if (this.busy) return;
    this.busy = true;
    while (this.wanted) {
      this.wanted = false;
      try {
        await this.call();
      } catch (error) {
        if (!error.status || error.status === 503) this.soon(1500); // unreachable for a moment, or waking up
      }
    }
    this.busy = false;
  }
}
