// The list of conversations, with who asks to join and who was turned away below it.

import { attribute, bdi, button, fill, h, iconButton, reconcile, say } from "./dom.js";
import { showPerson, confirmBlock } from "./person.js";
import { avatar } from "./rows.js";
import { line, nameOf } from "./safe.js";
import { texts } from "./texts.js";
import { clock, dayName, dayOf } from "./time.js";

/** Code units of the last text that are shown. */
const PEEK_MAX = 80;

export class People {
  constructor(app) {
    this.app = app;
    /** @type {string[]} keys of the conversations, as they are shown */
    this.keys = [];
    this.asking = h("ul", { class: "asking" });
    this.list = h("ul", { class: "chats", onkeydown: event => this.#move(event) });
    this.others = h("ul", { class: "turned-away" });
    this.othersTitle = h("summary", {}, texts.turnedAway);
    this.othersBox = h("details", { class: "others", hidden: true }, this.othersTitle, this.others);
    this.element = h("nav", { class: "people", "aria-label": texts.conversations }, this.list, this.asking, this.othersBox);
  }

  focus() {
    this.list.querySelector("[tabindex='0']")?.focus();
  }

  update() {
    const { state } = this.app;
    const people = [...state.people.values()];
    const asking = people.filter(it => it.trust === "asks");
    const away = people.filter(it => it.trust === "denied" || it.trust === "blocked");
    reconcile(this.asking, asking, it => `${it.tag} ${it.name}`, it => this.#question(it), () => {});
    this.asking.hidden = !asking.length;
    const hidden = new Set(away.map(it => it.tag));
    const chats = [...state.chats.values()].filter(it => it === this.app.chat
      || !(it.isGone || (it.tag !== undefined && (hidden.has(it.tag) || this.#isStranger(it)))));
    chats.sort((a, b) => this.#order(a, b));
    this.keys = chats.map(it => it.key);
    reconcile(this.list, chats, it => it.key, it => this.#entry(it), (element, it) => this.#updateEntry(element, it));
    this.othersBox.hidden = !away.length;
    reconcile(this.others, away, it => `${it.tag} ${it.name} ${it.trust}`, it => this.#turnedAway(it), () => {});
  }

  /** Whether it is with somebody of whom there is nothing but the question. */
  #isStranger(chat) {
    const known = this.app.state.people.get(chat.tag ?? "");
    return (!known || known.trust === "asks") && chat.entries.every(it => it.kind === "note");
  }

  /** Everyone first, then the latest, then who is here. */
  #order(a, b) {
    if ((a.tag === undefined) !== (b.tag === undefined)) return a.tag === undefined ? -1 : 1;
    if (a.tag === undefined) return 0;
    const here = it => (this.app.state.people.get(it.tag ?? "")?.here ? 1 : 0);
    return b.lastAt - a.lastAt || here(b) - here(a) || this.app.title(a).localeCompare(this.app.title(b));
  }

  #question(person) {
    const name = nameOf(person);
    const labelled = it => (it.setAttribute("aria-label", texts.of(name, it.textContent ?? "")), it);
    return h("li", { class: "question" },
      h("div", { class: "question-head" }, avatar(person.tag, name),
        h("div", {}, h("strong", {}, bdi(name)), h("span", {}, texts.trust.asks), h("code", { class: "tag", title: texts.tagHint }, person.tag))),
      h("div", { class: "actions" },
        labelled(button(texts.accept, async () => {
          await this.app.decide(person, "accept");
          this.app.select(person.tag);
        }, "small primary")),
        labelled(button(texts.decline, () => this.app.decide(person, "deny"), "small")),
        labelled(button(texts.block, () => confirmBlock(this.app, person), "small quiet"))));
  }

  #turnedAway(person) {
    return h("li", {}, avatar(person.tag, nameOf(person)),
      h("span", {}, bdi(nameOf(person)), h("small", {}, texts.trust[person.trust])),
      iconButton("info", texts.details(nameOf(person)), () => showPerson(this.app, person.tag)));
  }

  #entry(chat) {
    const parts = {
      avatar: h("span", { class: "avatar-place" }), name: h("bdi", { class: "chat-name" }), peek: h("span", { class: "peek", dir: "auto" }),
      time: h("time", {}), badge: h("span", { class: "badge" }), presence: h("span", { class: "presence" }),
      words: h("span", { class: "unseen" }),
    };
    const shown = h("button", { type: "button", class: "chat", onclick: () => this.app.select(chat.key) },
      parts.avatar, h("span", { class: "chat-text" }, h("span", { class: "chat-top" }, parts.name, parts.time),
        parts.words, h("span", { class: "chat-bottom" }, parts.peek, parts.badge)));
    const element = h("li", {}, shown);
    Object.assign(element, { parts, shown });
    return element;
  }

  #updateEntry({ parts, shown }, chat) {
    const person = this.app.state.people.get(chat.tag ?? "");
    const name = this.app.title(chat);
    const isCurrent = chat === this.app.chat;
    if (parts.name.textContent !== name || !parts.avatar.firstChild) {
      say(parts.name, name);
      fill(parts.avatar, avatar(chat.tag, name), parts.presence);
    }
    attribute(shown, "aria-current", isCurrent && "true");
    attribute(shown, "tabindex", isCurrent ? 0 : -1);
    parts.presence.className = `presence ${person?.here ? "here" : "away"}`;
    parts.presence.hidden = chat.tag === undefined;
    say(parts.words, chat.entries.length ? this.#words(chat, person) : "");
    say(parts.time, this.#when(chat));
    this.#peek(parts.peek, chat);
    parts.badge.hidden = !chat.unread;
    attribute(parts.badge, "aria-label", texts.unread(chat.unread));
    attribute(parts.badge, "role", "img");
    say(parts.badge, chat.unread > 99 ? "99+" : String(chat.unread || ""));
  }

  #words(chat, person) {
    if (chat.tag === undefined) return texts.all;
    return person?.trust === "asks" ? texts.trust.asks : person?.here ? texts.here : texts.away;
  }

  #when(chat) {
    if (!chat.lastAt) return "";
    const day = dayOf(chat.lastAt);
    return day === dayOf(Date.now() / 1000) ? clock(chat.lastAt) : dayName(day).split(",")[0];
  }

  /** The last text, or what is half typed. */
  #peek(element, chat) {
    const draft = chat === this.app.chat ? undefined : this.app.drafts.get(chat.key)?.text;
    element.classList.toggle("is-draft", Boolean(draft));
    if (draft) return say(element, `${texts.draft} ${line(draft.slice(0, PEEK_MAX))}`);
    const last = chat.entries.findLast(it => it.kind !== "note");
    if (!last) return say(element, this.#words(chat, this.app.state.people.get(chat.tag ?? "")));
    const text = last.files ? last.files[0].name : last.text.slice(0, PEEK_MAX);
    const from = last.kind === "ours" || last.files?.[0].ours ? texts.you
      : chat.tag === undefined ? nameOf(last.from ?? { tag: "" }) : "";
    say(element, (from ? `${from}: ` : "") + line(text.replace(/\s+/g, " ")));
  }

  #move(event) {
    const to = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity }[event.key];
    if (to === undefined || event.altKey) return;
    const all = [...this.list.querySelectorAll("button")];
    const at = all.indexOf(document.activeElement);
    all[Math.max(0, Math.min(all.length - 1, at + to))]?.focus();
    event.preventDefault();
  }
}

