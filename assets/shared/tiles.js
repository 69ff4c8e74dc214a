// A row of the network as tiles on a canvas: maps side by side, the numbers of a vector as cells.

const MAP_SIDE = 56; // CSS pixels of a 28×28 map; smaller maps shrink more slowly than their sides
const SIZES = [6, 5, 4, 3, 2.5, 2, 1.75, 1.5, 1.25, 1, 0.75]; // times the usual size
const FEW_NUMBERS = 16;
const ENLARGED = 3; // from this zoom on, maps are enlarged while painting, so that the gaps between them stay thin

// The layout of `count` tiles of height × width in `room` CSS pixels. Positions are in canvas pixels; one canvas pixel
// is `css` CSS pixels, one value is block × block canvas pixels. A few small tiles may be drawn `enlarge` times as big.
// `scale`: that of the screen (screenScale). `foot`: room below each line of tiles, for names; only for single numbers.
export function arrange({ count, height, width, enlarge = 1, scale = 1, foot = 0 }, room) {
  const single = height === 1 && width === 1;
  const side = enlarge * (single ? cellSide(count) : Math.sqrt(28 / width) * (MAP_SIDE / 28));
  const zoom = Math.max(1, Math.round(side * scale));
  const block = zoom >= ENLARGED ? zoom : 1;
  const gap = single ? Number(zoom >= 8) : block === 1 ? 1 : Math.round(2 * enlarge);
  const css = zoom / block;
  const pitch = width * block + gap;
  const columns = Math.max(1, Math.min(count, Math.floor((room / css - gap) / pitch)));
  const lines = Math.ceil(count / columns);
  return {
    block,
    gap,
    css,
    columns,
    pitch,
    rise: height * block + gap + foot,
    width: columns * pitch + gap,
    height: lines * (height * block + gap + foot) + gap,
  };
}

// How many times as big as usual tiles of this shape can be in a room of CSS pixels; few numbers stay in one line.
export function largestFit(shape, room) {
  const [count, height = 1, width = 1] = shape;
  const isLine = shape.length === 1 && count <= FEW_NUMBERS;
  const fits = (enlarge) => {
    const plan = arrange({ count, height, width, enlarge, scale: screenScale() }, room.width);
    return plan.height * plan.css <= room.height && (!isLine || plan.columns === count);
  };
  return SIZES.find(fits) ?? 0.5;
}

// How much larger than on a laptop tiles are drawn: with the window's width, and with the size of the page's text.
export function screenScale() {
  const text = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  return text * Math.min(2, Math.max(1, innerWidth / 1280));
}

function cellSide(count) {
  if (count <= FEW_NUMBERS) return 24;
  if (count <= 256) return 14;
  return count <= 1024 ? 8 : 5;
}

// The tile and the value under a canvas pixel; null between tiles.
export function tileAt({ count, height, width }, plan, x, y) {
  const column = Math.floor((x - plan.gap) / plan.pitch);
  const line = Math.floor((y - plan.gap) / plan.rise);
  const left = Math.floor((x - plan.gap - column * plan.pitch) / plan.block);
  const top = Math.floor((y - plan.gap - line * plan.rise) / plan.block);
  const tile = line * plan.columns + column;
  const inside = column >= 0 && column < plan.columns && line >= 0 && tile < count;
  return inside && left >= 0 && left < width && top >= 0 && top < height ? { tile, top, left } : null;
}

// Which line of `side` lines is in the middle of the line `at` of `count`, to which they were averaged down.
export function wholeLine(at, count, side) {
  const [first, end] = [Math.floor((at * side) / count), Math.ceil(((at + 1) * side) / count)];
  return Math.floor((first + end - 1) / 2);
}

// In which of `count` lines a line of `side` lines is shown.
export function shownLine(at, count, side) {
  return Math.floor((at * count) / side);
}

// Writes the color of every value into the pixels of a canvas.
export function paintTiles(pixels, plan, { count, height, width }, values, colors) {
  const { block, gap, columns, pitch, rise, width: stride } = plan;
  let index = 0;
  for (let tile = 0; tile < count; tile++) {
    const origin = (gap + Math.floor(tile / columns) * rise) * stride + gap + (tile % columns) * pitch;
    for (let top = 0; top < height; top++) {
      for (let left = 0; left < width; left++) {
        const color = colors[values[index++] & 255];
        const corner = origin + top * block * stride + left * block;
        if (block === 1) pixels[corner] = color;
        else
          for (let down = 0; down < block; down++) {
            pixels.fill(color, corner + down * stride, corner + down * stride + block);
          }
      }
    }
  }
}
