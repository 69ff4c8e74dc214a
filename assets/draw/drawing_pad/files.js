// The drawing as PNG files.

const SAVED = 280; // pixels of the drawing

// Black ink on white paper.
function saveDrawing(strokes) {
  const raster = new Raster(document.createElement("canvas"));
  raster.resize(SAVED);
  raster.keep(strokes);
  const canvas = raster.show(null);
  raster.context.globalCompositeOperation = "destination-over";
  raster.context.fillStyle = "white";
  raster.context.fillRect(0, 0, SAVED, SAVED);
  download(canvas, "drawing.png");
}

// As numbers the network gets: 0, black, is paper.
function saveInput(picture) {
  const canvas = document.createElement("canvas");
  paintLight(canvas, picture);
  download(canvas, "what-the-network-saw.png");
}

function download(canvas, name) {
  canvas.toBlob((blob) => {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, "image/png");
}
