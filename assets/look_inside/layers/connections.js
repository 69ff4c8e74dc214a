// How strongly each layer of a network is connected to the one before: asked for once for a network and an epoch, as
// soon as that has been on the screen for a moment.

import { ask } from "../../shared/api.js";

const MOMENT = 300; // ms; a film of the epochs asks for none

export class Connections {
  // known(): they have come.
  constructor(known) {
    this.known = known;
  }

  load({ model, epoch }) {
    const name = `${model}:${epoch}`;
    if (name === this.name) return;
    Object.assign(this, { name, layers: {} });
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.ask(name, new URLSearchParams({ model, epoch })), MOMENT);
  }

  // Without an answer nothing is said of them.
  async ask(name, query) {
    const layers = await ask("connections", new Blob([]), { query }).catch(() => ({}));
    if (name !== this.name) return;
    this.layers = layers;
    this.known();
  }

  // Of one map, or number: { strengths, signed }; null if they are not known, or there are none.
  of(layer, unit) {
    const found = this.layers?.[layer];
    const [outputs, inputs] = found?.strengths.shape ?? [0];
    if (unit >= outputs) return null;
    return { strengths: found.strengths.subarray(unit * inputs, (unit + 1) * inputs), signed: found.signed };
  }

  remove() {
    clearTimeout(this.waiting);
    this.name = undefined;
  }
}

// The inputs of the strongest connections, the strongest first.
export function strongestInputs(strengths, count) {
  const order = [...strengths.keys()].filter((input) => strengths[input] !== 0);
  order.sort((one, other) => Math.abs(strengths[other]) - Math.abs(strengths[one]));
  return order.slice(0, count);
}
