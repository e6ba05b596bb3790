// The people of a test: each has a page of the program, in a browser of their own.
//
// P2PM_WEB_PEOPLE   a file of JSON: {"katie": {"url": "http://127.0.0.1:PORT/#TOKEN", "browser": "/usr/bin/chromium"}, …}. A browser may
//                   be a script that enters a network namespace first; pages are fetched by it alone. `control` is the path of the
//                   control socket of their node.
// P2PM_WEB_HOOK     a program: `HOOK stop NAME` ends somebody's node, the server of the page stays; `HOOK kill NAME` kills both,
//                   starts them again, and prints the new address; `HOOK cut NAME` breaks the connections of a page, and lets it
//                   make no others until `HOOK mend NAME`.
// P2PM_WEB_SHOTS    a folder for pictures of every state; none are kept without it.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SHOTS = process.env.P2PM_WEB_SHOTS;

export class Stage {
  static async set() {
    const stage = new Stage();
    stage.people = JSON.parse(readFileSync(process.env.P2PM_WEB_PEOPLE ?? "", "utf8"));
    stage.problems = [];
    stage.browsers = [];
    if (SHOTS) mkdirSync(SHOTS, { recursive: true });
    for (const name of Object.keys(stage.people)) stage[name] = await stage.#page(name);
    return stage;
  }

  async #page(name) {
    const executablePath = this.people[name].browser ?? "/usr/bin/chromium";
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
    this.browsers.push(browser);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: "light", locale: "en-GB" });
    const page = await context.newPage();
    page.on("pageerror", error => this.problems.push(`${name}: ${error.stack}`));
    await watch(page, new URL(this.people[name].url).origin, it => this.problems.push(`${name}: ${it}`));
    return page;
  }

  /** Looks at a page: nothing is in the way of anybody (axe), nothing sticks out at the side, and a picture is kept. */
  async look(page, state) {
    // What is half faded in has other colours than a moment later.
    await page.evaluate(() => Promise.allSettled(document.getAnimations()
      .filter(it => it.effect?.getComputedTiming().endTime !== Infinity).map(it => it.finished)));
    if (SHOTS) await page.screenshot({ path: join(SHOTS, `${state}.png`), animations: "disabled" });
    const client = await page.context().newCDPSession(page);
    // The policy of the page keeps scripts of others out; the debugger is none.
    await client.send("Runtime.evaluate", { expression: AXE });
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    for (const it of violations) this.problems.push(`${state}: ${it.id}: ${it.help}: ${it.nodes.map(node => node.html.slice(0, 200)).join("; ")}`);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) this.problems.push(`${state}: ${over} pixels too wide`);
    await client.detach();
  }

  /** What the hook prints: after a kill, the address of the page of the program that was started again. */
  hook(what, name) {
    return execFileSync(process.env.P2PM_WEB_HOOK ?? "", [what, name], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
  }

  async end() {
    await Promise.all(this.browsers.map(browser => browser.close()));
  }
}

/** Tells of whatever no page may do: run what somebody has written (`ran()`), open a dialog, ask another server, or try what its policy forbids. */
export async function watch(page, origin, tell) {
  await page.exposeFunction("ran", () => tell("a script ran"));
  page.on("dialog", dialog => {
    tell(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", request => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== origin) tell(`a request: ${request.url()}`);
  });
  page.on("console", message => {
    if (/Content Security Policy|Refused to/.test(message.text())) tell(`against the policy: ${message.text()}`);
  });
}

/** Opens a conversation by its title. */
export async function open(page, title) {
  await page.locator(".chat", { has: page.locator(`.chat-name:text-is("${title}")`) }).click();
  await page.locator(`.chat-title bdi:text-is("${title}")`).waitFor();
}

/** Says a text in the conversation that is open. */
export async function say(page, text) {
  await page.fill("#write", text);
  await page.keyboard.press("Enter");
}

/** Waits for a text in the conversation that is open. */
export const heard = (page, text) => page.locator(".theirs .text", { hasText: text }).last().waitFor();

/** Waits until our last text has these words, of what has become of it. */
export const receipt = (page, words) => page.locator(".row.ours").last().locator(".mark", { hasText: words }).waitFor({ state: "attached" });

/** Drops files on the page. */
export async function drop(page, files) {
  const data = await page.evaluateHandle(all => {
    const dropped = new DataTransfer();
    for (const { name, type, size, base64 } of all) {
      const content = base64 ? Uint8Array.from(atob(base64), it => it.charCodeAt(0)) : new Uint8Array(size);
      dropped.items.add(new File([content], name, { type }));
    }
    return dropped;
  }, files);
  await page.dispatchEvent("body", "dragover", { dataTransfer: data });
  await page.locator(".drop-zone").waitFor();
  await page.dispatchEvent("body", "drop", { dataTransfer: data });
  await page.locator(".chip").first().waitFor();
}

/** The card of a file. */
export const card = (page, name) => page.locator(`.card[aria-label="File ${name}"]`).last();

/** Waits until a file is in this state. */
export const state = (page, name, what) => page.locator(`.card[aria-label="File ${name}"][data-state="${what}"]`).last().waitFor();

/** A PNG of one colour for each corner, drawn by the browser. */
export const picture = page => page.evaluate(() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const drawing = canvas.getContext("2d");
  [["#c0563f", 0, 0], ["#3f7ac0", 320, 0], ["#e0b040", 0, 240], ["#3f9c6a", 320, 240]].forEach(([colour, x, y]) => {
    drawing.fillStyle = colour;
    drawing.fillRect(x, y, 320, 240);
  });
  return canvas.toDataURL("image/png").split(",")[1];
});
