// What has become of a text or a file, in words.

import { nameOf } from "./safe.js";
import { texts } from "./texts.js";
import { duration, percent, size } from "./time.js";

/** Names that are spelt out; of more there is a number. */
const NAMES_MAX = 3;

/** @typedef {"waits" | "sent" | "received" | "failed" | "lost"} Mark */

function names(people) {
  const all = people.map(nameOf);
  return all.length <= NAMES_MAX + 1 ? all : texts.andMore(all.slice(0, NAMES_MAX), all.length - NAMES_MAX);
}

/**
 * @param {Recipient[]} to @param {(tag: string) => boolean} isHere
 * @returns {{mark: Mark, words: string, isWhole: boolean}} `isWhole` is whether nothing is left to be said or done
 */
export function receipt(to, isHere) {
  const arrived = to.filter(it => it.fate === "received" || it.fate === "sent");
  const missing = to.filter(it => !arrived.includes(it));
  const has = fate => to.some(it => it.fate === fate);
  const mark = has("failed") ? "failed" : has("lost") ? "lost" : missing.length === 0 ? "received"
    : missing.every(it => isHere(it.who.tag)) ? "sent" : "waits";
  const isWhole = missing.length === 0;
  if (to.length !== 1) {
    const words = texts.receivedBy(arrived.length, to.length, names(missing.map(it => it.who)));
    return { mark, words, isWhole };
  }
  const [{ who, fate, heldBy }] = to;
  const open = isHere(who.tag) ? texts.underWay : heldBy ? texts.heldBy(nameOf(heldBy)) : texts.waits(nameOf(who));
  const words = { open, lost: texts.notKnown, sent: texts.sent, received: texts.received, failed: texts.notReceived };
  return { mark: fate === "sent" ? "sent" : mark, words: words[fate], isWhole };
}

/** What a file is. */
export function what(file) {
  return file.folder ? `${texts.folderWith(file.files)} · ${size(file.size)}` : size(file.size);
}

/** What has become of it. */
export function fileState(file) {
  const done = percent(file.done ?? 0, file.size);
  switch (file.state) {
    case "offered": return file.ours ? texts.offered : texts.offeredToYou;
    case "accepted": return texts.connecting;
    case "moving": {
      const speed = file.pace?.speed ?? 0;
      const left = speed > 0 ? texts.timeLeft(duration(Math.ceil((file.size - (file.done ?? 0)) / speed))) : "";
      return texts.progress(done, speed > 0 ? texts.perSecond(size(Math.round(speed))) : "", left);
    }
    case "paused": return texts.pausedAt(done, file.why ?? "");
    case "stored": return file.ours ? texts.storedThere(nameOf(file.who)) : texts.stored;
    case "ended": return file.ours ? texts.ended(file.why ?? "") : texts.endedHere(file.why ?? "");
    default: return texts.endedWithNode;
  }
}

/** What has become of those that were offered to everyone at once. */
export function filesState(files) {
  if (files.length === 1) return fileState(files[0]);
  const missing = files.filter(it => it.state !== "stored");
  return texts.takenBy(files.length - missing.length, files.length, names(missing.map(it => it.who)));
}
