// Choosing a bar, to ask why the answer is not that class: by a click, or with the arrow keys and Enter. The bars are
// one Tab stop.

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

export class BarChoice {
  // pick(index): a bar is chosen.
  constructor(list, pick) {
    Object.assign(this, { list, pick });
    list.setAttribute("role", "listbox");
    list.onkeydown = (event) => this.press(event);
    list.onclick = (event) => {
      const index = this.rows.indexOf(event.target.closest("li"));
      if (index >= 0) this.choose(index);
    };
  }

  layout(rows) {
    Object.assign(this, { rows, marked: null });
    rows.forEach((row, index) => {
      row.setAttribute("role", "option");
      row.tabIndex = index ? -1 : 0;
    });
  }

  choose(index) {
    this.stopAt(index);
    this.pick(index);
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.rows.findIndex((row) => row.tabIndex === 0);
    const last = this.rows.length - 1;
    if (event.key === "Enter" || event.key === " ") this.choose(at);
    else if (event.key === "Home" || event.key === "End") this.focus(event.key === "Home" ? 0 : last);
    else if (STEPS[event.key]) this.focus(Math.max(0, Math.min(last, at + STEPS[event.key])));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  focus(index) {
    this.stopAt(index);
    this.rows[index].focus();
  }

  stopAt(index) {
    this.rows.forEach((row, each) => (row.tabIndex = each === index ? 0 : -1));
  }

  // The bar that was chosen; -1 for none.
  mark(index) {
    if (index === this.marked) return;
    this.marked = index;
    this.rows.forEach((row, each) => {
      row.ariaSelected = String(each === index);
      row.classList.toggle("asked", each === index);
    });
  }
}
