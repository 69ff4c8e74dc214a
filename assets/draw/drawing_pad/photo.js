// A photo of a digit, chosen, dropped or pasted. The lab extracts its ink (cnnlab/ui/draw/photo_route.py); each step is
// shown, and the ink is added to the sheet as a stroke.

import { ask } from "../../shared/api.js";
import { paintInk, paintLight } from "../../shared/canvas.js";
import { make, setText } from "../../shared/dom.js";
import { _ } from "../../shared/words.js";
import { Crop } from "./crop.js";
import { toBase64 } from "./raster.js";

export class Photos {
  // put(ink): adds ink to the sheet, in base64. announce(text): for screen readers.
  constructor(root, { put, announce }) {
    this.put = put;
    this.crop = new Crop(root, { read: (part) => this.read(part), announce });
    this.toCrop = root.querySelector(".to-crop");
    this.toCrop.onclick = () => this.crop.focus();
    this.file = root.querySelector(".file");
    this.paper = root.querySelector(".paper");
    this.panel = root.querySelector(".photo");
    this.list = root.querySelector(".photo-steps");
    this.trouble = root.querySelector(".photo-trouble");
    this.file.onchange = () => this.take(this.file.files);
    this.panel.querySelector(".close").onclick = () => this.close();
    this.paper.ondragover = (event) => this.over(event, true);
    this.paper.ondragleave = (event) => this.over(event, false);
    this.paper.ondrop = (event) => {
      this.over(event, false);
      this.take(event.dataTransfer.files);
    };
    this.paste = (event) => {
      const files = event.clipboardData?.files ?? [];
      if (!files.length) return;
      event.preventDefault();
      this.take(files);
    };
    document.addEventListener("paste", this.paste);
  }

  layout({ picture }) {
    this.allowed = picture;
  }

  remove() {
    this.forget();
    document.removeEventListener("paste", this.paste);
  }

  over(event, inside) {
    event.preventDefault();
    this.paper.classList.toggle("target", inside);
  }

  choose() {
    this.file.value = ""; // the same file may be chosen twice
    this.file.click();
  }

  close() {
    this.panel.hidden = this.toCrop.hidden = true;
    this.crop.hide();
    this.list.replaceChildren();
    this.steps = null;
  }

  // The sheet's content is replaced: hides the last photo's steps and error, and cancels one being read.
  forget() {
    this.asking?.abort();
    this.asking = null;
    this.close();
    this.showMessage("");
  }

  async take([file]) {
    if (!file) return;
    this.forget();
    const { bytes, words } = this.allowed;
    if (file.size > bytes) return this.refuse(_("The file is too large. Allowed: {words}.", { words }));
    this.loaded = this.crop.load(file);
    await this.read(file);
  }

  // Reads the photo, or a part of it; both can be cropped.
  async read(picture) {
    this.asking?.abort();
    this.showMessage(_("Reading the photo…"));
    this.asking = new AbortController();
    const { signal } = this.asking;
    const answer = await ask("photo", picture, { signal }).catch((error) => {
      if (!signal.aborted) this.refuse(error.message);
    });
    await this.loaded;
    if (!answer || signal.aborted) return;
    this.asking = null;
    if (answer.refused) {
      this.close();
      this.refuse(answer.refused);
    } else {
      this.put(toBase64(answer.ink));
      this.show(answer.steps);
    }
    if (!this.crop.offer()) return;
    this.panel.hidden = false;
    this.toCrop.hidden = !answer.refused;
  }

  refuse(message) {
    this.showMessage(message, "alert");
  }

  showMessage(message, role = "status") {
    this.trouble.setAttribute("role", role);
    this.trouble.hidden = !message;
    setText(this.trouble, message);
  }

  show(steps) {
    this.steps = steps;
    this.panel.hidden = false;
    this.list.replaceChildren(
      ...steps.map(({ name }, index) => {
        const about = _("Step {number}: {name}", { number: index + 1, name });
        return make("li", {}, make("canvas", { role: "img", "aria-label": about }), `${index + 1}. ${name}`);
      }),
    );
    this.paint();
  }

  paint() {
    this.steps?.forEach(({ picture, is_ink }, index) => {
      const canvas = this.list.children[index].firstChild;
      if (is_ink) paintInk(canvas, picture, this.colors);
      else paintLight(canvas, picture);
    });
  }

  recolor(colors) {
    this.colors = colors;
    this.paint();
  }
}
