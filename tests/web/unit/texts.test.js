import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import test from "node:test";

import { texts } from "../../../host/src/face/web/page/texts.js";
import { dayName, dayOf, duration, size } from "../../../host/src/face/web/page/time.js";

const FOLDER = new URL("../../../host/src/face/web/page/", import.meta.url);
const served = readdirSync(FOLDER).filter(name => /\.(js|css|html|svg|webmanifest)$/.test(name));
const read = name => readFileSync(new URL(name, FOLDER), "utf8");

test("a length has a unit that it reaches", () => {
  for (const [bytes, text] of [
    [0, "0 bytes"], [1, "1 byte"], [999, "999 bytes"], [1000, "1.0 kB"], [999_999, "999.9 kB"], [1_000_000, "1.0 MB"], [2_147_483_648, "2.1 GB"],
  ]) {
    assert.equal(size(bytes), text);
  }
});

test("times are as on a clock", () => {
  for (const [seconds, text] of [[7, "0:07"], [61, "1:01"], [3661, "1:01:01"]]) assert.equal(duration(seconds), text);
  const now = new Date(2026, 2, 1, 12).getTime();
  assert.equal(dayName(dayOf(now / 1000), now), "Today");
  assert.equal(dayName(dayOf(new Date(2026, 1, 28, 23).getTime() / 1000), now), "Yesterday");
});

test("every text that is used is there, and every one that is there is used", () => {
  const used = new Set();
  for (const name of served.filter(it => it.endsWith(".js") && it !== "texts.js")) {
    for (const [, key] of read(name).matchAll(/\btexts\.(?!js\b)(\w+)/g)) used.add(key);
  }
  assert.deepEqual([...used].sort(), Object.keys(texts).filter(key => used.has(key)).sort());
  assert.deepEqual(Object.keys(texts).filter(key => !used.has(key)), []);
});

test("nothing is parsed as markup, and nothing is inline", () => {
  for (const name of served.filter(it => it.endsWith(".js"))) {
    assert.doesNotMatch(read(name), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|srcdoc/, name);
    assert.doesNotMatch(read(name), /setAttribute\("style"|https?:\/\/(?!www\.w3\.org\/2000\/svg)/, name);
  }
  assert.doesNotMatch(read("index.html"), /<style|style=|<script(?! (?:type="module" )?src=)|\son\w+=|https?:/);
  assert.doesNotMatch(read("base.css") + read("style.css"), /url\(|@import/);
});

test("the page names each of its modules, and is small", () => {
  const index = read("index.html");
  for (const name of served.filter(it => /\.(js|css)$/.test(it))) assert.match(index, new RegExp(`/${name.replace(".", "\\.")}\\b`), name);
  const length = served.reduce((sum, name) => sum + statSync(new URL(name, FOLDER)).size, 0);
  assert.ok(length < 150_000, `${length} bytes`);
  for (const name of served) assert.ok(read(name).split("\n").length <= 500, name);
});
