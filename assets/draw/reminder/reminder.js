// On the pages without a pad: hands the drawing that this browser has kept to a lab that has not heard of it, for
// example in a new tab. Nothing is shown.

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
  const address = new URL(`api/drawing?${new URLSearchParams({ tab })}`, document.baseURI);
  const answer = await fetch(address, { method: "POST", body: bodyOf(raster, strokes) }).catch(() => null);
  return Boolean(answer?.ok);
}
