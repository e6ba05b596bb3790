// The bar at the top: who the user is, where, and what can be set.

import { h, icon, iconButton, say } from "./dom.js";
import { showInvitation } from "./invite.js";
import { line } from "./safe.js";
import { showSettings } from "./settings.js";
import { texts } from "./texts.js";
import { isDark, setTheme } from "./themes.js";

export class Header {
  constructor(app) {
    this.app = app;
    this.name = h("bdi", {});
    this.circles = h("bdi", {});
    this.theme = h("span", { class: "theme-button" });
    this.element = h("header", { class: "top" },
      h("p", { class: "me" }, this.name),
      h("p", { class: "where" }, icon("lock"), this.circles, h("span", {}, ` · ${texts.encrypted}`)),
      h("div", { class: "top-actions" },
        iconButton("invite", texts.invite, () => showInvitation(app)),
        this.theme,
        iconButton("gear", texts.settings, () => showSettings(app))));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => app.changed());
  }

  update() {
    const { me } = this.app.state;
    say(this.name, me ? line(me.name) : "");
    say(this.circles, me ? me.circles.map(line).join(", ") : "");
    const dark = isDark();
    if (this.dark === dark) return;
    this.dark = dark;
    const focused = this.theme.contains(document.activeElement);
    const toggle = iconButton(dark ? "sun" : "moon", dark ? texts.toLight : texts.toDark, () => {
      setTheme(dark ? "light" : "dark");
      this.app.changed();
    });
    this.theme.replaceChildren(toggle);
    if (focused) toggle.focus();
  }
}

