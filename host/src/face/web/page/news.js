// From the news of a node (docs/CONTROL.md) to what the page shows. Nothing here knows a document or a clock.

import { nameOf } from "./safe.js";
import { texts } from "./texts.js";

/** Entries kept of one conversation, as in the terminal. The oldest go, some at a time. */
export const ENTRIES_MAX = 10_000;
/** Entries that go at a time. */
const CUT = 500;
/** Length of all texts that are kept, in UTF-16 code units: 64 MiB. */
const LENGTH_MAX = 32 << 20;
/** What an entry takes besides its text, in the same unit. */
const ENTRY_LENGTH = 200;
/** Messages to somebody of whose fate nothing is known yet. */
const OPEN_MAX = 20_000;

/** What the page knows. */
export class State {
  constructor() {
    this.run = "";
    this.last = 0;
    /** @type {Me | null} */
    this.me = null;
    /** @type {Map<string, Person>} */
    this.people = new Map();
    /** @type {Map<string, Chat>} */
    this.chats = new Map();
    /** @type {Map<number, File_>} those of this run */
    this.files = new Map();
    /** @type {Finding | null} */
    this.alone = null;
    /** @type {Map<string, number>} number of the last news that was read, for each conversation */
    this.read = new Map();
    /** @type {Group[]} */
    this.groups = [];
    /** @type {Map<string, {entry: Entry, to: Recipient}[]>} by tag, oldest first */
    this.open = new Map();
    this.ids = 0;
    this.length = 0;
  }
}

export function chatOfAll(state, circle) {
  return chat(state, circle === undefined ? "all" : `all:${circle}`, { circle });
}

export function chatWith(state, tag) {
  const known = chat(state, tag, { tag });
  if (known.isGone) forgetChat(state, known);
  return chat(state, tag, { tag });
}

/** @param {State} state @param {Chat} gone */
export function forgetChat(state, gone) {
  state.length -= gone.length;
  state.chats.delete(gone.key);
}

/** @param {State} state @param {{tag?: string, circle?: string}} of @returns {Chat} */
function chat(state, key, of) {
  let known = state.chats.get(key);
  if (!known) {
    known = { key, ...of, entries: [], length: 0, unread: 0, first: 0, lastAt: 0, isGone: false };
    state.chats.set(key, known);
  }
  return known;
}

/** The answer `who`: it says who is known, and by it which conversations there are. */
export function setPeople(state, { me, people }) {
  state.me = me;
  state.people = new Map(people.map(it => [it.tag, it]));
  (me.circles.length > 1 ? me.circles : [undefined]).forEach(circle => chatOfAll(state, circle));
  people.forEach(it => chat(state, it.tag, { tag: it.tag }));
  if (people.some(it => it.here)) state.alone = null;
}

/** The first conversation with everyone. @param {State} state */
export function mainChat(state) {
  const circles = state.me?.circles ?? [];
  return chatOfAll(state, circles.length > 1 ? circles[0] : undefined);
}

/**
 * A node has begun to tell its news. If it is another run, what was shown stays, but nothing more becomes of it.
 * @param {State} state @param {string} run @param {number} at seconds since 1970
 */
export function begin(state, run, at) {
  if (state.run === run) return;
  const isFirst = !state.run;
  Object.assign(state, { run, last: 0, alone: null, groups: [] });
  state.read.clear();
  if (isFirst) return;
  loseReceipts(state);
  for (const file of state.files.values()) {
    if (!isOver(file)) file.state = "past";
    touch(file);
  }
  state.files.clear();
  for (const known of state.chats.values()) {
    if (known.entries.length) push(state, known, note(state, at, texts.restarted));
  }
}

/**
 * One piece of news. One that is known already changes nothing.
 * @param {State} state @param {any} news @param {number} now milliseconds, by any clock @returns {Effect}
 */
export function apply(state, news, now) {
  const isMoving = news.news === "file" && news.state === "moving";
  if (news.n <= state.last && !isMoving) return {};
  state.last = Math.max(state.last, news.n);
  const handler = Object.hasOwn(handlers, news.news) ? handlers[news.news] : undefined;
  return (handler && handler(state, news, now)) || {};
}

