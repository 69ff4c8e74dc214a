// The picture of the whole network below the totals, drawn by Python while it is open; saved as SVG or PNG.

import { ask } from "../../shared/api.js";
import { download, make } from "../../shared/dom.js";
import { Later } from "./later.js";

const SHARPNESS = 2; // pixels of a saved PNG per pixel on the screen

export class NetworkView {
  constructor(details, request) {
    this.details = details;
    this.request = request; // returns the part of a request that names the editor
    this.container = details.querySelector(".network-picture");
    this.later = new Later(250, () => this.draw());
    details.ontoggle = () => this.refresh();
    details.querySelector("[data-save=svg]").onclick = () => this.save("svg");
    details.querySelector("[data-save=png]").onclick = () => this.save("png");
  }

  refresh() {
    if (this.details.open) this.later.soon();
  }

  async draw() {
    const width = Math.floor(this.container.clientWidth);
    const { svg } = await ask("editor/picture", { ...this.request(), width, dark: this.dark });
    this.container.replaceChildren(parsed(svg));
  }

  // Always on white, for papers and slides.
  async save(kind) {
    const { svg, file } = await ask("editor/picture", { ...this.request(), width: 1600, dark: false });
    const drawing = new Blob([svg], { type: "image/svg+xml" });
    download(kind === "svg" ? drawing : await painted(drawing), `${file}.${kind}`);
  }
}

// Parses an SVG from Python.
export function parsed(svg) {
  const root = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  return document.importNode(root, true);
}

async function painted(drawing) {
  const address = URL.createObjectURL(drawing);
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = make("canvas", { width: image.width * SHARPNESS, height: image.height * SHARPNESS });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(address);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
