// A conversation of 10,000 texts: how long the frames take while it is scrolled, how much of it is in the document, and what it
// takes of memory. The page is open while they come: a node keeps the last 1,000 texts for a page that is opened later.

import assert from "node:assert/strict";

import { Control } from "./control.mjs";
import { Stage, open } from "./stage.mjs";
import { steps } from "./steps.mjs";

const TEXTS = 10_000;
/** Texts that wait for their answers at a time. */
const AHEAD = 64;
/** Pixels, and pixels a second. */
const DISTANCE = 60_000;
const SPEED = 6_000;
const JUMPS = 50;
const WORDS = "a scroll test has texts of many lengths some are short and some go on for a while since people write like that".split(" ");

const text = n => `${n}: ${Array.from({ length: 2 + ((n * 7919) % 40) }, (_, i) => WORDS[(n + i * i) % WORDS.length]).join(" ")}`;
const number = (value, unit) => `${value.toFixed(1)} ${unit}`;
const share = (sorted, of) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * of))];

function tell(what, times) {
  const sorted = times.toSorted((a, b) => a - b);
  const late = times.filter(it => it > 1000 / 60 + 1).length;
  console.log(`${what}: ${times.length}, median ${number(share(sorted, 0.5), "ms")}, 95 % ${number(share(sorted, 0.95), "ms")}, `
    + `99 % ${number(share(sorted, 0.99), "ms")}, longest ${number(sorted.at(-1), "ms")}, later than 1/60 s: ${late}`);
}

/** Has it scrolled as by a wheel, and measures the time from frame to frame. */
async function scroll(page, client, distance) {
  await page.evaluate(() => {
    globalThis.frames_ = [];
    const frame = at => globalThis.frames_?.push(at) && requestAnimationFrame(frame);
    requestAnimationFrame(frame);
  });
  await client.send("Input.synthesizeScrollGesture", { x: 800, y: 400, yDistance: distance, speed: SPEED, gestureSourceType: "mouse" });
  const at = await page.evaluate(() => {
    const { frames_ } = globalThis;
    delete globalThis.frames_;
    return frames_;
  });
  return at.slice(1).map((it, i) => it - at[i]);
}

/** How long it takes to show another place, from the change to the end of the layout. */
const jump = page => page.evaluate(count => {
  const box = document.querySelector(".scroll");
  return Array.from({ length: count }, (_, i) => {
    const began = performance.now();
    box.scrollTop = ((i * 0.618) % 1) * box.scrollHeight;
    box.dispatchEvent(new Event("scroll"));
    box.getBoundingClientRect();
    return performance.now() - began;
  });
}, JUMPS);

async function fill(stage) {
  const peer = await Control.open(stage.people.abdul.control);
  for (let n = 1; n <= TEXTS; n += AHEAD) {
    const all = Array.from({ length: Math.min(AHEAD, TEXTS - n + 1) }, (_, i) => peer.ask({ do: "say", to: "katie", text: text(n + i) }));
    for (const { answer, text: why } of await Promise.all(all)) assert.equal(answer, "said", why);
  }
  await stage.katie.locator(".theirs .text", { hasText: new RegExp(`^${TEXTS}: `) }).waitFor({ timeout: 600_000 });
  peer.close();
}

async function memory(client) {
  await client.send("HeapProfiler.collectGarbage");
  const { metrics } = await client.send("Performance.getMetrics");
  const { JSHeapUsedSize, Nodes } = Object.fromEntries(metrics.map(it => [it.name, it.value]));
  return `heap ${number(JSHeapUsedSize / 1e6, "MB")}, nodes ${Nodes}`;
}

async function measure(stage) {
  const { katie } = stage;
  const client = await katie.context().newCDPSession(katie);
  await client.send("Performance.enable");
  await katie.reload();
  await katie.locator(".chat").first().waitFor();
  const paints = await katie.evaluate(() => performance.getEntriesByType("paint").map(it => [it.name, it.startTime]));
  console.log(paints.map(([name, at]) => `${name} ${number(at, "ms")}`).join(", "));
  await open(katie, "abdul");
  console.log(`with nothing said: ${await memory(client)}`);
  const began = performance.now();
  await fill(stage);
  console.log(`${TEXTS} texts came in ${number((performance.now() - began) / 1000, "s")}: ${await memory(client)}`);
  tell("frames upwards", await scroll(katie, client, DISTANCE));
  tell("frames downwards", await scroll(katie, client, -DISTANCE));
  tell("jumps", await jump(katie));
  const rows = await katie.locator(".row").count(), all = await katie.locator(".row").last().getAttribute("aria-setsize");
  console.log(`rows in the document: ${rows} of ${all}; then ${await memory(client)}`);
}

const stage = await Stage.set();
try {
  for (const step of Object.values(steps).slice(0, 3)) await step(stage);
  await measure(stage);
} finally {
  await stage.end();
}
