// The part of a picture that a number sees.

// Places a frame around it, in a box of the picture's size; without a field there is none. rows, columns: the first and
// the last one; null for none.
export function frameField(frame, { rows, columns } = {}, width, height) {
  frame.hidden = !(rows && columns);
  if (frame.hidden) return;
  const share = (lines, side) => `${((100 * lines) / side).toFixed(2)}%`;
  frame.style.top = share(rows[0], height);
  frame.style.height = share(rows[1] + 1 - rows[0], height);
  frame.style.left = share(columns[0], width);
  frame.style.width = share(columns[1] + 1 - columns[0], width);
}
