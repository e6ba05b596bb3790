// A peer whose name, texts and files are made to be more than text (payloads.mjs). Nothing comes of it but text, and no element is
// in the page but those that plain words have there, too.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { line, lines } from "../../host/src/face/web/page/safe.js";
import { Control } from "./control.mjs";
import { payloads } from "./payloads.mjs";
import { open, watch } from "./stage.mjs";

/** Bytes of a name and of a label (docs/PROTOCOL.md). */
const NAME_MAX = 32;
const LABEL_MAX = 255;
/** Texts at a time: all of them are in the document then. */
const TEXTS = 8;
/** Files and folders at a time: as many as one may offer. */
const FILES = 8;
/** Rounds of files of which all are taken; those of the others are withdrawn. */
const TAKEN = 2;
/** Milliseconds. */
const PATIENCE = 30_000;
/** Payloads that a careless page is given. */
const CARELESS = 40;
const SIZE = { width: 1280, height: 6_000 };

const PLAIN = Array.from({ length: TEXTS }, (_, i) => `word ${i}`).concat("two\nlines", "long ".repeat(500));
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

const cut = (text, max) => {
  let kept = "", length = 0;
  for (const c of text) if ((length += Buffer.byteLength(c)) <= max) kept += c;
    else break;
  return kept;
};

/** A name has no character that is not seen, and none that is blank at its ends; what is left is as near as a node says it. */
const nameOf = text => cut(text.replace(/[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\uFFFC]+/gu, " ").trim(), NAME_MAX).trim();
/** To markup, a form feed is what a slash is within a tag; a label has no slash. */
const labelOf = (text, number) => `${number}${cut(text.replaceAll("/", "\f").replaceAll("\0", ""), LABEL_MAX - 8)}.png`;

const batches = (all, size) => Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));

/** What kinds of elements are in the page: each with the names of its attributes, and where it leads. */
const kinds = page => page.evaluate(() => [...new Set([...document.querySelectorAll("*")].map(element => {
  const leads = ["src", "href"].map(name => element.getAttribute(name)).filter(it => it !== null);
  const where = leads.map(it => it.replace(/^blob:.*/, "blob:").replaceAll(/\d+/g, "0"));
  return [element.localName, ...element.getAttributeNames().toSorted(), ...where].join(" ");
}))]);

class Play {
  constructor(page, peer, tag, folder) {
    Object.assign(this, { page, peer, tag, folder, name: "", kinds: new Set(), files: 0 });
  }

  async look() {
    for (const kind of await kinds(this.page)) this.kinds.add(kind);
  }

  /** The conversation with whom the user sees under this name. */
  async open(name) {
    await this.page.evaluate(name => [...document.querySelectorAll(".chat")]
      .find(it => it.querySelector(".chat-name").textContent === name)?.click(), name);
    await this.page.waitForFunction(name => document.querySelector(".chat-title bdi")?.textContent === name, name);
  }

  async rename(text) {
    const name = nameOf(text);
    if (name === this.name || !name) return;
    const { answer, text: why } = await this.peer.ask({ do: "rename", name });
    assert.equal(answer, "done", `${JSON.stringify(name)}: ${why}`);
    this.name = name;
    const isShown = name => [...document.querySelectorAll(".chat-name")].some(it => it.textContent === name);
    await this.page.waitForFunction(isShown, line(name));
  }

  /** Every text, each said by somebody of another name. */
  async talk(words) {
    for (const batch of batches(words, TEXTS)) {
      await this.open("Everyone");
      for (const text of batch) {
        await this.rename(text);
        assert.equal((await this.peer.ask({ do: "say", text })).answer, "said");
        await this.#isShown(line(this.name), lines(text));
      }
      await this.look();
      await this.#about();
    }
  }

