// Every row of a network on one picture: rows of tiles with a legend and a loupe. The Draw page and the
// Look inside page both use it.
//
//   const maps = new FeatureMaps(host);      // an element inside .lab: it has the colors, and position: relative
//   maps.layout([{ title, about, shape, total, names }]);
//   maps.paint([{ values, scales }]);        // from unpack(): whole numbers, and what 127 stands for in each tile
//   maps.mark([[7, 2], ...]);                // frames around tiles, the strongest of each row first, joined by a line
//   maps.clear(); maps.recolor(); maps.describe(); maps.remove();
//
// title and about are shown as text. shape is (C, H, W) or (F,), as many maps or numbers as are sent; total is
// how many there are. names, where given, are the names of the tiles (for example the classes).

export class FeatureMaps {
  constructor(host) {
    this.host = host;
    this.list = host.appendChild(make("div", { className: "map-rows" }));
    this.path = this.list.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
    this.path.classList.add("path");
    this.path.setAttribute("aria-hidden", "true"); // whoever marks says in words what is marked
    this.loupe = new Loupe(host);
    this.rows = [];
    this.marks = [];
    this.sizes = new ResizeObserver(() => {
      this.rows.forEach((row) => row.fit(this.list.clientWidth));
      this.drawMarks();
    });
    this.sizes.observe(this.list);
    this.sight = new IntersectionObserver((entries) => entries.forEach(see), { rootMargin: "150px" });
    this.recolor();
  }

  layout(rows) {
    this.loupe.hide();
    this.rows = rows.map((row) => new MapRow(row, this.colors, this.loupe));
    this.list.replaceChildren(...this.rows.map((row) => row.element), this.path);
    this.mark([]);
    this.sight.disconnect();
    for (const row of this.rows) {
      row.fit(this.list.clientWidth);
      row.canvas.row = row;
      this.sight.observe(row.canvas);
    }
  }

  paint(rows) {
    rows.forEach(({ values, scales }, index) => this.rows[index]?.paint(values, scales));
    this.loupe.refresh();
  }

  clear() {
    this.rows.forEach((row) => row.clear());
    this.loupe.refresh();
  }

  mark(tiles) {
    if (!tiles.length && !this.marks.length) return;
    this.marks = tiles;
    this.drawMarks();
  }

  // Where the tiles lie is only known once they are on the screen.
  drawMarks() {
    const drawn = (name, places) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, place] of Object.entries(places)) node.setAttribute(key, place);
      return node;
    };
    const frames = this.marks.map((tiles, index) => this.rows[index]?.frames(tiles) ?? []);
    const strongest = frames.flatMap((row) => row.filter(({ first }) => first));
    const lines = strongest.slice(1).map((to, index) => {
      const from = strongest[index];
      return drawn("line", { x1: from.x + from.width / 2, y1: from.y + from.height, x2: to.x + to.width / 2, y2: to.y });
    });
    const boxes = frames.flat().map(({ first, ...frame }) => {
      const box = drawn("rect", frame);
      box.classList.toggle("first", first);
      return box;
    });
    this.path.replaceChildren(...lines, ...boxes);
  }

  // After a change of theme.
  recolor() {
    const style = getComputedStyle(this.host);
    const color = (name) => rgb(style.getPropertyValue(name));
    const zero = color("--st-background-color");
    this.colors = {
      lookup: signedColors(zero, color("--positive"), color("--negative")),
      line: pixel(blend(zero, color("--st-text-color"), 0.22)),
    };
    this.rows.forEach((row) => row.recolor(this.colors));
    this.loupe.refresh();
  }

  // The figures in words, for those who do not see the tiles; too slow to do at each movement of a pen.
  describe() {
    this.rows.forEach((row) => row.describe());
  }

  remove() {
    this.sizes.disconnect();
    this.sight.disconnect();
    this.loupe.hide();
  }
}

