// What the parts of the card that ask the lab about the selected unit have in common.

import { part } from "../../shared/part.js";

export const STAYS = 500; // ms: a unit, picture or epoch that is shown for longer is not one of a film, or passed by

// What the lab is asked about the selected unit.
export function questionOf({ layer, unit }, { of, tested }) {
  return { run: of.model, epoch: of.epoch, data: tested.data ?? "", layer, unit };
}

// A part that is no step of a presentation: the card has its place.
export function cardPart(...words) {
  const section = part(...words);
  section.removeAttribute("data-step");
  return section;
}
