// The cases are those of `sanitise` in core/src/wire/sanitise.rs.

import assert from "node:assert/strict";
import test from "node:test";

import { hue, HUES, initials, line, lines, nameOf } from "../../../host/src/face/web/page/safe.js";

test("text and its white space pass unchanged", () => {
  for (const text of ["", "hello  user! ", "  naïve  ", "日本語", "🦀", "a\u00A0b\u3000c", "e\u0301", "\uE0B0"]) {
    assert.equal(line(text), text);
  }
});

test("pictures of several characters and what scripts need stay", () => {
  for (const text of [
    "\u2764\uFE0F", "1\uFE0F\u20E3#\uFE0F\u20E3", "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}\u200D\u{1F466}",
    "\u{1F469}\u{1F3FD}\u200D\u{1F680}", "\u2764\uFE0F\u200D\u{1F525}", "\u{1F3F3}\uFE0F\u200D\u26A7\uFE0F", "\u{1F1E9}\u{1F1EA}",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}!",
    "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645", "\u05D1\u05BC\u05B0\u034F\u05BD", "\u0DC1\u0DCA\u200D\u0DBB\u0DD3",
    "\u0915\u094D\u200C\u0937", "\u1820\u180B\u1820\u180E", "\u845B\u{E0100}", "\u2229\uFE000\uFE00", "\u06DD\u0661",
  ]) {
    assert.equal(line(text), text);
  }
});

test("what belongs to nothing is shown to be there", () => {
  for (const [text, safe] of [
    ["pass\u00ADword", "pass\uFFFDword"], ["a\u200Bb\u2060c\uFEFF", "a\uFFFDb\uFFFDc\uFFFD"], ["a\u200Db \u200C", "a\uFFFDb \uFFFD"],
    ["\u{1F468}\u200Da", "\u{1F468}\uFFFDa"], ["\u0647\u200D\u200D", "\u0647\u200D\uFFFD"], ["a\uFE0F\uFE00", "a\uFFFD\uFFFD"],
    ["\u2764\uFE0F\uFE0F", "\u2764\uFE0F\uFFFD"], ["\u845B\u{E0100}\u{E0101}", "\u845B\u{E0100}\uFFFD"], ["\u{1F980}\u{E0100}", "\u{1F980}\uFFFD"],
    ["a\u180B\u3164\uFFFF", "a\uFFFD\uFFFD\uFFFD"], ["a\u{E0061}\u{E007F}", "a\uFFFD\uFFFD"],
    ["\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}", "\u{1F3F4}\uFFFD\uFFFD\uFFFD"], ["\u061C", "\uFFFD"],
    ["\u001B[2Jgone", "\uFFFD[2Jgone"], ["\u009B31m", "\uFFFD31m"], ["a\tb", "a b"], ["\uD800", "\uFFFD"],
  ]) {
    assert.equal(line(text), safe, JSON.stringify(text));
  }
});

test("what reorders text never passes", () => {
  for (const c of "\u061C\u200E\u200F\u2028\u2029\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069\u206F") {
    assert.equal(line(`\u05D0${c}b`), "\u05D0\uFFFDb");
  }
});

test("line ends stay in texts alone", () => {
  assert.equal(lines("a\r\nb\nc\rd"), "a\nb\nc\uFFFDd");
  assert.equal(nameOf({ name: "a\nb", tag: "t" }), "a\uFFFDb");
  assert.equal(nameOf({ name: null, tag: "tqc9-1qm0-2fa0" }), "tqc9-1qm0-2fa0");
});

test("initials are of the first words", () => {
  for (const [name, letters] of [["abdul", "A"], ["katie b.", "KB"], ["zoë", "Z"], ["-- !", "?"], ["👩‍🚀 x", "👩‍🚀X"], ["ana maria luz", "AM"]]) {
    assert.equal(initials(name), letters);
  }
});

test("a colour is of the tag", () => {
  const all = new Set(Array.from({ length: 500 }, (_, i) => hue(`tag-${i}`)));
  assert.equal(all.size, HUES);
  assert.equal(hue("tqc9-1qm0-2fa0"), hue("tqc9-1qm0-2fa0"));
});
