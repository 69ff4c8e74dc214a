// A button that saves the tiles of a row as one picture, with their gaps and names.

import { saveButton } from "../save_picture.js";

export function saveRowButton(row, name) {
  return saveButton(
    row.canvas,
    () => name,
    (context, times) => row.finish(context, times),
  );
}