// Only rows on the screen are painted while a pen moves.
function see({ target, isIntersecting }) {
  target.row.inSight = isIntersecting;
  target.row.draw();
}

class MapRow {
  constructor({ title, about = "", shape, total = shape[0], names = null }, colors, loupe) {
    const [count, height, width] = shape.length === 3 ? shape : [shape[0], 1, 1];
    Object.assign(this, { title, about, names, colors, total, size: { count, height, width } });
    this.isVector = shape.length !== 3;
    this.canvas = make("canvas", { className: "tiles", role: "img" });
    this.range = make("span", { className: "range", title: _("The largest value, above or below zero") });
    this.element = make("section", { className: "map-row" },
      make("h4", {}, make("b", {}, title), make("span", { className: "about" }, about, this.cut()), this.range),
      this.canvas);
    this.canvas.onpointermove = (event) => loupe.show(this, event);
    this.canvas.onpointerdown = (event) => loupe.show(this, event);
    this.canvas.onpointerleave = (event) => event.pointerType === "touch" || loupe.hide();
    this.values = null;
    this.inSight = false;
    this.describe();
  }

  cut() {
    const { count } = this.size;
    const words = _("(the first {count} of {total})", { count, total: grouped(this.total) });
    return count < this.total ? ` ${words}` : "";
  }

  fit(room) {
    const plan = arrange(this.size, Math.max(room, 40));
    if (this.plan?.columns === plan.columns) return;
    this.plan = plan;
    this.canvas.width = plan.width;
    this.canvas.height = plan.height;
    this.canvas.style.width = `${plan.width * plan.css}px`;
    this.context = this.canvas.getContext("2d");
    this.image = this.context.createImageData(plan.width, plan.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.draw();
  }

  paint(values, scales) {
    this.values = values;
    this.scales = scales;
    this.draw();
  }

  clear() {
    if (this.values) this.paint(null, null);
  }

  recolor(colors) {
    this.colors = colors;
    this.draw();
  }

  draw() {
    if (!this.plan || !this.inSight) return;
    const { plan, size } = this;
    this.pixels.fill(this.colors.line);
    const values = this.values ?? new Int8Array(size.count * size.height * size.width);
    paintTiles(this.pixels, plan, size, values, this.colors.lookup);
    this.wipe();
    this.context.putImageData(this.image, 0, 0);
    const largest = this.scales ? this.scales.reduce((most, scale) => Math.max(most, scale), 0) : null;
    const words = largest === null ? "" : `±${shortNumber(largest)}`;
    if (this.range.textContent !== words) this.range.textContent = words;
  }

  // The places in the last line that no tile takes are not zero: they are nothing.
  wipe() {
    const { plan, size: { count } } = this;
    const taken = count % plan.columns;
    if (!taken) return;
    const from = taken * plan.pitch + plan.gap;
    for (let y = plan.height - plan.rise; y < plan.height; y++) {
      this.pixels.fill(0, y * plan.width + from, (y + 1) * plan.width);
    }
  }

  // Where tiles lie in the list of rows, in CSS pixels.
  frames(tiles) {
    const { plan, canvas, size: { count, height, width } } = this;
    if (!plan) return [];
    return tiles.filter((tile) => tile < count).map((tile) => ({
      first: tile === tiles[0],
      x: canvas.offsetLeft + (plan.gap + (tile % plan.columns) * plan.pitch) * plan.css - 1,
      y: canvas.offsetTop + (plan.gap + Math.floor(tile / plan.columns) * plan.rise) * plan.css - 1,
      width: width * plan.block * plan.css + 2,
      height: height * plan.block * plan.css + 2,
    }));
  }

  value(tile, top, left) {
    const { height, width } = this.size;
    const scale = this.scales[this.isVector ? 0 : tile];
    return (this.values[(tile * height + top) * width + left] / 127) * scale;
  }

  tileName(tile) {
    if (this.names) return this.names[tile];
    const number = tile + 1;
    return this.isVector ? _("number {number}", { number }) : _("map {number}", { number });
  }

  describe() {
    const { count, height, width } = this.size;
    const what = this.isVector
      ? plural("{count} number", "{count} numbers", count)
      : plural("{count} map of {height}×{width}", "{count} maps of {height}×{width}", count, { height, width });
    const about = { title: this.title, what };
    this.canvas.setAttribute("aria-label", this.values
      ? _("{title}: {what}, from {lowest} to {highest}, the highest in {tile}", { ...about, ...this.figures() })
      : _("{title}: {what}, nothing drawn yet", about));
  }

  figures() {
    const { count, height, width } = this.size;
    let [lowest, highest, strongest] = [Infinity, -Infinity, 0];
    for (let tile = 0; tile < count; tile++) {
      for (let place = 0; place < height * width; place++) {
        const value = this.value(tile, Math.floor(place / width), place % width);
        if (value > highest) [highest, strongest] = [value, tile];
        if (value < lowest) lowest = value;
      }
    }
    return { lowest: shortNumber(lowest), highest: shortNumber(highest), tile: this.tileName(strongest) };
  }
}

// The tile under the pointer enlarged, with the value under it. Follows the values while they change.
class Loupe {
  constructor(host) {
    this.canvas = make("canvas", { width: 1, height: 1 });
    this.spot = make("i");
    this.frame = make("div", { className: "frame" }, this.canvas, this.spot);
    this.words = make("p");
    this.element = make("div", { className: "loupe", hidden: true }, this.frame, this.words);
    host.append(this.element);
    this.away = () => this.hide();
  }

