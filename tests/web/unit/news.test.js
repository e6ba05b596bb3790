import assert from "node:assert/strict";
import test from "node:test";

import { apply, begin, chatOfAll, chatWith, ENTRIES_MAX, markRead, readElsewhere, setPeople, showGroup, State } from "../../../host/src/face/web/page/news.js";
import { fileState, filesState, receipt } from "../../../host/src/face/web/page/receipts.js";

const abdul = { name: "abdul", tag: "tqc9" };
const zoe = { name: "zoë", tag: "k7f3" };
const at = 1764000000;

/** A page that knows Abdul and Zoë, with a way to tell it news. */
function page(circles = ["home"]) {
  const state = new State();
  begin(state, "run-1", at);
  const person = who => ({ ...who, here: true, trust: "accepted", address: null, circle: "home" });
  setPeople(state, { me: { name: "katie", tag: "h97j", addresses: [], circles }, people: [person(abdul), person(zoe)] });
  let n = 0;
  const tell = (news, now = 0) => apply(state, { n: ++n, at: at + n, ...news }, now);
  return { state, tell };
}

const said = (from, text, more) => ({ news: "said", from, to_all: false, text, missed: false, ...more });
const weSaid = (message, to, more) => ({ news: "we_said", message, to, to_all: to.length > 1, text: `text ${message}`, ...more });
const file = (number, state, more) =>
  ({ news: "file", file: number, who: abdul, ours: false, name: "photo.jpg", folder: false, size: 1000, files: 1, state, ...more });
const texts = chat => chat.entries.map(it => it.text);
const words = (entry, isHere = true) => receipt(entry.to, () => isHere).words;

test("what is said stands where it belongs, and is unread once", () => {
  const { state, tell } = page();
  tell(said(abdul, "hello"));
  tell(said(zoe, "to all", { to_all: true }));
  assert.deepEqual(texts(chatWith(state, "tqc9")), ["hello"]);
  assert.deepEqual(texts(chatOfAll(state)), ["to all"]);
  assert.equal(chatWith(state, "tqc9").unread, 1);
  markRead(state, chatWith(state, "tqc9"));
  assert.equal(chatWith(state, "tqc9").unread, 0);
  readElsewhere(state, "all", state.last);
  assert.equal(chatOfAll(state).unread, 0);
});

test("nothing is shown twice, and what was read before is not new", () => {
  const { state, tell } = page();
  tell(said(abdul, "hello"));
  apply(state, { n: 1, at, ...said(abdul, "hello") }, 0);
  assert.equal(chatWith(state, "tqc9").entries.length, 1);
  const again = new State();
  begin(again, "run-1", at);
  again.read.set("tqc9", 1);
  apply(again, { n: 1, at, ...said(abdul, "old") }, 0);
  apply(again, { n: 2, at, ...said(abdul, "new") }, 0);
  assert.equal(chatWith(again, "tqc9").unread, 1);
});

test("circles have conversations of their own", () => {
  const { state, tell } = page(["home", "work"]);
  tell(said(zoe, "hello, colleagues", { to_all: true, circle: "work" }));
  assert.deepEqual([...state.chats.keys()].filter(key => key.startsWith("all")), ["all:home", "all:work"]);
  assert.deepEqual(texts(chatOfAll(state, "work")), ["hello, colleagues"]);
});

test("what a device holds is said until it has no room, or they are back", () => {
  const { state, tell } = page();
  const board = { name: "board", tag: "b0ad" };
  tell(weSaid(1, [abdul]));
  tell(weSaid(2, [abdul]));
  const [one, two] = chatWith(state, "tqc9").entries;
  tell({ news: "held", message: 2, to: abdul, by: board });
  assert.equal(words(one, false), "held by board");
  assert.equal(words(one, true), "on its way");
  tell({ news: "dropped", message: 2, to: abdul, by: board });
  assert.deepEqual([words(one, false), words(two, false)], ["held by board", "waits for abdul"]);
  tell({ news: "received", message: 2, by: abdul });
  assert.equal(words(two, false), "received");
});

test("a receipt is about all before it, and says who lacks what", () => {
  const { state, tell } = page();
  tell(weSaid(1, [abdul, zoe]));
  tell(weSaid(2, [abdul]));
  const [all] = chatOfAll(state).entries;
  const [one] = chatWith(state, "tqc9").entries;
  assert.equal(words(all), "received by 0 of 2: not by abdul and zoë");
  assert.equal(words(one), "on its way");
  assert.equal(words(one, false), "waits for abdul");
  tell({ news: "received", message: 2, by: abdul });
  assert.equal(words(all), "received by 1 of 2: not by zoë");
  assert.equal(words(one), "received");
  tell({ news: "failed", message: 1, to: zoe });
  tell({ news: "received", message: 1, by: zoe });
  assert.equal(receipt(all.to, () => true).mark, "failed", "what is known stays");
  tell(weSaid(3, [abdul], { not_to: [{ ...zoe, why: "this text is too long for a call" }], to_all: true }));
  assert.deepEqual(chatOfAll(state).entries[1].to[1], { who: zoe, fate: "failed", why: "this text is too long for a call" });
});

test("a program that gives no receipts has it all the same", () => {
  const { state, tell } = page();
  tell(weSaid(1, [abdul, zoe]));
  tell({ news: "sent", message: 1, to: abdul });
  tell({ news: "received", message: 1, by: zoe });
  assert.equal(words(chatOfAll(state).entries[0]), "received by all 2");
  tell(weSaid(2, [abdul]));
  tell({ news: "sent", message: 2, to: abdul });
  assert.deepEqual(receipt(chatWith(state, "tqc9").entries[0].to, () => true), { mark: "sent", words: "sent, without receipts", isWhole: true });
});

