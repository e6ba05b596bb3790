// What is half typed, the files that are to go with it, and those that are on their way to the server.

import { bdi, fill, h, icon, iconButton, say } from "./dom.js";
import { line } from "./safe.js";
import { texts } from "./texts.js";
import { size, stamp } from "./time.js";
import { Uploads, watchDrops } from "./uploads.js";

/** Bytes of a text (docs/CONTROL.md). */
const TEXT_MAX = 16_384;
/** Types of pictures that are shown before they are sent. */
const PICTURE = /^image\/(png|jpeg|gif|webp)$/;

const encoder = new TextEncoder();

export class Compose {
  constructor(app) {
    this.app = app;
    this.text = h("textarea", { id: "write", rows: 1, dir: "auto", autocomplete: "off", placeholder: texts.placeholder,
      oninput: () => this.#typed(), onkeydown: event => this.#key(event),
      onpaste: event => this.#paste(event) });
    this.picker = h("input", { type: "file", multiple: true, hidden: true, onchange: () => {
      this.add([...this.picker.files]);
      this.picker.value = "";
    } });
    this.attach = iconButton("plus", texts.attach, () => this.picker.click());
    this.send = h("button", { type: "submit", class: "send", "aria-label": texts.send, title: texts.send }, icon("send"));
    this.tray = h("ul", { class: "tray", hidden: true });
    this.problem = h("p", { class: "problem", role: "status", id: "write-problem" });
    this.uploads = new Uploads(app);
    this.form = h("form", { class: "write", onsubmit: event => {
      event.preventDefault();
      this.#send();
    } }, this.attach, this.picker, this.text, this.send);
    this.element = h("div", { class: "compose" }, this.uploads.element, this.tray, this.problem, this.form);
    watchDrops(app, files => this.add(files));
  }

  focus() {
    if (!this.text.disabled) this.text.focus({ preventScroll: true });
    else this.app.conversation?.box.focus();
  }

  get draft() {
    const { key } = this.app.chat;
    let draft = this.app.drafts.get(key);
    if (!draft) this.app.drafts.set(key, (draft = { text: "", files: [] }));
    return draft;
  }

  update() {
    const { chat } = this.app;
    const trust = this.app.state.people.get(chat.tag ?? "")?.trust ?? "";
    const obstacle = chat.isGone ? texts.forgotten(this.app.title(chat)) : texts.cannotWrite[trust];
    const cannot = Boolean(obstacle);
    for (const it of [this.text, this.attach, this.send]) it.disabled = cannot;
    this.text.placeholder = obstacle ?? texts.placeholder;
    const label = texts.writeTo(this.app.title(chat));
    if (this.label !== label) this.text.setAttribute("aria-label", (this.label = label));
    if (this.shownKey !== chat.key) {
      this.shownKey = chat.key;
      this.text.value = this.draft.text;
      this.#grow();
      this.#showTray();
      this.#check();
    }
    this.uploads.update();
  }

  /** Files are to be sent. */
  add(files) {
    if (this.text.disabled) return;
    this.draft.files.push(...files);
    this.#showTray();
    this.#check();
    this.focus();
  }

  #typed() {
    this.draft.text = this.text.value;
    this.#grow();
    this.#check();
  }

  /** The box is as high as its text, within what its style allows. */
  #grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
  }

  /** @returns {boolean} whether it can be sent */
  #check() {
    const { text, files } = this.draft;
    const over = text.length * 3 > TEXT_MAX ? encoder.encode(text).length - TEXT_MAX : 0;
    say(this.problem, over > 0 ? texts.tooLong(over) : "");
    if (over > 0) this.text.setAttribute("aria-describedby", "write-problem");
    else this.text.removeAttribute("aria-describedby");
    const can = over <= 0 && (text.trim() !== "" || files.length > 0);
    this.send.classList.toggle("is-ready", can);
    return can;
  }

  #key(event) {
    // Enter ends the choice of an input method first.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#send();
  }

  #paste(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    // What is copied from a picture has a name that says nothing.
    this.add(files.map(file => {
      const ending = PICTURE.exec(file.type)?.[1].replace("jpeg", "jpg");
      return ending && /^image\.\w+$/.test(file.name) ? new File([file], texts.pastedName(stamp(), ending), { type: file.type }) : file;
    }));
  }

  async #send() {
    if (!this.#check() || this.text.disabled) return;
    const { app: { chat }, draft } = this;
    const { text, files } = draft;
    this.app.drafts.set(chat.key, { text: "", files: [] });
    this.text.value = "";
    this.#grow();
    this.#showTray();
    this.#check();
    chat.first = 0;
    this.app.conversation?.toEnd();
    this.uploads.send(chat, files);
    if (text.trim() === "" || (await this.app.say(chat, text))) return;
    // It is not lost, and what was typed since comes behind it.
    const since = this.app.drafts.get(chat.key);
    this.app.drafts.set(chat.key, { text: text + (since?.text ?? ""), files: since?.files ?? [] });
    this.shownKey = undefined;
    this.app.changed();
  }

  #showTray() {
    const { files } = this.draft;
    this.tray.hidden = !files.length;
    const chips = files.map((file, index) => {
      const remove = iconButton("close", texts.of(line(file.name), texts.cancel), () => {
        files.splice(index, 1);
        this.#showTray();
        this.#check();
        this.focus();
      });
      return h("li", { class: "chip" }, thumbnail(file), h("span", { class: "chip-text" }, bdi(line(file.name)), h("small", {}, size(file.size))), remove);
    });
    fill(this.tray, ...chips);
  }
}

function thumbnail(file) {
  if (!PICTURE.test(file.type)) return icon("file");
  const address = URL.createObjectURL(file);
  const image = h("img", { src: address, alt: "" });
  for (const event of ["load", "error"]) image.addEventListener(event, () => URL.revokeObjectURL(address));
  return image;
}

