// Pictures: small in a conversation, large in a dialog.

import { dialog, h } from "./dom.js";
import { line } from "./safe.js";
import { texts } from "./texts.js";

/** Names of what browsers draw, and the server says to be a picture. */
const ENDING = /\.(png|jpe?g|gif|webp)$/i;
/** Bytes above which a picture is not drawn by itself. */
const SIZE_MAX = 64 << 20;
/** Pictures of ours whose files this tab still knows. */
const OWN_MAX = 64;

/** @type {Map<string, string>} addresses within this tab, by run and number of the file */
const own = new Map();

export const isPicture = file => !file.folder && ENDING.test(file.name) && file.size <= SIZE_MAX;

/** The user has offered this here. */
export function remember(run, files, content) {
  if (!ENDING.test(content.name) || content.size > SIZE_MAX) return;
  if (!files.length) return;
  const address = URL.createObjectURL(content);
  files.forEach(file => own.set(`${run}/${file}`, address));
  while (own.size > OWN_MAX) {
    const [[key, oldest]] = own;
    own.delete(key);
    if (![...own.values()].includes(oldest)) URL.revokeObjectURL(oldest);
  }
}

/** What is seen of a picture: the picture, the few pixels that came with its offer, or nothing. */
export function pictureOf(app, file) {
  const local = own.get(`${file.run}/${file.file}`);
  const isStored = file.state === "stored" && file.run === app.state.run && !file.ours;
  const source = local ?? (isStored ? `/api/picture/${file.file}` : null);
  const few = file.preview && fewPixels(file.preview);
  if (!source) return few && h("div", { class: "thumbnail" }, few);
  const name = line(file.name);
  const image = h("img", { src: source, alt: "", decoding: "async" });
  const open = h("button", { type: "button", class: "thumbnail", "aria-label": texts.openPicture(name),
    onclick: () => view(source, name) }, few, image);
  // It is none, or too large to be drawn.
  image.addEventListener("error", () => open.remove());
  image.addEventListener("load", () => open.classList.add("is-drawn"));
  return open;
}

function view(source, name) {
  const image = h("img", { src: source, alt: name });
  dialog(name, { class: "picture" }, image);
}

/** Red, green, blue and opacity of each pixel of a preview (docs/CONTROL.md); null if it is none. */
export function pixelsOf({ width, height, rgb }) {
  const isWhole = width > 0 && height > 0 && typeof rgb === "string" && rgb.length === width * height * 6 && /^[0-9a-f]+$/i.test(rgb);
  return isWhole ? Uint8ClampedArray.from(rgb.match(/.{6}/g).flatMap(it => [0, 2, 4].map(at => parseInt(it.slice(at, at + 2), 16)).concat(255))) : null;
}

function fewPixels(preview) {
  const pixels = pixelsOf(preview);
  if (!pixels) return null;
  const { width, height } = preview;
  const canvas = h("canvas", { width, height, "aria-hidden": "true" });
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}
