// Files on their way from the browser to the server, one after the other, and files that are dropped.

import { Failure, upload } from "./api.js";
import { attribute, bdi, h, icon, iconButton, reconcile, say } from "./dom.js";
import { showGroup } from "./news.js";
import { remember } from "./picture.js";
import { line, nameOf } from "./safe.js";
import { saveGroup } from "./store.js";
import { texts } from "./texts.js";
import { percent } from "./time.js";

export class Uploads {
  constructor(app) {
    this.app = app;
    /** @type {Upload[]} the first one is on its way */
    this.queue = [];
    this.ids = 0;
    this.isBusy = false;
    this.element = h("ul", { class: "uploads", hidden: true });
  }

  send(chat, files) {
    for (const file of files) {
      const it = { id: ++this.ids, chat, file, share: 0, isOver: false, stop: () => this.#drop(it) };
      this.queue.push(it);
    }
    this.update();
    this.#work();
  }

  #drop(it) {
    it.isOver = true;
    this.queue = this.queue.filter(other => other !== it);
    this.update();
  }

  async #work() {
    if (this.isBusy) return;
    this.isBusy = true;
    for (let it; (it = this.queue[0]); this.#drop(it)) await this.#one(it);
    this.isBusy = false;
  }

  async #one(it) {
    const { chat, file } = it;
    const to = new URLSearchParams(chat.tag === undefined ? (chat.circle === undefined ? {} : { circle: chat.circle }) : { to: chat.tag });
    to.set("name", file.name);
    const { done, stop } = upload(to, file, share => {
      it.share = share;
      this.update();
    });
    it.stop = stop;
    try {
      this.#offered(it, await done);
    } catch (error) {
      if (error instanceof Failure && error.kind === "stopped") return;
      this.app.failed(new Failure(error instanceof Failure ? error.kind : "", texts.notOffered(file.name, error instanceof Error ? error.message : "")));
    }
  }

  #offered({ chat, file }, answer) {
    const files = answer.files.map(it => it.file);
    remember(this.app.state.run, files, file);
    if (answer.not_to?.length) this.app.notices?.toast(texts.leftOut(answer.not_to.map(nameOf)));
    if (chat.tag === undefined) {
      const group = { circle: chat.circle, files };
      saveGroup(this.app.state.run, group);
      showGroup(this.app.state, group, Date.now() / 1000);
    }
    this.app.changed();
  }

  update() {
    const shown = this.queue.filter(it => it.chat === this.app.chat);
    this.element.hidden = !shown.length;
    reconcile(this.element, shown, it => String(it.id), it => this.#row(it), (element, it) => {
      const share = percent(it.share, 1);
      say(element.querySelector(".state"), texts.preparing(share));
      attribute(element.querySelector("progress"), "value", share);
    });
  }

  #row(it) {
    const name = line(it.file.name);
    return h("li", { class: "upload" }, icon("file"), h("strong", {}, bdi(name)),
      h("progress", { max: 100, "aria-label": texts.progressOf(name) }), h("span", { class: "state" }),
      iconButton("close", texts.of(name, texts.cancel), () => it.stop()));
  }
}

export function watchDrops(app, ondrop) {
  const words = h("p", {});
  const zone = h("div", { class: "drop-zone", hidden: true }, icon("down"), words);
  const hasFiles = event => event.dataTransfer?.types.includes("Files") ?? false;
  const hide = () => (zone.hidden = true);
  addEventListener("dragover", event => {
    // Else the browser would leave the page, and show the file.
    event.preventDefault();
    if (!hasFiles(event)) return;
    if (!zone.isConnected) app.frame.querySelector("main")?.append(zone);
    zone.hidden = false;
    say(words, texts.dropHere(app.title(app.chat)));
  });
  addEventListener("dragleave", event => event.relatedTarget === null && hide());
  addEventListener("drop", event => {
    event.preventDefault();
    hide();
    const items = [...(event.dataTransfer?.items ?? [])];
    if (items.some(it => it.webkitGetAsEntry?.()?.isDirectory)) return app.notices?.toast(texts.noFolders, true);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length) ondrop(files);
  });
}