/** @type {Record<string, (state: State, news: any, now: number) => Effect | void>} */
const handlers = {
  came: (state, { who, at }) => {
    state.alone = null;
    presence(state, who, at, texts.came(nameOf(who)));
    return { people: true };
  },
  left: (state, { who, at }) => (presence(state, who, at, texts.left(nameOf(who))), { people: true }),
  asks: (state, { who, at }) => {
    const text = texts.asks(nameOf(who));
    const shown = presence(state, who, at, text);
    return { people: true, chat: shown, title: text, body: texts.tagIs(who.tag) };
  },
  undecided: (state, { who, at }) => (presence(state, who, at, texts.undecided(nameOf(who))), {}),
  refuses: (state, { who, at }) => (presence(state, who, at, texts.refuses(nameOf(who))), {}),
  name_taken: (state, { who, by, at }) => warn(state, at, [who, by], texts.nameTaken(who.tag, nameOf(who), by.tag)),
  own_name_taken: (state, { who, at }) => warn(state, at, [who], texts.ownNameTaken(who.tag, nameOf(who))),
  renamed: (state, { who, was, at }) => {
    push(state, chatWith(state, who.tag), note(state, at, texts.renamed(nameOf({ name: was, tag: who.tag }), nameOf(who))));
    return { people: true };
  },
  decided: () => ({ people: true }),
  forgotten: (state, { who, at }) => {
    const known = state.chats.get(who.tag);
    if (known) {
      push(state, known, note(state, at, texts.forgotten(nameOf(who))));
      known.isGone = true;
    }
    return { people: true };
  },
  said,
  we_said: weSaid,
  received: (state, { by, message }) => learn(state, by.tag, message, "received"),
  sent: (state, { to, message }) => learn(state, to.tag, message, "sent"),
  failed: (state, { to, message }) => learn(state, to.tag, message, "failed"),
  held: (state, { to, message, by }) => hold(state, to.tag, by, it => it <= message),
  dropped: (state, { to, message }) => hold(state, to.tag, undefined, it => it >= message),
  file: fileNews,
  listed: (state, it) => inMain(state, it.at, texts.listed(it.address, it.online)),
  not_listed: (state, it) => inMain(state, it.at, texts.notListed(it.address, it.why), true),
  not_reached: (state, it) => inMain(state, it.at, texts.notReached(it.address, it.why), true),
  not_stored: (state, it) => inMain(state, it.at, texts.notStored(it.why), true),
  alone: (state, it) => {
    state.alone = it;
  },
  lost: (state, it) => {
    loseReceipts(state);
    return { ...inMain(state, it.at, texts.lost(it.count), true), people: true };
  },
};

/** @param {State} state @returns {Effect} */
function said(state, { n, at, from, to_all, circle, text, missed }) {
  const where = to_all ? chatOfAll(state, circle) : chatWith(state, from.tag);
  if (missed) push(state, where, note(state, at, texts.missing(nameOf(from)), true));
  const entry = push(state, where, { ...blank(state, at), kind: "theirs", text, from });
  countUnread(state, where, entry, n);
  const known = state.people.get(from.tag);
  const title = to_all ? `${nameOf(from)} · ${circle ? texts.everyoneIn(circle) : texts.everyone}` : nameOf(from);
  return { people: known?.name !== from.name, chat: where, title, body: text };
}

function weSaid(state, { at, message, to, not_to = [], to_all, circle, text }) {
  if (!to_all && !to.length) return;
  const where = to_all ? chatOfAll(state, circle) : chatWith(state, to[0].tag);
  /** @type {Recipient[]} */
  const recipients = to.map(who => ({ who, fate: "open" }));
  /** @type {Recipient[]} */
  const refused = not_to.map(({ why, ...who }) => ({ who, fate: "failed", why }));
  const entry = push(state, where,
    { ...blank(state, at), kind: "ours", text, message, run: state.run, to: [...recipients, ...refused] });
  for (const to of recipients) {
    const open = state.open.get(to.who.tag) ?? [];
    open.push({ entry, to });
    if (open.length > OPEN_MAX) open.shift();
    state.open.set(to.who.tag, open);
  }
}

/** Something is known of all messages to somebody up to this number. */
function learn(state, tag, upTo, fate) {
  const open = state.open.get(tag) ?? [];
  const rest = open.findIndex(({ entry }) => entry.message > upTo);
  for (const { entry, to } of open.splice(0, rest < 0 ? open.length : rest)) {
    to.fate = fate;
    entry.v++;
  }
}

/** A device holds such messages to somebody, or none does. */
function hold(state, tag, by, isSuch) {
  for (const { entry, to } of state.open.get(tag) ?? []) {
    if (!isSuch(entry.message)) continue;
    to.heldBy = by;
    entry.v++;
  }
}

/** News of them may be lost: later ones, which are about all before them, could be wrong of them. */
function loseReceipts(state) {
  for (const open of state.open.values()) {
    for (const { entry, to } of open) {
      to.fate = "lost";
      entry.v++;
    }
  }
  state.open.clear();
}

