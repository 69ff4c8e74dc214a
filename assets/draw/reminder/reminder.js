// On pages without a pad: sends the drawing stored in this browser to a lab that does not have it, for example in a
// new tab, and says so to the rest of the page. Shows nothing.

import { ask } from "../../shared/api.js";
import { REMINDED } from "../../shared/drawing.js";
import { keptStrokes } from "../drawing_pad/kept.js";
import { bodyOf, INK_SIDE, Raster } from "../drawing_pad/raster.js";

const sentTabs = new Set();

export default function ({ data, setTriggerValue }) {
  const { tab, missing, waited } = data;
  if (!missing || sentTabs.has(tab)) return;
  send(tab).then((accepted) => {
    if (!accepted) return;
    dispatchEvent(new Event(REMINDED));
    if (waited) setTriggerValue("sent", true);
  });
}

// Returns whether the lab has accepted a drawing.
async function send(tab) {
  sentTabs.add(tab);
  const strokes = keptStrokes();
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
