// On the pages without a pad: hands the drawing that this browser has kept to a lab that has not heard of it, for
// example in a new tab. Nothing is shown.

import { ask } from "../../shared/api.js";
import { keptDrawing } from "../drawing_pad/kept.js";
import { bodyOf, INK_SIDE, Raster } from "../drawing_pad/raster.js";
import { Strokes } from "../drawing_pad/strokes.js";

const reminded = new Set(); // tabs

export default function ({ data, setTriggerValue }) {
  const { tab, missing, waited } = data;
  if (missing && !reminded.has(tab)) remind(tab).then((told) => told && waited && setTriggerValue("told", true));
}

// Whether the lab has got one.
async function remind(tab) {
  reminded.add(tab);
  const strokes = new Strokes(keptDrawing()?.list).visible;
  if (!strokes.length) return false;
  const raster = new Raster(document.createElement("canvas"), { willReadFrequently: true });
  raster.resize(INK_SIDE);
  raster.keep(strokes);
  raster.show(null);
  const query = new URLSearchParams({ tab });
  return ask("drawing", bodyOf(raster, strokes), { query }).then(
    () => true,
    () => false,
  );
}
