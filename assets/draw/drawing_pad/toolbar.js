// The pad's toolbar: the chosen tool, the available commands, and the brush width.

import { SHEET } from "./strokes.js";

export class Toolbar {
  // command(name): called for a button's command.
  constructor(root, command) {
    this.root = root;
    this.brush = root.querySelector(".brush");
    this.files = root.querySelector(".save");
    for (const button of root.querySelectorAll("[data-do]")) button.onclick = () => command(button.dataset.do);
    this.brush.oninput = () => this.showBrush();
  }

  get width() {
    return Number(this.brush.value);
  }

  set width(width) {
    this.brush.value = width;
  }

  button(name) {
    return this.root.querySelector(`[data-do=${name}]`);
  }

  show(chosen, { list, undone, visible }) {
    for (const tool of ["pen", "eraser"]) this.press(tool, tool === chosen);
    const off = { undo: !list.length, redo: !undone.length, clear: !visible.length, play: !visible.length };
    for (const [name, disabled] of Object.entries(off)) this.button(name).ariaDisabled = String(disabled);
    this.showBrush();
  }

  press(name, pressed) {
    this.button(name).ariaPressed = String(pressed);
  }

  showBrush() {
    this.root.style.setProperty("--brush", `${(100 * this.width) / SHEET}%`);
    this.root.style.setProperty("--diameter", `${this.width}px`);
  }
}
