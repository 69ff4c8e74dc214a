// Dragging a card.

import { headerHeight, scrollerOf } from "./screen.js";

const EDGE = 70; // px from the edge of the screen where scrolling starts

export class Drag {
  constructor(stack, event, element) {
    this.stack = stack;
    this.element = element;
    this.scroller = scrollerOf(stack.list);
    this.rows = stack.rowElements();
    this.boxes = this.rows.map((row) => row.getBoundingClientRect());
    this.from = this.to = this.rows.indexOf(element);
    this.startY = this.y = event.clientY;
    this.startScroll = this.scroller.scrollTop;
    this.pointer = event.pointerId;
    element.classList.add("dragged");
    stack.list.classList.add("dragging");
    stack.list.setPointerCapture(event.pointerId); // on the list: a moving card would lose the pointer
    this.frame = requestAnimationFrame(() => this.scroll());
  }

  move(y) {
    this.y = y;
    const shift = y - this.startY + this.scroller.scrollTop - this.startScroll;
    const mine = this.boxes[this.from];
    // A row moves out of the way when the approaching edge passes its middle, however tall the two are.
    this.to = this.boxes.filter((box, index) => {
      const edge = index < this.from ? mine.top : mine.bottom;
      return index !== this.from && edge + shift > box.top + box.height / 2;
    }).length;
    this.element.style.transform = `translateY(${shift}px)`;
    this.rows.forEach((row, index) => {
      if (index === this.from) return;
      const down = index > this.from && index <= this.to;
      const up = index < this.from && index >= this.to;
      row.style.transform = down ? `translateY(${-mine.height}px)` : up ? `translateY(${mine.height}px)` : "";
    });
  }

  scroll() {
    const below = this.y - (innerHeight - EDGE);
    const above = headerHeight() + EDGE - this.y;
    const step = below > 0 ? below / 4 : above > 0 ? -above / 4 : 0;
    if (step && this.y !== this.startY) {
      this.scroller.scrollTop += step;
      this.move(this.y);
    }
    this.frame = requestAnimationFrame(() => this.scroll());
  }

  end(dropped) {
    cancelAnimationFrame(this.frame);
    this.stack.list.classList.remove("dragging");
    this.element.classList.remove("dragged");
    for (const row of this.rows) row.style.transform = "";
    if (!dropped || this.to === this.from) return;
    const others = this.rows.filter((row) => row !== this.element);
    this.stack.list.insertBefore(this.element, others[this.to] ?? null); // it stays where it was dropped
    this.element.focus({ preventScroll: true }); // which it loses when it is inserted
    this.stack.follow({ do: "move", id: Number(this.element.dataset.row), by: this.to - this.from });
  }
}
