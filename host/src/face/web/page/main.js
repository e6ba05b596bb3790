// Where the page begins.

import { Failure } from "./api.js";
import { App } from "./app.js";
import { copyable } from "./dom.js";
import { firstRun, show } from "./firstrun.js";
import { enter } from "./session.js";
import { texts } from "./texts.js";

document.documentElement.lang = texts.lang;

async function begin() {
  try {
    const state = await enter();
    const run = () => new App().start();
    if (state.phase === "first_run") firstRun(state.name ?? "", run);
    else run();
  } catch (error) {
    const isGone = error instanceof Failure && error.kind === "gone";
    show(isGone ? texts.goneTitle : texts.lockedTitle, isGone ? texts.goneText : texts.lockedText, copyable(texts.command));
  }
}

// Another address with a key was opened in this tab.
addEventListener("hashchange", () => location.hash && location.reload());
begin();

