// The stack with the keyboard. It is one stop of the Tab key: arrows walk through its rows, Enter or → goes into a
// card, whose controls are stops of the Tab key as long as the focus is among them, and Escape leads back to the row.

const CONTROLS = "button, input, select";

export class Keys {
  constructor(stack) {
    this.stack = stack;
    this.list = stack.list;
    this.list.addEventListener("focusin", (event) => this.follow(event.target.closest(".row"), event.target));
    this.list.addEventListener("focusout", (event) => this.list.contains(event.relatedTarget) || this.enter(null));
    stack.root.onkeydown = (event) => this.press(event);
  }

  // The row that the Tab key leads to.
  follow(row, target) {
    if (row !== this.row) {
      if (this.row) this.row.tabIndex = -1;
      this.row = row;
      row.tabIndex = 0;
    }
    this.enter(target === row ? null : row);
  }

  enter(row) {
    if (row === this.entered) return;
    const left = this.entered;
    this.entered = row;
    if (left) this.settle(left);
    if (row) this.settle(row);
  }

  // Makes the controls in a part of a row stops of the Tab key, or not; for new controls as well.
  settle(part) {
    const index = this.entered && this.entered === part.closest(".row") ? 0 : -1;
    for (const control of part.querySelectorAll(CONTROLS)) {
      if (!control.closest(".palette, .trace-card")) control.tabIndex = index;
    }
  }

  // There is always a row to come back to.
  keepRow(fallback) {
    if (this.row?.isConnected) return;
    this.row = fallback;
    fallback.tabIndex = 0;
  }

  press(event) {
    if (event.target.closest(".palette")) return;
    const card = this.stack.cardOf(event.target);
    const onRow = card && event.target === card.element;
    const control = event.ctrlKey || event.metaKey;
    const upOrDown = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const leftOrRight = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const typing = event.target.matches("input, select");
    if (control && /^[zy]$/i.test(event.key)) this.history(event, card);
    else if (event.target.closest(".trace-card"))
      return; // has keys of its own
    else if (event.key === "Escape" && (this.stack.drag || (card && !onRow))) this.escape(event, card, onRow);
    else if (event.altKey && upOrDown && card?.buttons) card.move(upOrDown);
    else if (event.key === "Delete" && !typing && card?.buttons) card.remove();
    else if (upOrDown && card && !typing && !control) this.walk(card.element, upOrDown);
    else if (onRow && (event.key === "Enter" || leftOrRight === 1)) this.into(card);
    else if (leftOrRight && card && !onRow && !/number|select/.test(event.target.type))
      this.among(event.target, leftOrRight);
    else if (event.key === "+" && onRow) card.element.querySelector(".gap").click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  history(event, card) {
    const field = this.stack.fieldOf(event.target, card);
    if (field?.revert()) return; // input that was not accepted is reverted first
    const redo = event.shiftKey || event.key.toLowerCase() === "y";
    this.stack.follow({ do: redo ? "redo" : "undo" });
  }

  escape(event, card, onRow) {
    if (this.stack.drag) this.stack.drop(false);
    else if (!this.stack.fieldOf(event.target, card)?.revert() && card && !onRow) card.element.focus();
  }

  walk(row, step) {
    const rows = [...this.list.children];
    const other = rows[rows.indexOf(row) + step];
    if (!other) return;
    this.stack.present(other);
    other.focus();
  }

  into(card) {
    card.unfold?.();
    this.usable(card.element)[0]?.focus();
  }

  among(control, step) {
    const all = this.usable(control.closest(".row"));
    all[all.indexOf(control) + step]?.focus();
  }

  usable(row) {
    return [...row.querySelectorAll(CONTROLS)].filter((control) => !control.disabled && control.checkVisibility());
  }
}
