// Where the page begins.

import { Failure, get } from "./api.js";
import { App } from "./app.js";
import { copyable } from "./dom.js";
import { firstRun, show } from "./firstrun.js";
import { enter } from "./session.js";
import { texts } from "./texts.js";

/** Milliseconds. */
const BEAT = 10_000;

document.documentElement.lang = texts.lang;

async function begin() {
  try {
    const state = await enter();
    if (state.phase !== "first_run") return new App().start();
    // A window of its own has to be seen to be open, however long the code is read to others.
    const beat = setInterval(() => get("/api/state").catch(() => {}), BEAT);
    firstRun(state.name ?? "", () => {
      clearInterval(beat);
      new App().start();
    });
  } catch (error) {
    const isGone = error instanceof Failure && error.kind === "gone";
    show(isGone ? texts.goneTitle : texts.lockedTitle, isGone ? texts.goneText : texts.lockedText, copyable(texts.command));
  }
}

// Another address with a key was opened in this tab.
addEventListener("hashchange", () => location.hash && location.reload());
begin();

