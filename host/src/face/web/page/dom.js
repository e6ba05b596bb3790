// Elements without markup: what is shown gets into the document as text nodes and attributes alone.

import { texts } from "./texts.js";

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | number | false | null | undefined} Child */

/**
 * An element. Attributes that are false or absent are left out; members `on…` are listeners.
 * @returns {any}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else attribute(element, name, value);
  }
  fill(element, ...children);
  return element;
}

/** Replaces what is in an element. */
export function fill(element, ...children) {
  const shown = children.flat().filter(it => it || it === 0);
  element.replaceChildren(...shown.map(it => (it instanceof Node ? it : String(it))));
}

/** Sets a text only if it is another one, so that a screen reader is not told the same again.
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function attribute(element, name, value) {
  const text = value === false || value == null ? null : value === true ? "" : String(value);
  if (text === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Shapes of the icons, on 24 by 24. */
const ICONS = {
  send: "M4 12 20 4l-4 16-5-6zM11 14l9-10",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  back: "M15 5l-7 7 7 7",
  down: "M12 5v13M6 12l6 6 6-6",
  gear: "M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4",
  moon: "M19 14.5A8 8 0 0 1 9.5 5a7.5 7.5 0 1 0 9.5 9.5z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M19 5l-1.4 1.4M6.4 17.6 5 19",
  invite: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 20c0-4 3-6 7-6s7 2 7 6M19 8v6M16 11h6",
  people: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 20c0-4 3-6 7-6s7 2 7 6M16 3.5a4 4 0 0 1 0 7M18 14.5c2.5.6 4 2.5 4 5.5",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  shield: "M12 3l7 3v6c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6zM9 12l2 2 4-4",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  folder: "M3 6h6l2 2h10v11H3z",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 7.5v.5",
  warning: "M12 4 2.5 20h19zM12 10v4M12 17v.5",
  waits: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4l3 2",
  sent: "M5 12.5l4.5 4.5L19 7.5",
  received: "M2 12.5l4.5 4.5L16 7.5M11.5 16l1 1L22 7.5",
  failed: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v5M12 16v.5",
  lost: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM10 10a2 2 0 1 1 2.5 2c-.5.3-.5.7-.5 1.5M12 16v.5",
};

/** A drawing of so many units by as many. */
function drawing(side, d, attributes) {
  const [svg, path] = ["svg", "path"].map(tag => document.createElementNS(SVG, tag));
  for (const [key, value] of Object.entries({ viewBox: `0 0 ${side} ${side}`, ...attributes })) svg.setAttribute(key, value);
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}

/** A picture that says nothing by itself. */
export const icon = name => drawing(24, ICONS[name], { class: "icon", "aria-hidden": "true" });

/** A QR code, from rows of modules of which 1 is dark. */
export function qrCode(rows, label) {
  // Four modules of margin, which readers need (ISO/IEC 18004).
  const dark = rows.flatMap((row, y) => [...row].flatMap((module, x) => (module === "1" ? `M${x + 4} ${y + 4}h1v1h-1z` : [])));
  return drawing(rows.length + 8, dark.join(""), { class: "qr", role: "img", "aria-label": label });
}

/** A button that is only an icon. */
export const iconButton = (name, label, onclick) =>
  h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick }, icon(name));

export const button = (label, onclick, kind = "") => h("button", { type: "button", class: `button ${kind}`, onclick }, label);

/** A name, kept apart from the direction of what is around it. */
export const bdi = name => h("bdi", {}, name);

/**
 * Brings the children of an element in line with items: those of known keys stay, and with them the focus.
 */
export function reconcile(parent, items, keyOf, create, update) {
  const known = new Map([...parent.children].map(it => [it.getAttribute("data-key"), it]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let element = known.get(key);
    known.delete(key);
    if (!element) {
      element = create(item);
      element.setAttribute("data-key", key);
    }
    update(element, item);
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  known.forEach(it => it.remove());
}

let dialogs = 0;

/**
 * Shows a dialog, until it is closed: by Esc, by its cross, beside it, or by whoever has opened it.
 * @returns {HTMLDialogElement}
 */
export function dialog(title, options, ...children) {
  const id = `dialog-${++dialogs}`;
  const shown = h("dialog", { class: `dialog ${options.class ?? ""}`, "aria-labelledby": id },
    h("div", { class: "dialog-head" }, h("h2", { id }, title), iconButton("close", texts.close, () => shown.close())),
    h("div", { class: "dialog-body" }, ...children));
  shown.addEventListener("click", event => event.target === shown && shown.close());
  shown.addEventListener("close", () => {
    shown.remove();
    options.onclose?.();
  });
  document.body.append(shown);
  shown.showModal();
  return shown;
}

/** A text to be copied, with a button that does it. */
export function copyable(text, kind = "") {
  const copy = button(texts.copy, async () => {
    await navigator.clipboard.writeText(text);
    say(copy, texts.copied);
  });
  copy.addEventListener("blur", () => say(copy, texts.copy));
  return h("div", { class: `copyable ${kind}` }, h("code", {}, text), copy);
}

export function onFrame(work) {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      work();
    });
  };
}
