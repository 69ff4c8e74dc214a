// A photo of a digit: chosen, dropped or pasted. The lab finds its ink (cnnlab/ui/draw/photo_route.py); each step on the
// way is shown, and the ink takes its place on the sheet as one more stroke.

class Photos {
  constructor(pad, root) {
    this.pad = pad;
    this.file = root.querySelector(".file");
    this.paper = root.querySelector(".paper");
    this.panel = root.querySelector(".photo");
    this.list = root.querySelector(".photo-steps");
    this.trouble = root.querySelector(".photo-trouble");
    this.file.onchange = () => this.take(this.file.files);
    this.panel.querySelector("button").onclick = () => this.close();
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
    this.panel.hidden = true;
    this.steps = null;
  }

  // Something else comes onto the sheet: neither the last photo's steps nor what was wrong with it matter any more,
  // and one that is being read comes too late.
  forget() {
    this.asking?.abort();
    this.asking = null;
    this.close();
    this.say("");
  }

  async take([file]) {
    if (!file) return;
    this.forget();
    const { bytes, words } = this.pad.data.picture;
    if (file.size > bytes) return this.refuse(_("The file is too large. Allowed: {words}.", { words }));
    this.say(_("Reading the photo…"));
    this.asking = new AbortController();
    const { signal } = this.asking;
    const answer = await ask("photo", file, { signal }).catch((error) => {
      if (!signal.aborted) this.refuse(error.message);
    });
    if (!answer || signal.aborted) return;
    this.asking = null;
    this.pad.command("clear");
    this.pad.put({ tool: "photo", ink: toBase64(answer.ink) });
    this.show(answer.steps);
  }

  refuse(words) {
    this.say(words, "alert");
  }

  say(words, role = "status") {
    this.trouble.setAttribute("role", role);
    this.trouble.hidden = !words;
    setWords(this.trouble, words);
  }

  show(steps) {
    this.steps = steps;
    this.panel.hidden = false;
    this.list.replaceChildren(...steps.map(({ name }, index) => {
      const about = _("Step {number}: {name}", { number: index + 1, name });
      return make("li", {}, make("canvas", { role: "img", "aria-label": about }), `${index + 1}. ${name}`);
    }));
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

// A gray or colored picture as it is: 0 black .. 255 white.
function paintLight(canvas, picture) {
  const [height, width, channels = 1] = picture.shape;
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let place = 0; place < height * width; place++) {
    for (let part = 0; part < 3; part++) image.data[4 * place + part] = picture[place * channels + (part % channels)];
    image.data[4 * place + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

// The lab answers in the language of the page.
const ASKED = { "Content-Type": "application/octet-stream", "Accept-Language": LANGUAGE };

// One of the lab's own routes; fails with the lab's words.
async function ask(route, body, { query = "", signal } = {}) {
  const response = await fetch(new URL(`api/${route}${query && `?${query}`}`, document.baseURI), {
    method: "POST",
    body: body instanceof Blob ? body : JSON.stringify(body),
    headers: ASKED,
    signal,
  }).catch((error) => {
    throw error.name === "AbortError" ? error : new Error(_("The lab does not answer. Is it still running?"));
  });
  if (response.ok) return unpack(await response.arrayBuffer());
  const said = await response.json().catch(() => ({}));
  const words = said.error ?? _("The lab answered with {status}.", { status: response.status });
  throw Object.assign(new Error(words), { status: response.status }, said);
}
