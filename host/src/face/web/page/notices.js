// What is said besides: to a screen reader, to a user who looks elsewhere, and for a moment at the edge.

import { h, say } from "./dom.js";
import { line } from "./safe.js";
import { texts } from "./texts.js";

/** Milliseconds that a toast stays. */
const STAY = 6000;
const TOASTS_MAX = 3;
/** Code units of a text that a screen reader or a notification is told. */
const SAID_MAX = 300;

const short = text => line(text.length > SAID_MAX ? `${text.slice(0, SAID_MAX)}…` : text).replaceAll("\uFFFD", " ");

export class Notices {
  constructor(app) {
    this.app = app;
    this.spoken = h("div", { class: "unseen", role: "log", "aria-live": "polite" });
    this.toasts = h("div", { class: "toasts" });
    this.element = h("div", { class: "notices" }, this.spoken, this.toasts);
  }

  update() {
    const { state } = this.app;
    const unread = [...state.chats.values()].reduce((sum, it) => sum + it.unread, 0);
    const title = texts.title(unread, state.me ? line(state.me.name) : "");
    if (document.title !== title) document.title = title;
  }

  /** Something has happened just now. */
  happened(effect, news, isNotified) {
    if (effect.toast) this.toast(effect.toast);
    if (!effect.title) return;
    this.speak(texts.announce(effect.title, effect.body ?? ""));
    if (isNotified) this.#notify(effect, news);
  }

  speak(text) {
    this.spoken.append(h("p", {}, short(text)));
    while (this.spoken.children.length > TOASTS_MAX) this.spoken.firstElementChild?.remove();
  }

  #notify(effect, news) {
    if (!wantsNotifications()) return;
    const shown = new Notification(short(effect.title ?? ""), {
      body: short(effect.body ?? ""), icon: "/icon.svg", tag: `${this.app.state.run}-${news.n}`,
    });
    shown.onclick = () => {
      window.focus();
      shown.close();
      if (effect.chat) this.app.select(effect.chat.key);
    };
  }

  /** Says something for a moment. */
  toast(text, isError = false) {
    const shown = h("div", { class: `toast ${isError ? "error" : ""}`, role: isError ? "alert" : "status" });
    shown.addEventListener("click", () => shown.remove());
    this.toasts.append(shown);
    // Only what comes into an element that is there is read out.
    say(shown, line(text));
    while (this.toasts.children.length > TOASTS_MAX) this.toasts.firstElementChild?.remove();
    setTimeout(() => shown.remove(), STAY);
  }
}

const COOKIE = "p2pm-notify=no";

export const wantsNotifications = () =>
  "Notification" in window && Notification.permission === "granted" && !document.cookie.includes(COOKIE);

/** @returns {Promise<boolean>} whether it is so now */
export async function wantNotifications(wanted) {
  document.cookie = `${COOKIE}; Path=/; SameSite=Strict; Max-Age=${wanted ? 0 : 31536000}`;
  if (wanted && "Notification" in window && Notification.permission === "default") await Notification.requestPermission();
  return wantsNotifications();
}
