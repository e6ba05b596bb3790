// The conversation that is shown: whom it is with, what was said, and what to do where nothing was said yet.

import { ask } from "./api.js";
import { bdi, button, copyable, fill, h, icon, iconButton, say } from "./dom.js";
import { showDoctor } from "./doctor.js";
import { showInvitation } from "./invite.js";
import { showPerson } from "./person.js";
import { avatar, painter } from "./rows.js";
import { line } from "./safe.js";
import { Scroller } from "./scroller.js";
import { texts } from "./texts.js";

export class Conversation {
  constructor(app) {
    this.app = app;
    this.head = h("div", { class: "chat-head" });
    this.list = h("ol", { class: "messages", role: "list" });
    this.empty = h("div", { class: "empty" });
    this.alone = h("section", { class: "alone", hidden: true, "aria-label": texts.nobody });
    this.box = h("div", { class: "scroll", tabindex: 0, role: "group" }, this.empty, this.list);
    this.below = h("button", { type: "button", class: "below", hidden: true, onclick: () => this.toEnd() });
    this.element = h("section", { class: "conversation" }, this.head, h("div", { class: "scroll-frame" }, this.box, this.below), this.alone);
    this.scroller = new Scroller(this.box, this.list, painter(app), () => this.#moved());
    /** Id of the last entry that was seen at the end. */
    this.seenId = 0;
  }

  /** Whether it is in sight. */
  get isSeen() {
    return this.box.clientHeight > 0;
  }

  toEnd() {
    this.scroller.toEnd();
    this.#moved();
  }

  update() {
    const { chat } = this.app;
    this.#updateHead(chat);
    this.#updateEmpty(chat);
    this.#updateAlone(chat);
    if (this.chat !== chat) {
      this.chat = chat;
      this.box.setAttribute("aria-label", texts.messages(this.app.title(chat)));
      this.scroller.show(chat.entries, chat.first);
    } else {
      this.scroller.update();
    }
    this.#moved();
  }

  #updateHead(chat) {
    const { state } = this.app;
    const person = chat.tag === undefined ? undefined : state.people.get(chat.tag);
    const name = this.app.title(chat);
    const key = JSON.stringify([chat.key, name, person?.here, person?.trust, this.#company()]);
    if (this.headKey === key) return;
    this.headKey = key;
    const focused = document.activeElement?.closest(".chat-head") && document.activeElement.getAttribute("aria-label");
    fill(this.head,
      iconButton("back", texts.back, () => this.app.back()),
      avatar(chat.tag, name),
      h("div", { class: "chat-title" }, h("h2", {}, bdi(name)), this.#presence(chat, person)),
      person && iconButton("info", texts.details(name), () => showPerson(this.app, person.tag)));
    this.head.firstElementChild.classList.add("only-narrow");
    if (focused) this.head.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
  }

  #company() {
    const known = [...this.app.state.people.values()].filter(it => it.trust === "accepted" || it.trust === "verified");
    return known.filter(it => it.here).map(it => it.name ?? it.tag);
  }

  #presence(chat, person) {
    if (chat.tag === undefined) {
      const here = this.#company();
      return h("p", { class: "status" }, here.length > 0 && h("span", { class: "presence here" }),
        here.length ? bdi(line(here.join(", "))) : texts.nobody);
    }
    const isOdd = person && Object.hasOwn(texts.cannotWrite, person.trust);
    return h("p", { class: "status" },
      h("span", { class: `presence ${person?.here ? "here" : "away"}` }),
      isOdd ? texts.trust[person.trust] : person?.here ? texts.here : texts.away,
      person?.trust === "verified" && h("span", { class: "compared" }, icon("shield"), texts.compared));
  }

  #updateEmpty(chat) {
    const { state } = this.app;
    const isThere = (...trust) => [...state.people.values()].some(it => trust.includes(it.trust));
    const isAlone = chat.tag === undefined && !isThere("accepted", "verified", "asks");
    const isAsked = !isThere("accepted", "verified");
    const name = this.app.title(chat);
    const kind = chat.entries.length ? "" : isAlone ? "alone" : `${chat.key} ${name} ${isAsked}`;
    if (this.emptyKind === kind) return;
    this.emptyKind = kind;
    this.empty.hidden = !kind;
    if (!kind) fill(this.empty);
    else if (isAlone) {
      fill(this.empty, h("span", { class: "empty-picture" }, icon("people")), h("h3", {}, texts.nobody), h("p", {}, texts.nobodyText),
        button(texts.showCode, () => showInvitation(this.app), "primary"));
    } else {
      const all = isAsked ? [texts.emptyAsked, texts.emptyAskedText] : [texts.emptyAll, texts.emptyAllText];
      const [title, text] = chat.tag === undefined ? all : [texts.emptyOne(name), texts.emptyOneText];
      fill(this.empty, h("span", { class: "empty-picture" }, avatar(chat.tag, name)), h("h3", {}, title), h("p", {}, text));
    }
  }

  /** The doctor's two lines. */
  #updateAlone(chat) {
    const finding = chat.tag === undefined ? this.app.state.alone : null;
    if (this.finding === finding) return;
    this.finding = finding;
    this.alone.hidden = !finding;
    if (!finding) return;
    const search = button(texts.lookAgain, () => {
      this.app.attempt(ask({ do: "search" }));
      say(search, texts.looking);
    }, "small");
    search.addEventListener("blur", () => say(search, texts.lookAgain));
    fill(this.alone, h("p", {}, icon("warning"), h("span", {}, line(finding.text))),
      finding.mend && h("div", { class: "mend" }, h("span", {}, texts.mend), copyable(line(finding.mend))),
      h("div", { class: "actions" }, search, button(texts.doctor, () => showDoctor(this.app), "small quiet")));
  }

  /** The button that leads to the newest. */
  #moved() {
    const { entries } = this.app.chat;
    const lastId = entries.at(-1)?.id ?? 0;
    if (this.scroller.isAtEnd) this.seenId = lastId;
    let news = 0;
    for (let i = entries.length - 1; i >= 0 && entries[i].id > this.seenId; i--) news += entries[i].kind === "theirs" ? 1 : 0;
    const isHidden = this.scroller.isAtEnd || !entries.length;
    if (isHidden && this.below.contains(document.activeElement)) this.box.focus();
    this.below.hidden = isHidden;
    const label = texts.newBelow(news);
    if (this.belowLabel === label) return;
    this.belowLabel = label;
    fill(this.below, icon("down"), label);
    this.below.classList.toggle("has-news", news > 0);
  }
}