  // After a tap it stays until the next one.
  show(row, event) {
    const { plan } = row;
    const hit = plan && tileAt(row.size, plan, event.offsetX / plan.css, event.offsetY / plan.css);
    if (!hit || !row.values) return this.hide();
    this.at = { row, ...hit };
    this.element.hidden = false;
    this.refresh();
    this.place(event.clientX, event.clientY);
    if (event.pointerType === "touch") addEventListener("pointerdown", this.away, { capture: true, once: true });
  }

  hide() {
    removeEventListener("pointerdown", this.away, { capture: true });
    this.at = null;
    this.element.hidden = true;
  }

  refresh() {
    if (!this.at) return;
    const { row, tile, top, left } = this.at;
    if (!row.values) return this.hide();
    const { height, width } = row.size;
    this.frame.hidden = row.isVector;
    if (!row.isVector) this.enlarge(row, tile, top, left);
    const at = { tile: row.tileName(tile), value: shortNumber(row.value(tile, top, left)) };
    this.words.textContent = height * width > 1
      ? _("{tile}, row {row}, column {column}: {value}", { ...at, row: top + 1, column: left + 1 })
      : `${at.tile}: ${at.value}`;
  }

  enlarge(row, tile, top, left) {
    const { height, width } = row.size;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      Object.assign(this.canvas, { width, height });
      this.canvas.style.aspectRatio = `${width} / ${height}`;
      this.spot.style.width = `${100 / width}%`;
      this.spot.style.height = `${100 / height}%`;
    }
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const from = tile * height * width;
    for (let place = 0; place < pixels.length; place++) pixels[place] = row.colors.lookup[row.values[from + place] & 255];
    context.putImageData(image, 0, 0);
    this.spot.style.left = `${(100 * left) / width}%`;
    this.spot.style.top = `${(100 * top) / height}%`;
  }

  // Beside the pointer, and never off the screen.
  place(x, y) {
    const { offsetWidth, offsetHeight, offsetParent, style } = this.element;
    const origin = offsetParent.getBoundingClientRect();
    const beside = x + 20 + offsetWidth < innerWidth ? x + 20 : x - 20 - offsetWidth;
    style.left = `${Math.max(4, beside) - origin.left}px`;
    style.top = `${Math.max(4, Math.min(y + 20, innerHeight - offsetHeight - 4)) - origin.top}px`;
  }
}

function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}
