// What stands between the page and its node, below the bar at the top.

import { post } from "./api.js";
import { button, fill, h, icon } from "./dom.js";
import { line } from "./safe.js";
import { texts } from "./texts.js";

export class Banner {
  constructor(app) {
    this.app = app;
    this.element = h("div", { class: "banner", role: "status", hidden: true });
    this.shown = "";
  }

  update() {
    const { phase, why } = this.app;
    const key = `${phase} ${why}`;
    if (this.shown === key) return;
    this.shown = key;
    this.element.dataset.phase = phase;
    this.element.hidden = phase === "open";
    fill(this.element, ...this.#content(phase, why));
  }

  #content(phase, why) {
    if (phase === "looking") return [h("span", { class: "spinner" }), h("p", {}, texts.reconnecting)];
    if (phase === "gone") {
      return [icon("warning"), h("p", {}, h("strong", {}, texts.goneTitle), ` ${texts.goneText} `, h("code", {}, texts.command))];
    }
    if (phase !== "stopped") return [];
    const again = button(texts.startAgain, async () => {
      again.disabled = true;
      again.textContent = texts.starting;
      await this.app.attempt(post("/api/restart", {}));
      this.app.link?.again();
      again.disabled = false;
      again.textContent = texts.startAgain;
    }, "primary");
    return [icon("warning"), h("p", {}, why ? texts.stoppedWhy(line(why)) : texts.stopped), again];
  }
}