test("after a loss later receipts prove nothing", () => {
  const { state, tell } = page();
  tell(weSaid(1, [abdul]));
  tell({ news: "lost", count: 3 });
  tell({ news: "received", message: 1, by: abdul });
  assert.equal(words(chatWith(state, "tqc9").entries[0]), "not known whether it was received");
});

test("another run keeps what was said, but nothing more becomes of it", () => {
  const { state, tell } = page();
  tell(weSaid(1, [abdul]));
  tell(file(1, "offered"));
  begin(state, "run-2", at);
  apply(state, { n: 1, at, ...said(abdul, "again here") }, 0);
  apply(state, { n: 2, at, news: "received", message: 1, by: abdul }, 0);
  apply(state, { n: 3, at, ...file(1, "offered", { name: "other.jpg" }) }, 0);
  const { entries } = chatWith(state, "tqc9");
  assert.deepEqual(entries.map(it => it.kind), ["ours", "files", "note", "theirs", "files"]);
  assert.equal(words(entries[0]), "not known whether it was received");
  assert.equal(fileState(entries[1].files[0]), "ended with the node");
  assert.equal(entries[4].files[0].name, "other.jpg");
  begin(state, "run-2", at);
  assert.equal(entries.length, 5, "the same run is no other one");
});

test("a file goes its way", () => {
  const { state, tell } = page();
  tell(file(3, "offered"));
  const [entry] = chatWith(state, "tqc9").entries;
  const shown = () => fileState(entry.files[0]);
  assert.equal(chatWith(state, "tqc9").unread, 1);
  tell(file(3, "accepted"));
  assert.equal(shown(), "waits for a connection");
  const moving = (done, now) => apply(state, { n: state.last, at, ...file(3, "moving", { done }) }, now);
  moving(100, 1000);
  assert.equal(shown(), "10 %");
  moving(300, 2000);
  assert.equal(shown(), "30 % · 200 bytes/s · 0:04 left");
  tell(file(3, "paused", { done: 300, why: "no space" }));
  assert.equal(shown(), "waits at 30 %: no space");
  tell(file(3, "stored", { path: "/tmp/photo.jpg" }));
  moving(900, 3000);
  assert.equal(shown(), "received", "what comes late changes nothing");
  assert.equal(chatWith(state, "tqc9").entries.length, 1);
});

test("files for everyone are shown together, whichever is known first", () => {
  for (const isAnswerFirst of [true, false]) {
    const { state, tell } = page();
    const group = { files: [1, 2] };
    const offers = () => [abdul, zoe].forEach((who, i) => tell(file(i + 1, "offered", { ours: true, who })));
    if (!isAnswerFirst) offers();
    showGroup(state, group, at);
    if (isAnswerFirst) offers();
    tell(file(1, "stored", { ours: true }));
    const { entries } = chatOfAll(state);
    assert.equal(entries.length, 1);
    assert.equal(filesState(entries[0].files), "stored by 1 of 2: not by zoë");
    assert.equal(chatWith(state, "k7f3").entries.length, 1);
  }
});

test("who comes and goes is said in one line", () => {
  const { state, tell } = page();
  assert.deepEqual(tell({ news: "came", who: abdul }), { people: true });
  tell({ news: "left", who: abdul, why: "goodbye" });
  tell({ news: "came", who: abdul });
  assert.deepEqual(texts(chatWith(state, "tqc9")), ["abdul is here"]);
});

test("who is known is asked again when the user has decided elsewhere", () => {
  const { tell } = page();
  assert.deepEqual(tell({ news: "decided", who: zoe, trust: "blocked", takes_files: false }), { people: true });
});

test("whoever is forgotten and comes again is a stranger", () => {
  const { state, tell } = page();
  tell(said(abdul, "hello"));
  tell({ news: "forgotten", who: abdul });
  assert.equal(state.chats.get("tqc9").isGone, true);
  tell({ news: "asks", who: abdul });
  assert.deepEqual(texts(chatWith(state, "tqc9")), ["abdul asks to join"]);
});

test("memory is bounded, whatever is said", () => {
  const { state, tell } = page();
  for (let i = 0; i < ENTRIES_MAX + 2000; i++) tell(said(abdul, `text ${i}`));
  const { entries } = chatWith(state, "tqc9");
  assert.ok(entries.length >= ENTRIES_MAX && entries.length < ENTRIES_MAX + 500, String(entries.length));
  assert.equal(entries.at(-1).text, `text ${ENTRIES_MAX + 1999}`);
  const long = "x".repeat(16_384);
  for (let i = 0; i < 4000; i++) tell(said(i % 2 ? abdul : zoe, long));
  const length = [...state.chats.values()].flatMap(texts).reduce((sum, it) => sum + it.length, 0);
  assert.ok(length <= 32 << 20, String(length));
  assert.equal(state.length, [...state.chats.values()].reduce((sum, it) => sum + it.length, 0));
});

test("news of a kind that is not known, and of a name that objects have, change nothing", () => {
  const { state, tell } = page();
  for (const news of ["later", "constructor", "__proto__", "toString"]) assert.deepEqual(tell({ news }), {});
  assert.equal([...state.chats.values()].flatMap(texts).length, 0);
});
