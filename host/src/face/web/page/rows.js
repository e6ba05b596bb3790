// An entry of a conversation as a row of it.

import { bdi, h, icon } from "./dom.js";
import { fileCard } from "./filecard.js";
import { receipt } from "./receipts.js";
import { hue, initials, line, lines, nameOf } from "./safe.js";
import { texts } from "./texts.js";
import { clock, dayName, dayOf } from "./time.js";

/** Seconds within which texts of one person stand together. */
const TOGETHER = 300;
/** Of a longer text only the beginning is shown, until all of it is asked for: lines, and UTF-16 code units. */
const LINES_SHOWN = 24;
const LENGTH_SHOWN = 1800;

/** Classes of rows, besides whose they are. */
const KIND = { ours: "ours", theirs: "theirs", note: "", files: "" };


/** The letters of somebody, in their colour; an icon for everyone. */
export function avatar(tag, name) {
  const shown = tag === undefined ? icon("people") : initials(name);
  return h("span", { class: `avatar ${tag === undefined ? "all" : `hue-${hue(tag)}`}`, "aria-hidden": "true" }, shown);
}

const isNewDay = (entry, before) => !before || dayOf(entry.at) !== dayOf(before.at);

/** Whether it stands right below the one before it, without a name. */
function isTogether(entry, before) {
  const isSame = before?.kind === entry.kind && before.from?.tag === entry.from?.tag && before.from?.name === entry.from?.name;
  return isSame && !isNewDay(entry, before) && entry.at - before.at < TOGETHER;
}

/** What of a text is shown at first. */
export function beginningOf(text) {
  const short = text.length > LENGTH_SHOWN ? text.slice(0, LENGTH_SHOWN) : text;
  const rows = short.split("\n");
  if (rows.length <= LINES_SHOWN && short === text) return text;
  // Not half of a character.
  return rows.slice(0, LINES_SHOWN).join("\n").replace(/[\uD800-\uDBFF]$/, "").trimEnd() + " …";
}

/** How rows of the current conversation are painted. @param {App} app @returns {Painter} */
export function painter(app) {
  const isHere = tag => app.state.people.get(tag)?.here ?? false;
  const words = entry => (entry.to ? receipt(entry.to, isHere).words : "");
  return {
    signature: (entry, before) => [
      entry.kind === "files" ? "" : entry.v,
      isNewDay(entry, before), isTogether(entry, before), app.chat.first === entry.id, words(entry),
    ].join(),
    paint: (entry, before) => row(app, entry, before, isHere),
    estimate: (entry, width) => {
      if (entry.kind === "note") return 36;
      if (entry.kind === "files") return 112;
      const columns = Math.max(20, Math.min(70, width / 9));
      const rows = beginningOf(entry.text).split("\n").reduce((sum, it) => sum + Math.ceil((it.length + 6) / columns), 0);
      return 24 + 21 * rows;
    },
  };
}

function row(app, entry, before, isHere) {
  const together = isTogether(entry, before);
  const card = entry.kind === "files" ? fileCard(app, entry) : null;
  const inside = card?.element ?? (entry.kind === "note" ? noteOf(entry) : bubble(app, entry, together, isHere));
  const element = h("li", { class: `row ${KIND[entry.kind]} ${together ? "together" : ""}` },
    isNewDay(entry, before) && h("div", { class: "divider" }, h("span", {}, dayName(dayOf(entry.at)))),
    app.chat.first === entry.id && h("div", { class: "divider new" }, h("span", {}, texts.newFromHere)),
    inside);
  if (entry.files) element.classList.add(entry.files[0].ours ? "ours" : "theirs");
  return { element, update: card?.update };
}

function noteOf(entry) {
  return h("p", { class: `note ${entry.isWarning ? "warning" : ""}` }, entry.isWarning && icon("warning"), line(entry.text));
}

function bubble(app, entry, together, isHere) {
  const from = entry.from;
  const isNamed = from && app.chat.tag === undefined;
  const name = from ? nameOf(from) : texts.you;
  const shown = entry.isOpen ? entry.text : beginningOf(entry.text);
  const parts = [
    isNamed && !together
      ? h("span", { class: `name hue-${hue(from.tag)}` }, bdi(name))
      : h("span", { class: "unseen" }, `${name}: `),
    h("span", { class: "text", dir: "auto" }, lines(shown)),
    entry.text.length !== shown.length && more(app, entry, texts.showAll),
    entry.isOpen && more(app, entry, texts.showLess),
    h("span", { class: "meta" }, h("time", { datetime: new Date(entry.at * 1000).toISOString() }, clock(entry.at)),
      ...(entry.to ? marks(app, entry, isHere) : [])),
  ];
  return h("div", { class: "line" },
    isNamed && (together ? h("span", { class: "avatar-space" }) : avatar(from.tag, name)),
    h("div", { class: "bubble" }, ...parts));
}

function more(app, entry, label) {
  const onclick = () => {
    entry.isOpen = !entry.isOpen;
    entry.v++;
    app.changed();
  };
  return h("button", { type: "button", class: "link", "data-focus": "more", onclick }, label);
}

/** What has become of a text of ours. Words are seen wherever the icon does not say it all. */
function marks(app, entry, isHere) {
  const to = entry.to ?? [];
  const { mark, words, isWhole } = receipt(to, isHere);
  const isSaid = to.length !== 1 || mark === "failed" || mark === "lost" || mark === "waits";
  // To say it again to everyone would be to say it twice to some.
  const canAgain = mark === "failed" && to.every(it => it.fate === "failed");
  const refusals = to.filter(it => it.why).map(it => line(texts.notSaid(nameOf(it.who), it.why ?? "")));
  return [
    h("span", { class: `mark ${mark}`, title: [words, ...refusals].join("\n") }, icon(mark),
      h("span", { class: isSaid && !(isWhole && to.length === 1) ? "words" : "unseen" }, words)),
    ...refusals.map(why => h("span", { class: "why" }, why)),
    canAgain && h("button", { type: "button", class: "link", "data-focus": "again",
      onclick: () => app.say(app.chat, entry.text) }, texts.sendAgain),
  ];
}

