// What three people do with the page, from the first run on. Each step stands on those before it.

import assert from "node:assert/strict";

import { hostile } from "./hostile.mjs";
import { card, drop, heard, open, picture, receipt, say, state } from "./stage.mjs";

/** Bytes that take a few seconds on a network of 20 Mbit/s. */
const LARGE = 8 << 20;

export const steps = {
  async "first run makes a code, which is shown large and as a QR code"(stage) {
    const { katie, people } = stage;
    await katie.goto(people.katie.url);
    await katie.locator("#name").waitFor();
    assert.equal(new URL(katie.url()).hash, "", "the key is still in the address");
    await stage.look(katie, "first-run");
    await katie.fill("#name", "");
    await katie.click(".large");
    await katie.locator(".problem", { hasText: "name" }).waitFor();
    await katie.fill("#name", "katie");
    await katie.click(".large");
    await katie.locator(".code-card .qr").waitFor();
    stage.code = await katie.locator(".code-card code").textContent();
    assert.match(stage.code, /^\d+(-[a-z]+){4}$/);
    await stage.look(katie, "code");
    await katie.click("text=Go on");
    await katie.locator(".empty").waitFor();
    await katie.locator(".me", { hasText: "katie" }).waitFor();
    await stage.look(katie, "nobody");
  },

  async "the others join with the code, and are found without an address"(stage) {
    const { katie, people } = stage;
    for (const name of ["abdul", "zoe"]) {
      const page = stage[name];
      await page.goto(people[name].url);
      await page.fill("#name", name);
      await page.check("input[value=join]");
      await page.fill("#code", stage.code);
      await stage.look(page, `join-${name}`);
      await page.keyboard.press("Enter");
      await page.locator(".question", { hasText: "katie" }).waitFor();
    }
    await katie.locator(".question").nth(1).waitFor();
    await stage.look(katie, "asked");
  },

  async "whoever asks is shown with their tag, and accepted once"(stage) {
    for (const name of ["katie", "abdul", "zoe"]) {
      for (const other of ["katie", "abdul", "zoe"].filter(it => it !== name)) {
        const question = stage[name].locator(".question", { hasText: other });
        assert.match(await question.locator(".tag").textContent(), /^[0-9a-z]{4}(-[0-9a-z]{4}){2}$/);
        await question.getByRole("button", { name: "Accept" }).click();
        await question.waitFor({ state: "detached" });
      }
    }
    for (const name of ["katie", "abdul", "zoe"]) await stage[name].locator(".chat .presence.here").nth(1).waitFor();
  },

  async "one is written to, answers, and receives"(stage) {
    const { katie, abdul } = stage;
    await open(katie, "abdul");
    await stage.look(katie, "empty-one");
    await say(katie, "dinner?");
    await receipt(katie, "received");
    await abdul.locator(".badge", { hasText: "1" }).waitFor();
    await stage.look(abdul, "unread");
    await open(abdul, "katie");
    await heard(abdul, "dinner?");
    await say(abdul, "at eight\nI bring bread");
    await heard(katie, "at eight");
    await stage.look(katie, "one");
  },

  async "a draft stays with its conversation"(stage) {
    const { katie } = stage;
    await katie.fill("#write", "half a thou");
    await open(katie, "zoe");
    assert.equal(await katie.inputValue("#write"), "");
    await katie.locator(".peek.is-draft", { hasText: "half a thou" }).waitFor();
    await open(katie, "abdul");
    assert.equal(await katie.inputValue("#write"), "half a thou");
    await katie.fill("#write", "");
  },

  async "everyone is written to, and receipts say who lacks it"(stage) {
    const { katie, abdul, zoe } = stage;
    await open(katie, "Everyone");
    await say(katie, "the report is done");
    await receipt(katie, "received by all 2");
    await open(zoe, "Everyone");
    await heard(zoe, "the report is done");
    stage.hook("stop", "zoe");
    await zoe.locator(".banner", { hasText: "has stopped" }).waitFor();
    await stage.look(zoe, "stopped");
    await katie.locator(".chat", { hasText: "zoe" }).locator(".presence.away").waitFor();
    await say(katie, "and printed");
    await receipt(katie, "received by 1 of 2: not by zoe");
    await open(abdul, "Everyone");
    await heard(abdul, "and printed");
    await stage.look(katie, "everyone");
  },

  async "a node that has stopped is started again, and nothing is missing or shown twice"(stage) {
    const { katie, zoe } = stage;
    await zoe.getByRole("button", { name: "Start again" }).click();
    await zoe.locator(".banner").waitFor({ state: "hidden" });
    await heard(zoe, "and printed");
    await receipt(katie, "received by all 2");
    assert.equal(await zoe.locator(".text", { hasText: "and printed" }).count(), 1);
    assert.equal(await zoe.locator(".text", { hasText: "the report is done" }).count(), 1, "what was said before is gone");
    await zoe.locator(".note", { hasText: "started again" }).waitFor();
    await stage.look(zoe, "started-again");
  },

  async "a file is dropped, waits, goes on after its end was killed, and arrives"(stage) {
    const { katie, abdul } = stage;
    await open(katie, "abdul");
    await open(abdul, "katie");
    const name = "plans.bin";
    await drop(katie, [{ name, type: "application/octet-stream", size: LARGE }]);
    await stage.look(katie, "tray");
    await katie.click(".send");
    await state(abdul, name, "offered");
    await stage.look(abdul, "offered");
    await card(abdul, name).getByRole("button", { name: "Accept" }).click();
    await state(katie, name, "moving");
    await stage.look(katie, "moving");
    await card(katie, name).getByRole("button", { name: "Pause" }).click();
    await state(abdul, name, "paused");
    await stage.look(abdul, "paused");
    await card(katie, name).getByRole("button", { name: "Go on" }).click();
    await state(katie, name, "moving");
    await abdul.goto(stage.hook("kill", "abdul"));
    await open(abdul, "katie");
    await state(katie, name, "stored");
    await state(abdul, name, "stored");
    await katie.locator(".below").waitFor({ state: "hidden" });
    await stage.look(katie, "stored");
  },

  async "a picture is sent, seen small, and seen whole"(stage) {
    const { katie, abdul } = stage;
    await drop(katie, [{ name: "photo.png", type: "image/png", base64: await picture(katie) }]);
    await katie.click(".send");
    await card(abdul, "photo.png").getByRole("button", { name: "Accept" }).click();
    const small = card(abdul, "photo.png").locator(".thumbnail.is-drawn");
    await small.waitFor();
    await stage.look(abdul, "picture");
    await small.click();
    await abdul.locator("dialog img").evaluate(image => image.decode());
    await stage.look(abdul, "picture-whole");
    await abdul.keyboard.press("Escape");
    await abdul.locator("dialog").waitFor({ state: "detached" });
  },

  async "a file is declined, and its sender is told"(stage) {
    const { katie, abdul } = stage;
    await drop(katie, [{ name: "<img src=x onerror=alert(1)>.txt", type: "text/plain", size: 5 }]);
    await katie.click(".send");
    const offer = abdul.locator(".card").last();
    await offer.getByRole("button", { name: "Decline" }).click();
    await katie.locator(".card[data-state=ended]").last().waitFor();
    await katie.locator(".below").waitFor({ state: "hidden" });
    assert.equal(await abdul.locator(".messages img:not(.thumbnail img)").count(), 0, "a name has become markup");
    await stage.look(katie, "declined");
  },

  async "a picture is pasted, under a name that says when"(stage) {
    const { katie, abdul } = stage;
    const base64 = await picture(katie);
    await katie.focus("#write");
    await katie.evaluate(content => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([Uint8Array.from(atob(content), it => it.charCodeAt(0))], "image.png", { type: "image/png" }));
      document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, base64);
    const name = await katie.locator(".chip bdi").textContent();
    assert.match(name, /^picture \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.png$/);
    await katie.keyboard.press("Enter");
    await card(abdul, name).getByRole("button", { name: "Accept" }).click();
    await card(abdul, name).locator(".thumbnail.is-drawn").waitFor();
  },

  async "a tab that slept while its stream broke misses nothing, and shows nothing twice"(stage) {
    const { katie, abdul } = stage;
    const client = await katie.context().newCDPSession(katie);
    const texts = ["are you asleep?", "it seems so", "good night"];
    await client.send("Page.setWebLifecycleState", { state: "frozen" });
    stage.hook("cut", "katie");
    for (const text of texts) {
      await say(abdul, text);
      await receipt(abdul, "received");
    }
    stage.hook("mend", "katie");
    await client.send("Page.setWebLifecycleState", { state: "active" });
    await client.detach();
    await heard(katie, texts.at(-1));
    await katie.locator(".banner").waitFor({ state: "hidden" });
    const shown = await katie.locator(".theirs .text").allTextContents();
    assert.deepEqual(shown.filter(it => texts.includes(it)), texts);
    await say(katie, "good morning");
    await heard(abdul, "good morning");
  },

  async "words are compared"(stage) {
    const words = {};
    for (const [name, other] of [["katie", "abdul"], ["abdul", "katie"]]) {
      const page = stage[name];
      await page.getByRole("button", { name: `About ${other}` }).click();
      await stage.look(page, `about-${other}`);
      await page.getByRole("button", { name: "Compare words" }).click();
      await page.locator(".word-list li").nth(5).waitFor();
      words[name] = await page.locator(".word-list li").allTextContents();
      await stage.look(page, `words-${name}`);
      await page.getByRole("button", { name: "They are the same" }).click();
      await page.locator(".compared").waitFor();
    }
    assert.deepEqual(words.katie, words.abdul);
    await stage.look(stage.katie, "compared");
  },

  async "dark, narrow and very wide"(stage) {
    const { katie } = stage;
    await katie.getByRole("button", { name: "Use dark colours" }).click();
    await stage.look(katie, "dark");
    for (const [width, height] of [[320, 568], [768, 1024], [1440, 900], [2560, 1440]]) {
      await katie.setViewportSize({ width, height });
      await stage.look(katie, `dark-${width}`);
    }
    await katie.getByRole("button", { name: "Use light colours" }).click();
    await katie.setViewportSize({ width: 320, height: 568 });
    await stage.look(katie, "light-320");
    await katie.getByRole("button", { name: "Back to the conversations" }).click();
    await katie.locator(".chats").waitFor();
    await stage.look(katie, "light-320-list");
    await open(katie, "abdul");
    await katie.setViewportSize({ width: 1280, height: 800 });
  },

  async "settings, the code and the doctor"(stage) {
    const { katie, abdul } = stage;
    await katie.getByRole("button", { name: "Settings" }).click();
    await katie.locator("dialog.settings").waitFor();
    await stage.look(katie, "settings");
    await katie.fill("#settings-name", "katie b.");
    await katie.getByRole("button", { name: "Save" }).click();
    await katie.locator(".hint", { hasText: "Saved" }).waitFor();
    await katie.keyboard.press("Escape");
    await abdul.locator(".chat-name", { hasText: "katie b." }).waitFor();
    await katie.getByRole("button", { name: "Add people" }).click();
    await katie.locator("dialog .qr").waitFor();
    assert.equal(await katie.locator("dialog .code-large code").textContent(), stage.code);
    await stage.look(katie, "code-again");
    await katie.keyboard.press("Escape");
  },

  async "the keyboard alone is enough"(stage) {
    const { katie, zoe } = stage;
    await katie.reload();
    await katie.locator(".chat[aria-current]").waitFor();
    await katie.keyboard.press("Tab");
    assert.equal(await katie.evaluate(() => document.activeElement?.className), "skip");
    await katie.keyboard.press("Enter");
    assert.equal(await katie.evaluate(() => document.activeElement?.id), "write");
    await katie.keyboard.press("Escape");
    await katie.locator(".chat:focus").waitFor();
    await katie.keyboard.press("Home");
    const names = await katie.locator(".chat-name").allTextContents();
    for (let i = 0; i < names.indexOf("zoe"); i++) await katie.keyboard.press("ArrowDown");
    await katie.keyboard.press("Enter");
    await katie.locator("#write:focus").waitFor();
    await katie.keyboard.type("without a mouse");
    await katie.keyboard.press("Enter");
    await receipt(katie, "received");
    // Zoe is the latest now, right below everyone.
    await katie.locator("li:nth-child(2) .chat-name", { hasText: "zoe" }).waitFor();
    await katie.keyboard.press("Alt+ArrowUp");
    await katie.locator('.chat-title bdi:text-is("Everyone")').waitFor();
    await open(zoe, "katie b.");
    await heard(zoe, "without a mouse");
    await stage.look(katie, "keyboard");
  },

  async "somebody is blocked, and no more is heard of them"(stage) {
    const { katie } = stage;
    await open(katie, "zoe");
    await katie.getByRole("button", { name: "About zoe" }).click();
    await katie.getByRole("button", { name: "Block" }).click();
    await stage.look(katie, "block");
    await katie.locator("dialog .danger").click();
    await katie.locator("#write:disabled").waitFor();
    await katie.locator(".others summary").click();
    await katie.locator(".turned-away", { hasText: "zoe" }).waitFor();
    await stage.look(katie, "blocked");
  },

  async "tabs share one stream of news, and each has them all"(stage) {
    const { katie, abdul, people } = stage;
    await open(katie, "abdul");
    const tabs = [];
    for (let i = 0; i < 9; i++) {
      const tab = await katie.context().newPage();
      // A browser has six connections for a server: with a stream for each tab the seventh would wait forever.
      await tab.goto(new URL(people.katie.url).origin);
      await open(tab, "abdul");
      tabs.push(tab);
    }
    await open(abdul, "katie b.");
    await say(abdul, "to every tab");
    for (const tab of [katie, ...tabs]) {
      await tab.bringToFront();
      await heard(tab, "to every tab");
    }
    for (const tab of tabs) await tab.close();
  },

  async "without a key, and without scripts, there is a clear sentence"(stage) {
    const { katie, people } = stage;
    const browser = katie.context().browser();
    const stranger = await (await browser.newContext()).newPage();
    await stranger.goto(people.katie.url);
    await stranger.locator("h1", { hasText: "needs its key" }).waitFor();
    await stage.look(stranger, "no-key");
    const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await plain.goto(new URL(people.katie.url).origin);
    await plain.locator(".first-run p").waitFor();
  },

  "markup, scripts and odd characters are text, wherever a peer puts them": hostile,
};