  /** The last text is this one, of somebody of this name. Of a long one the beginning is shown. */
  async #isShown(name, text) {
    const isLast = ([name, text]) => {
      const shown = document.querySelectorAll(".row.theirs .text"), names = document.querySelectorAll(".row.theirs .name bdi");
      const [last, sender] = [shown, names].map(it => [...it].at(-1)?.textContent ?? "");
      const isWhole = last === text || (last.endsWith(" …") && text.startsWith(last.slice(0, -2)));
      return isWhole && sender === name;
    };
    await this.page.waitForFunction(isLast, [name, text]).catch(() => assert.fail(`not shown: ${JSON.stringify({ name, text })}`));
  }

  /** What else shows a name: the conversation, the dialogs about them, and what has become of it in notes. */
  async #about() {
    const { page } = this;
    await this.open(line(this.name));
    await page.locator(".chat-head .icon-button").last().click();
    await page.locator("dialog h2").waitFor();
    assert.equal(await page.locator("dialog h2").textContent(), line(this.name));
    await this.look();
    await page.locator("dialog.person .danger").click();
    await page.locator("dialog.small .danger").waitFor();
    // A dialog that has closed leaves the page only with its event, later.
    await page.waitForFunction(() => document.querySelectorAll("dialog").length === 1);
    await this.look();
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => !document.querySelector("dialog"));
  }

  /** Every text as the name of a file and of a folder, and within them. */
  async send(words) {
    await this.open(line(this.name));
    for (const [round, batch] of batches(words, FILES).entries()) {
      const offered = [];
      for (const text of batch) {
        for (const isFolder of [false, true]) offered.push(await this.#offer(text, isFolder));
      }
      const labels = offered.map(it => line(it.name));
      const isShown = labels => JSON.stringify([...document.querySelectorAll(".card strong")].slice(-labels.length).map(it => it.textContent))
        === JSON.stringify(labels);
      await this.page.waitForFunction(isShown, labels);
      await this.look();
      if (round < TAKEN) await this.page.evaluate(count => [...document.querySelectorAll(".card")].slice(-count)
        .forEach(card => card.querySelector(".primary").click()), offered.length);
      else for (const { file } of offered) await this.peer.ask({ do: "cancel_file", file });
      await this.page.waitForFunction(([count, state]) => [...document.querySelectorAll(".card")].slice(-count).every(it => it.dataset.state === state),
        [offered.length, round < TAKEN ? "stored" : "ended"]);
      await this.look();
    }
  }

  async #offer(text, isFolder) {
    const name = labelOf(text, ++this.files);
    const path = join(this.folder, `${this.files}`, name);
    mkdirSync(isFolder ? path : join(path, ".."), { recursive: true });
    writeFileSync(isFolder ? join(path, name) : path, Buffer.concat([PIXEL, Buffer.from(text)]));
    const { files, text: why } = await this.peer.ask({ do: "send_file", to: this.tag, path });
    assert.ok(files, why);
    return files[0];
  }
}

/** What is told of a page that takes all of it for markup: the test would see it. */
async function theTestCanFail(context) {
  const origin = "http://careless.invalid";
  const careless = await context.newPage();
  await careless.route(`${origin}/`, route => route.fulfill({ contentType: "text/html", body: "<!doctype html>" }));
  await careless.route(/x\.invalid/, route => route.abort());
  const missing = { "a script": 12, "a request": 3, "a dialog": 1 };
  const isSeen = new Promise((resolve, reject) => {
    AbortSignal.timeout(PATIENCE).addEventListener("abort", () => reject(new Error(`not seen: ${JSON.stringify(missing)}`)));
    watch(careless, origin, told => {
      for (const what of Object.keys(missing)) missing[what] -= told.startsWith(what) ? 1 : 0;
      if (Object.values(missing).every(it => it <= 0)) resolve();
    }).then(() => careless.goto(origin)).then(() => careless.evaluate(
      all => all.forEach(srcdoc => document.body.append(Object.assign(document.createElement("iframe"), { srcdoc }))), payloads.slice(0, CARELESS)));
  });
  await isSeen;
  await careless.close();
}

export async function hostile(stage) {
  const { katie, people } = stage;
  const peer = await Control.open(people.abdul.control), own = await Control.open(people.katie.control);
  const tag = (await own.ask({ do: "who" })).me.tag;
  const folder = mkdtempSync(join(tmpdir(), "hostile-"));
  const before = katie.viewportSize();
  await katie.setViewportSize(SIZE);
  const plays = [];
  for (const words of [PLAIN, payloads]) {
    const play = new Play(katie, peer, tag, folder);
    await play.talk(words);
    await play.send(words);
    plays.push(play.kinds);
  }
  const [plain, played] = plays;
  assert.deepEqual([...played].filter(it => !plain.has(it)), [], "elements that plain words do not have");
  await peer.ask({ do: "rename", name: "abdul" });
  await katie.locator('.chat-name:text-is("abdul")').waitFor();
  await katie.setViewportSize(before);
  await open(katie, "abdul");
  rmSync(folder, { recursive: true });
  peer.close();
  own.close();
  await theTestCanFail(katie.context());
}
