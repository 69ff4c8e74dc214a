// What is selected on the page: a layer, one of its maps or numbers (unit), and a cell of the map. And which rows are
// shown: all, or those around the selected one. Both are in the page's address: `?row=3&unit=5&cell=12-7&rows=all`. A
// layer is named as everywhere in the lab, "3", or inside of a block "3.0.1"; all numbers begin at 0. With two networks
// `of=b` says that it is in the second one.

const LAYER = /^\d{1,3}(\.\d{1,3}){0,2}$/;
const FEW_ROWS = 8; // are all shown

export const NOTHING = { layer: null, unit: null, cell: null };

export function rowOf({ layer }) {
  return layer === null ? null : Number.parseInt(layer, 10);
}

// Where its number is in the output of the layer: [channel, y, x] or [index]; null without a cell in a map.
export function positionOf({ unit, cell }, isVector) {
  if (unit === null) return null;
  if (isVector) return [unit];
  return cell && [unit, ...cell];
}

export function selectionAt(layer, [unit, ...cell]) {
  return { layer: String(layer), unit, cell: cell.length ? cell : null };
}

// What an address selects in a network whose rows have these shapes; what does not exist there is left out.
export function selectionIn(parameters, shapes) {
  const layer = parameters.get("row") ?? "";
  const shape = LAYER.test(layer) ? shapes[Number.parseInt(layer, 10)] : undefined;
  if (!shape) return NOTHING;
  const isInside = layer.includes("."); // of a layer in a block the shape is not known here
  const [unit] = wholes(parameters.get("unit"), isInside ? [Number.POSITIVE_INFINITY] : shape.slice(0, 1)) ?? [null];
  const sides = isInside ? [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] : shape.slice(1);
  const cell = unit === null || !sides.length ? null : wholes(parameters.get("cell"), sides);
  return { layer, unit, cell };
}

// The numbers of "12-7", each below its limit; null if they are something else.
function wholes(text, limits) {
  const numbers = (text ?? "").split("-");
  const fit = (number, index) => /^\d{1,6}$/.test(number) && Number(number) < limits[index];
  return numbers.length === limits.length && numbers.every(fit) ? numbers.map(Number) : null;
}

// Whether all rows are shown, for "all", "near" or nothing in an address.
export function showsAll(wanted, count) {
  return wanted ? wanted === "all" : count <= FEW_ROWS;
}

// The first and the last of the rows that are shown: of many, the selected one (the first one if none is) and those
// before and after it.
export function shownRows(count, all, row) {
  if (all || count <= 3) return [0, count - 1];
  const middle = Math.min(Math.max(row ?? 0, 1), count - 2);
  return [middle - 1, middle + 1];
}

// The rows whose blocks are open, "3-5" in an address.
export function openedIn(parameters, name) {
  return (parameters.get(name) ?? "")
    .split("-")
    .filter((row) => /^\d{1,3}$/.test(row))
    .map(Number);
}

// Writes it into the page's address, what is usual left out. badge: of the network that it is in, if there are two.
// opened: the rows whose blocks are open, of each network.
export function writeAddress({ layer, unit, cell }, { all, count, badge, opened }) {
  const values = {
    row: layer,
    unit,
    cell: cell && cell.join("-"),
    of: badge === "B" && layer !== null ? "b" : null,
    rows: all === showsAll(null, count) ? null : all ? "all" : "near",
    open: opened[0]?.join("-") || null,
    open_b: opened[1]?.join("-") || null,
  };
  const address = new URL(location.href);
  for (const [name, value] of Object.entries(values)) {
    if (value === null) address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  }
  if (address.href !== location.href) history.replaceState(history.state, "", address);
}
