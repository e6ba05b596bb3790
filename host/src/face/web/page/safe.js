// What others have written, made harmless to show: the rules of `sanitise` in core (PROTOCOL.md, section 14.4), on the tables of
// Unicode that the browser has. Markup needs none of this, since nothing here is ever parsed as markup.

const STAND_IN = "\uFFFD";

// Format characters that enclose the digits behind them are seen.
const ENCLOSING = "\\u0600-\\u0605\\u06DD\\u070F\\u0890\\u0891\\u08E2\\u{110BD}\\u{110CD}";
const UNSEEN = new RegExp(
  `^(?![${ENCLOSING}])[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}\\p{Default_Ignorable_Code_Point}\\p{Noncharacter_Code_Point}]$`, "u");
// The same for a whole text, to be quick where there is none.
const ANY_UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u;
const UNCLEAR = /^(?:(?! )\p{Zs}|[\p{Co}\p{Cf}\u2800\uFFFC\u{13441}\u{13442}\u{16FE4}\u{1D159}])$/u;
const PICTOGRAPH = /^\p{Extended_Pictographic}$/u;
const SKIN_TONE = /^[\u{1F3FB}-\u{1F3FF}]$/u;
const JOINER = "\u200D";
// Scripts that are cursive, form conjuncts, or order their marks.
const JOINING = new RegExp("^[\\u0590-\\u109F\\u1700-\\u18AF\\u1900-\\u1CFF\\uA800-\\uABFF\\uFB1D-\\uFDFF\\uFE70-\\uFEFC"
  + "\\u{10A00}-\\u{10FFF}\\u{11000}-\\u{11FFF}\\u{1E900}-\\u{1E95F}]$", "u");
const VARIATION = /^[\u180B-\u180D\u180F\uFE00-\uFE0F\u{E0100}-\u{E01EF}]$/u;
const IDEOGRAPH = /^[\u3400-\u9FFF\uF900-\uFAFF\u{20000}-\u{3FFFD}]$/u;
// A black flag, 3 to 7 tags of small letters and digits, and the cancel tag (UTS #51, ED-14a).
const FLAG = /\u{1F3F4}[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]{3,7}\u{E007F}/uy;

/** Whether the unseen character `c` belongs to the `base` before it, or joins that to `next`. */
function isCalledFor(c, base, varied, next) {
  if (!base) return false;
  if (c === JOINER && (PICTOGRAPH.test(base) || SKIN_TONE.test(base))) return PICTOGRAPH.test(next);
  if (varied) return false;
  if (c === "\u034F" || c === "\u200C" || c === JOINER) return JOINING.test(base);
  if (/^[\u180B-\u180F]$/u.test(c)) return /^[\u1820-\u18AA]$/u.test(base);
  if (c === "\uFE0E" || c === "\uFE0F") return PICTOGRAPH.test(base) || /^[#*0-9]$/u.test(base);
  if (/^[\uFE00-\uFE0D]$/u.test(c)) return base === "0" || base > "\x7F";
  if (/^[\u{E0100}-\u{E01EF}]$/u.test(c)) return IDEOGRAPH.test(base);
  return false;
}

/** A name, or a line of a text: each character that acts on others or is not seen becomes U+FFFD, a tab a space. */
export function line(text) {
  if (!ANY_UNSEEN.test(text)) return text;
  let shown = "", base = "", varied = false;
  for (let at = 0; at < text.length;) {
    FLAG.lastIndex = at;
    const flag = FLAG.exec(text);
    if (flag) {
      shown += flag[0];
      at += flag[0].length;
      [base, varied] = ["", false];
      continue;
    }
    const c = String.fromCodePoint(text.codePointAt(at));
    at += c.length;
    const next = at < text.length ? String.fromCodePoint(text.codePointAt(at)) : "";
    const isSeen = !UNSEEN.test(c) || isCalledFor(c, base, varied, next);
    const safe = c === "\t" ? " " : isSeen ? c : STAND_IN;
    shown += safe;
    varied = VARIATION.test(safe);
    if (!varied) {
      const isBase = safe !== " " && safe !== STAND_IN && !UNSEEN.test(safe) && !UNCLEAR.test(safe);
      base = isBase ? safe : "";
    }
  }
  return shown;
}

/** A text of several lines. */
export function lines(text) {
  return text.split(/\r\n|\n/).map(line).join("\n");
}

/**
 * What somebody is called: their name, which is a claim, or the tag of whoever has none.
 * @param {{name?: string | null, tag: string}} who
 */
export function nameOf(who) {
  return line(who.name || who.tag);
}

/** The first letters of up to two words of a name. */
export function initials(name) {
  const words = name.split(/[\s._-]+/u).filter(word => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(word));
  const letters = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  const first = words.slice(0, 2).map(word => [...letters.segment(word)].find(it => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(it.segment)));
  return first.map(it => it?.segment.toLocaleUpperCase() ?? "").join("") || "?";
}

/** Number of colours that stand for people; style.css has as many. */
export const HUES = 12;

/** Number of the colour of somebody: of the tag, which is theirs alone, and not of the name. */
export function hue(tag) {
  let hash = 2166136261;
  for (const c of tag) hash = Math.imul(hash ^ c.codePointAt(0), 16777619) >>> 0;
  return hash % HUES;
}
