// Reading the maps by keyboard, with the text that pointing at them shows. All rows together are one Tab stop: ← and →
// move over the maps of a row, ↑ and ↓ over the rows; Enter goes into a map, Escape comes back. Where numbers can be
// picked, Enter picks the number of a vector, and inside of a map the one that the cursor is on.

import { setText } from "../dom.js";
import { _, listed } from "../words.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class MapCursor {
  // spoken: a live region.
  constructor(loupe, spoken) {
    Object.assign(this, { loupe, spoken, rows: [] });
  }

  layout(rows) {
    this.rows = rows;
    this.at = null;
    this.awaits = null;
    this.stopAt(0);
    rows.forEach(({ board, title, pick }, index) => {
      board.setAttribute("role", "application");
      board.setAttribute("aria-label", title);
      board.setAttribute(
        "aria-description",
        pick
          ? _("Arrow keys move. Enter goes into a map, and on a number shows how it is computed; Escape comes back.")
          : _("Left and right arrow: the maps. Up and down: the rows. Enter goes into a map, Escape comes back."),
      );
      board.onfocus = () => board.matches(":focus-visible") && this.arrive(index);
      board.onblur = () => this.leave(index);
      board.onkeydown = (event) => this.press(index, event);
    });
  }

  // The row that Tab leads to.
  stopAt(index) {
    this.stop = index;
    this.rows.forEach((row, each) => row.setStop(each === index));
  }

  arrive(index, tile = this.at?.index === index ? this.at.tile : 0) {
    this.stopAt(index);
    this.inside = false;
    this.moveTo(index, Math.min(tile, this.rows[index].size.count - 1));
  }

  leave(index) {
    this.rows[index]?.select(null);
    this.awaits = null;
    this.loupe.hide();
  }

  press(index, event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.handle(index, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  handle(index, key) {
    if (this.at?.index !== index) this.at = { index, tile: 0, top: 0, left: 0 };
    const { tile, top, left } = this.at;
    const { size, isVector } = this.rows[index];
    if (ARROWS[key]) this.step(...ARROWS[key]);
    else if (key === "Home" || key === "End") this.moveTo(index, key === "Home" ? 0 : size.count - 1);
    else if (key === "Enter" && !isVector && !this.inside) {
      this.inside = true;
      this.moveTo(index, tile, { top, left });
    } else if (key === "Escape" && this.inside) {
      this.inside = false;
      this.moveTo(index, tile);
    } else return key === "Enter" && this.rows[index].choose(this.at);
    return true;
  }

  // Gives the focus to a shown number, as if the arrow keys had led to it.
  focus(index, at) {
    const { board, isVector } = this.rows[index];
    board.focus({ preventScroll: true });
    this.at = { index, ...at };
    if (!board.matches(":focus-visible")) return;
    this.inside = !isVector;
    this.moveTo(index, at.tile, isVector ? null : at);
  }

  step(right, below) {
    const { index, tile, top, left } = this.at;
    const { count, height, width } = this.rows[index].size;
    const within = (place, length) => Math.max(0, Math.min(length - 1, place));
    if (this.inside) {
      this.moveTo(index, tile, { top: within(top + below, height), left: within(left + right, width) });
    } else if (right) this.moveTo(index, within(tile + right, count));
    else {
      const next = within(index + below, this.rows.length);
      if (next === index) return;
      this.arrive(next, 0);
      this.rows[next].board.focus();
    }
  }

  // Without a place inside the tile: at its strongest number.
  moveTo(index, tile, place) {
    const row = this.rows[index];
    const { top, left } = place ?? (row.values ? row.strongest(tile) : { top: 0, left: 0 });
    this.at = { index, tile, top, left };
    this.awaits = row.values ? null : { place };
    row.select(tile);
    row.board.scrollIntoView({ block: "nearest" });
    this.loupe.point(row, this.at);
    setText(this.spoken, listed([this.text(row, place), ...(this.loupe.about?.words ?? [])]));
  }

  // Numbers have come: what could not be said before is said now.
  renew() {
    const { at, awaits } = this;
    if (awaits && this.rows[at.index]?.values) this.moveTo(at.index, at.tile, awaits.place);
  }

  text(row, place) {
    const { tile, top, left } = this.at;
    if (!row.values) return row.canvas.getAttribute("aria-label");
    const number = row.text(tile, top, left);
    if (row.isVector || place) return number;
    return _("{number}, the strongest of this map", { number });
  }
}
