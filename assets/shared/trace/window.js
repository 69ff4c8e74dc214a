// The cells of a window, as a trace has them: `window` says which rows and columns they are from.

// Which cells are padding, outside of the map.
export function paddingOf({ window: { rows, columns }, before: { shape } }) {
  const [, height, width] = shape;
  return rows.flatMap((y) => columns.map((x) => y < 0 || y >= height || x < 0 || x >= width));
}

// The position of a cell in the layer before; `channel`: which of the window's channels.
export function positionOf({ window: { channels, rows, columns } }, index, channel = 0) {
  return [channels[channel], rows[Math.floor(index / columns.length)], columns[index % columns.length]];
}

// The size of the number that is farthest from zero.
export function strongest(numbers) {
  return numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
}

// The index of that number; of equal ones the first.
export function strongestAt(numbers) {
  return numbers.reduce((most, number, index) => (Math.abs(number) > Math.abs(numbers[most]) ? index : most), 0);
}
