// Keys that work wherever the focus is, as in the terminal (docs/KEYS.md).

import { ask } from "./api.js";

export function listenToKeys(app) {
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowUp: () => step(app, -1),
    ArrowDown: () => step(app, 1),
    a: () => attend(app),
    y: () => decide(app, "accept", "take_file"),
    n: () => decide(app, "deny", "cancel_file"),
  };
  addEventListener("keydown", event => {
    if (document.querySelector("dialog[open]")) return;
    const work = event.altKey && !event.ctrlKey && !event.metaKey && keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (work) {
      event.preventDefault();
      work();
    } else if (event.key === "Escape") {
      if (!app.conversation?.scroller.isAtEnd) app.conversation?.toEnd();
      else if (app.isInside) app.back();
      else app.people?.focus();
    }
  });
}

function step(app, by) {
  const keys = app.people?.keys ?? [];
  const to = keys[(keys.indexOf(app.chat.key) + by + keys.length) % keys.length];
  if (to !== undefined) app.select(to);
}

/** To the next conversation with something new, or with somebody who asks. */
function attend(app) {
  const chats = [...app.state.chats.values()].filter(it => it !== app.chat);
  const next = chats.find(it => it.unread) ?? chats.find(it => app.state.people.get(it.tag ?? "")?.trust === "asks");
  if (next) app.select(next.key);
}

/** About whoever asks, or else about what is offered in the conversation. */
function decide(app, person, file) {
  const all = [...app.state.people.values()].filter(it => it.trust === "asks");
  const who = all.find(it => it.tag === app.chat.tag) ?? all[0];
  if (who) return app.decide(who, person);
  const offered = [...app.state.files.values()].find(it => !it.ours && it.state === "offered" && it.who.tag === app.chat.tag);
  if (offered) app.attempt(ask({ do: file, file: offered.file }));
}
