// All that puts strokes on the sheet: mouse, pen and finger, the keyboard, and the grid of cells.

import { CellGrid } from "./cells.js";
import { KeyPen } from "./keys.js";
import { PointerPen } from "./pointer.js";

export function makePens(pad, root) {
  const strokes = { draw: (points) => pad.draw(points), end: () => pad.end() };
  const announce = (text) => pad.announce(text);
  const begin = (point) => pad.begin(pad.tool, point);
  const keys = new KeyPen(root.querySelector(".cursor"), { ...strokes, begin }, announce);
  const pointer = new PointerPen(pad.canvas, {
    ...strokes,
    begin: (point, erases) => {
      keys.rest();
      pad.begin(erases ? "eraser" : pad.tool, point);
    },
  });
  const cells = new CellGrid(root, {
    inkAt: (column, line) => pad.sheet.inkAt(column, line),
    put: (stroke) => pad.put(stroke),
    leave: () => pad.toggleCells(),
  });
  return { keys, pointer, cells };
}
