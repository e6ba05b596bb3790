// Times and lengths in words.

import { texts } from "./texts.js";

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat(texts.lang, { weekday: "long", day: "numeric", month: "long" });

/** Hours and minutes. @param {number} at seconds since 1970 */
export const clock = at => clockFormat.format(at * 1000);

/** A number that is another one on each day, by the clock of the user. @param {number} at seconds since 1970 */
export const dayOf = at => new Date(at * 1000).setHours(0, 0, 0, 0);

/** @param {number} day as `dayOf` gives it @param {number} now milliseconds since 1970 */
export function dayName(day, now = Date.now()) {
  const today = new Date(now).setHours(0, 0, 0, 0);
  if (day === today) return texts.today;
  if (day === new Date(today - 1).setHours(0, 0, 0, 0)) return texts.yesterday;
  return dayFormat.format(day);
}

/** A length in a unit that it reaches, as `p2pm files` has it. */
export function size(bytes) {
  if (bytes < 1000) return texts.bytes(bytes);
  let [tenths, unit] = [Math.floor(bytes / 100), 0];
  while (tenths >= 10_000) [tenths, unit] = [Math.floor(tenths / 1000), unit + 1];
  return `${Math.floor(tenths / 10)}.${tenths % 10} ${texts.units[unit]}`;
}

/** Hundredths. */
export const percent = (done, of) => Math.min(100, Math.floor((done * 100) / Math.max(1, of)));

const two = n => String(n).padStart(2, "0");

/** A time as it may be in the name of a file. */
export function stamp(now = new Date()) {
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  return `${day} ${[now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(".")}`;
}

/** Hours, minutes and seconds. */
export function duration(seconds) {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
