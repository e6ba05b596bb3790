// The page while a node is known: what it knows, which conversation is shown, and what the user asks of the node.

import { ask, Failure } from "./api.js";
import { Banner } from "./banner.js";
import { Compose } from "./compose.js";
import { Conversation } from "./conversation.js";
import { h, onFrame } from "./dom.js";
import { Header } from "./header.js";
import { listenToKeys } from "./keys.js";
import * as link from "./link.js";
import { apply, begin, forgetChat, mainChat, markRead, readElsewhere, setPeople, State } from "./news.js";
import { Notices } from "./notices.js";
import { People } from "./people.js";
import { line, nameOf } from "./safe.js";
import * as store from "./store.js";
import { texts } from "./texts.js";

export class App {
  constructor() {
    this.state = new State();
    /** @type {string | null} key of the conversation that is shown */
    this.key = null;
    /** Whether it is shown where there is room for one thing only. */
    this.isInside = false;
    /** @type {Phase} */
    this.phase = "looking";
    this.why = "";
    /** @type {Map<string, {text: string, files: File[]}>} */
    this.drafts = new Map();
    this.startedAt = Date.now() / 1000;
    this.isAsking = false;
    this.changed = onFrame(() => this.#update());
  }

  /** Shows the page, and follows the news. */
  start() {
    this.notices = new Notices(this);
    this.header = new Header(this);
    this.banner = new Banner(this);
    this.people = new People(this);
    this.conversation = new Conversation(this);
    this.compose = new Compose(this);
    this.views = [this.header, this.banner, this.people, this.conversation, this.compose, this.notices];
    this.frame = h("div", { class: "app" },
      h("a", { class: "skip", href: "#write", onclick: event => {
        // A fragment is a key here.
        event.preventDefault();
        this.select(this.chat.key);
      } }, texts.skip), this.header.element, this.banner.element,
      h("main", { class: "body" }, h("h1", { class: "unseen" }, "p2pm"), this.people.element,
        h("div", { class: "main" }, this.conversation.element, this.compose.element)));
    document.body.replaceChildren(this.frame, this.notices.element);
    listenToKeys(this);
    this.link = link.follow(told => this.#told(told), () => this.#looks());
    store.onRead((run, key, n) => {
      if (run === this.state.run) readElsewhere(this.state, key, n);
      this.changed();
    });
    addEventListener("popstate", () => this.#leave());
    this.changed();
  }

  /** The conversation that is shown. @returns {Chat} */
  get chat() {
    return (this.key !== null && this.state.chats.get(this.key)) || mainChat(this.state);
  }

  /** What a conversation is called. */
  title(chat) {
    if (chat.tag === undefined) return chat.circle === undefined ? texts.everyone : texts.everyoneIn(line(chat.circle));
    const known = this.state.people.get(chat.tag);
    return nameOf(known ?? this.#lastKnown(chat));
  }

  #lastKnown(chat) {
    const entry = chat.entries.findLast(it => it.from ?? it.to ?? it.files);
    return entry?.from ?? entry?.to?.[0].who ?? entry?.files?.[0].who ?? { name: null, tag: chat.tag ?? "" };
  }

  /** Shows a conversation. @param {boolean} [isEntered] the user wants to write there */
  select(key, isEntered = true) {
    const before = this.key !== null && this.state.chats.get(this.key);
    if (this.key !== key && before && before.isGone) forgetChat(this.state, before);
    else if (this.key !== key && before) before.first = 0;
    this.key = key;
    if (isEntered && !this.isInside) {
      this.isInside = true;
      history.pushState("inside", "");
    }
    this.#update();
    if (isEntered) this.compose?.focus();
  }

  /** Back to the list, where there is room for one thing only. */
  back() {
    if (history.state === "inside") history.back();
    else this.#leave();
  }

  #leave() {
    this.isInside = false;
    this.#update();
    this.people?.focus();
  }

  /** Tells the user of what has failed. @param {Promise<any>} work @returns {Promise<any>} `undefined` if it has failed */
  async attempt(work) {
    try {
      return await work;
    } catch (error) {
      this.failed(error);
    }
  }

  failed(error) {
    const text = error instanceof Failure && error.kind === "gone" ? texts.goneTitle : error instanceof Error && error.message;
    this.notices?.toast(text || texts.failed, true);
    if (error instanceof Failure && ["gone", "locked"].includes(error.kind)) this.link?.again();
  }

  /** Decides something about somebody, and asks who is here now. @param {string} verb a request of docs/CONTROL.md */
  decide(person, verb) {
    return this.attempt(ask({ do: verb, name: person.tag }).then(() => this.refresh()));
  }

  /** Says a text in a conversation. @param {Chat} chat @returns {Promise<boolean>} whether it was said */
  async say(chat, text) {
    const to = chat.tag === undefined ? { circle: chat.circle } : { to: chat.tag };
    return (await this.attempt(ask({ do: "say", ...to, text }))) !== undefined;
  }

  /** Asks again who is here. */
  async refresh(isAgain = false) {
    // Whatever happens meanwhile, the answer after this one has it.
    if (this.isAsking && !isAgain) {
      this.isAskedAgain = true;
      return;
    }
    this.isAsking = true;
    this.isAskedAgain = false;
    try {
      setPeople(this.state, await ask({ do: "who" }));
      this.changed();
    } catch {
      // The feed says what is the matter.
    }
    if (this.isAskedAgain) return this.refresh(true);
    this.isAsking = false;
  }

  #told(all) {
    let isPeople = false;
    for (const told of all) {
      if ("phase" in told) {
        isPeople ||= told.phase === "open";
        this.#enter(told.phase, told.why);
      } else if ("run" in told) {
        begin(this.state, told.run, Date.now() / 1000);
        const { read, groups } = store.load(told.run);
        this.state.read = read;
        this.state.groups = groups;
        isPeople = true;
      } else {
        const effect = apply(this.state, told.news, performance.now());
        isPeople ||= effect.people ?? false;
        // What was kept is not said as if it happened now.
        if (told.news.at >= this.startedAt - 2) this.notices?.happened(effect, told.news, told.notify ?? false);
      }
    }
    if (isPeople) this.refresh();
    this.changed();
  }

  #enter(phase, why = "") {
    // The page of the first run, and the one that asks for a key, are others.
    if (phase === "locked" || phase === "first_run") location.reload();
    this.phase = phase;
    this.why = why;
    if (phase === "stopped" || phase === "gone") this.state.people.forEach(it => (it.here = false));
  }

  #looks() {
    this.link?.looking(this.isLooking);
    this.changed();
  }

  get isLooking() {
    return document.visibilityState === "visible" && document.hasFocus();
  }

  #update() {
    document.body.dataset.view = this.isInside ? "inside" : "list";
    this.views?.forEach(view => view.update());
    const { chat } = this;
    if (chat.unread && this.isLooking && this.conversation?.isSeen) {
      markRead(this.state, chat);
      store.saveRead(this.state.run, chat.key, this.state.last);
      this.views?.forEach(view => view.update());
    }
  }
}
