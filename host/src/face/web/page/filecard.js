// A file, or one that was offered to several, as a card of a conversation.

import { ask, post } from "./api.js";
import { attribute, bdi, fill, h, icon, say } from "./dom.js";
import { isPicture, pictureOf } from "./picture.js";
import { filesState, what } from "./receipts.js";
import { line, nameOf } from "./safe.js";
import { texts } from "./texts.js";
import { clock, percent } from "./time.js";

/** States in which it is on its way. */
const UNDER_WAY = ["accepted", "moving", "paused"];

/** How far all of them are, in hundredths. */
function share(files) {
  const sum = files.reduce((sum, it) => sum + (it.state === "stored" ? it.size : it.done ?? 0), 0);
  return percent(sum, files.reduce((sum, it) => sum + it.size, 0));
}

export function fileCard(app, entry) {
  const first = entry.files[0];
  const name = line(first.name);
  const state = h("span", { class: "state" });
  const bar = h("progress", { max: 100, "aria-label": texts.progressOf(name) });
  const actions = h("div", { class: "actions" });
  const picture = h("div", { class: "picture-place" });
  const element = h("div", { class: "card", role: "group", "aria-label": texts.file(name) },
    !first.ours && app.chat.tag === undefined && h("span", { class: "name" }, bdi(nameOf(first.who))),
    picture,
    h("div", { class: "card-head" }, icon(first.folder ? "folder" : "file"),
      h("div", { class: "card-text" }, h("strong", {}, bdi(name)), h("span", { class: "state" }, what(first)))),
    bar, h("div", { class: "card-foot" }, state, h("time", { class: "meta" }, clock(entry.at))), actions);
  let shown = "";
  const update = () => {
    const files = entry.files ?? [first];
    say(state, line(filesState(files)));
    const isUnderWay = files.some(it => UNDER_WAY.includes(it.state));
    bar.hidden = !isUnderWay;
    attribute(bar, "value", share(files));
    // Buttons stay while nothing but the progress changes: a click would miss one that is replaced.
    const kinds = files.map(it => `${it.file} ${it.state}`).join();
    if (kinds === shown) return;
    shown = kinds;
    element.dataset.state = files.length === 1 ? files[0].state : "several";
    const focused = actions.contains(document.activeElement);
    const buttons = files.length === 1 ? actionsOf(app, files[0]) : severalActions(app, files);
    fill(actions, ...buttons);
    actions.hidden = !buttons.length;
    if (focused) (actions.querySelector("button, a") ?? app.conversation.box).focus();
    if (isPicture(first)) fill(picture, pictureOf(app, files.find(it => it.state === "stored") ?? first));
  };
  update();
  return { element, update };
}

function action(app, file, label, work, kind = "") {
  const name = line(file.name);
  return h("button", { type: "button", class: `button small ${kind}`, "data-focus": label, "aria-label": texts.of(name, label),
    onclick: () => app.attempt(work()) }, label);
}

/** What can be done with a file. */
function actionsOf(app, file) {
  if (file.run !== app.state.run) return [];
  const to = verb => () => ask({ do: verb, file: file.file });
  const cancel = action(app, file, texts.cancel, to("cancel_file"));
  switch (file.state) {
    case "offered":
      if (file.ours) return [cancel];
      return [action(app, file, texts.take, to("take_file"), "primary"), action(app, file, texts.refuse, to("cancel_file"))];
    case "accepted": return [cancel];
    case "moving": return [action(app, file, texts.pause, to("pause_file")), cancel];
    case "paused": return [action(app, file, texts.resume, to("resume_file"), "primary"), cancel];
    case "stored": return file.ours ? [] : [
      action(app, file, texts.openFolder, () => post("/api/open", { file: file.file })),
      !file.folder && h("a", { class: "button small", href: `/api/file/${file.file}`, download: line(file.name),
        "data-focus": "download", "aria-label": texts.of(line(file.name), texts.download) }, texts.download),
    ];
    default: return [];
  }
}

/** What can be done with those that were offered to everyone at once. */
function severalActions(app, files) {
  const left = files.filter(it => it.run === app.state.run && ["offered", ...UNDER_WAY].includes(it.state));
  if (!left.length) return [];
  return [action(app, files[0], texts.cancel,
    () => Promise.all(left.map(it => ask({ do: "cancel_file", file: it.file }))))];
}