/** @param {State} state @returns {Effect} */
function fileNews(state, news, now) {
  const { n, at, news: _, v: __, ...told } = news;
  let file = state.files.get(told.file);
  if (!file) {
    if (told.state === "moving") return {};
    const made = { ...told, run: state.run, entries: [] };
    state.files.set(made.file, made);
    const where = chatWith(state, made.who.tag);
    showFiles(state, where, [made], at);
    const group = state.groups.find(it => it.files.includes(made.file));
    if (group) showGroup(state, group, at);
    if (made.ours) return {};
    countUnread(state, where, where.entries[where.entries.length - 1], n);
    const isNew = made.state === "offered";
    return isNew ? { chat: where, title: texts.offersYou(nameOf(made.who)), body: made.name } : {};
  }
  const isMoving = told.state === "moving";
  if (isMoving && isOver(file)) return {};
  if (isMoving) file.pace = pace(file.pace, now, told.done);
  else delete file.pace;
  // What is not told again, like how far it was, would be out of date.
  for (const name of ["done", "why", "path"]) delete file[name];
  Object.assign(file, told);
  touch(file);
  return {};
}

/** How fast a file is: an average in which the last seconds count most.
 * @param {File_["pace"]} before @param {number} now @param {number} done */
function pace(before, now, done) {
  if (!before || now <= before.at || done < before.done) return { at: now, done, speed: before?.speed ?? 0 };
  const latest = ((done - before.done) * 1000) / (now - before.at);
  return { at: now, done, speed: before.speed ? before.speed * 0.7 + latest * 0.3 : latest };
}

/** Files were offered to everyone at once, and are shown together there. */
export function showGroup(state, group, at) {
  if (!state.groups.includes(group)) state.groups.push(group);
  const files = group.files.flatMap(file => state.files.get(file) ?? []);
  const where = chatOfAll(state, group.circle);
  if (!files.length) return;
  const shown = files.flatMap(file => file.entries).find(it => where.entries.includes(it));
  if (!shown) return showFiles(state, where, files, at);
  for (const file of files.filter(it => !it.entries.includes(shown))) file.entries.push(shown);
  shown.files = files;
  shown.v++;
}

/** @param {State} state @param {Chat} where @param {File_[]} files */
function showFiles(state, where, files, at) {
  const entry = push(state, where, { ...blank(state, at), kind: "files", files });
  files.forEach(file => file.entries.push(entry));
}

const isOver = file => file.state === "stored" || file.state === "ended";

/** Whoever shows a file shows it anew. @param {File_} file */
const touch = file => file.entries.forEach(entry => entry.v++);

/** @param {State} state @returns {Entry} */
const blank = (state, at) => ({ id: ++state.ids, v: 0, at, kind: "note", text: "" });

/** @param {State} state @returns {Entry} */
const note = (state, at, text, isWarning = false) => ({ ...blank(state, at), text, isWarning });

/** Says who is here, in the place of what was said of that right before. @param {State} state @param {Who} who
 * @param {number} at @param {string} text */
function presence(state, who, at, text) {
  const where = chatWith(state, who.tag);
  const last = where.entries[where.entries.length - 1];
  if (last?.isPresence) Object.assign(last, { at, text, v: last.v + 1 });
  else push(state, where, { ...note(state, at, text), isPresence: true });
  return where;
}

function warn(state, at, people, text) {
  for (const { tag } of people) push(state, chatWith(state, tag), note(state, at, text, true));
  return { people: true, toast: text };
}

function inMain(state, at, text, isWarning = false) {
  push(state, mainChat(state), note(state, at, text, isWarning));
  return { toast: text };
}

/** @param {State} state @param {Chat} where @param {Entry} entry */
function push(state, where, entry) {
  where.entries.push(entry);
  const length = entry.text.length + ENTRY_LENGTH;
  where.length += length;
  state.length += length;
  if (!entry.isPresence) where.lastAt = entry.at;
  if (where.entries.length >= ENTRIES_MAX + CUT) cut(state, where);
  while (state.length > LENGTH_MAX) {
    cut(state, [...state.chats.values()].reduce((a, b) => (a.length >= b.length ? a : b)));
  }
  return entry;
}

/** The oldest entries go, but for the very last one. @param {State} state @param {Chat} where */
function cut(state, where) {
  const count = Math.min(CUT, Math.ceil(where.entries.length / 2));
  const gone = where.entries.splice(0, count).reduce((sum, it) => sum + it.text.length + ENTRY_LENGTH, 0);
  where.length -= gone;
  state.length -= gone;
}

/** @param {State} state @param {Chat} where @param {Entry} entry */
function countUnread(state, where, entry, n) {
  if (n <= (state.read.get(where.key) ?? 0)) return;
  if (!where.unread) where.first = entry.id;
  where.unread++;
}

/** Everything in a conversation is read. @param {State} state @param {Chat} where */
export function markRead(state, where) {
  where.unread = 0;
  state.read.set(where.key, state.last);
}

/** Another page has read so far. @param {State} state */
export function readElsewhere(state, key, n) {
  if (n <= (state.read.get(key) ?? 0)) return;
  state.read.set(key, n);
  const where = state.chats.get(key);
  if (where && n >= state.last) where.unread = 0;
}
