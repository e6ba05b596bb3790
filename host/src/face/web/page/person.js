// Dialogs about somebody: who they are, words to compare, block, forget.

import { ask } from "./api.js";
import { bdi, button, dialog, h } from "./dom.js";
import { avatar } from "./rows.js";
import { line, nameOf } from "./safe.js";
import { texts } from "./texts.js";

export function showPerson(app, tag) {
  const person = app.state.people.get(tag);
  if (!person) return;
  const name = nameOf(person);
  const closing = (label, work, kind) => button(label, () => {
    shown.close();
    work();
  }, kind);
  const is = (...trust) => trust.includes(person.trust);
  const facts = [
    [texts.status, `${texts.trust[person.trust]}${is("accepted", "verified") ? ` · ${person.here ? texts.here : texts.away}` : ""}`],
    [texts.circle, line(person.circle)], [texts.address, person.address],
  ].filter(([, value]) => value);
  const shown = dialog(name, { class: "person" },
    h("div", { class: "person-head" }, avatar(person.tag, name),
      h("div", {}, h("code", { class: "tag" }, person.tag), h("p", { class: "hint" }, texts.tagHint))),
    h("dl", {}, ...facts.flatMap(([key, value]) => [h("dt", {}, key), h("dd", {}, bdi(value ?? ""))])),
    h("div", { class: "actions" },
      is("asks") && closing(texts.accept, () => app.decide(person, "accept"), "primary"),
      is("denied", "blocked") && closing(texts.acceptAfterAll, () => app.decide(person, "accept"), "primary"),
      !person.tag.startsWith("call-") && is("accepted", "verified", "asks") && closing(texts.compare, () => compare(app, person)),
      is("asks") && closing(texts.decline, () => app.decide(person, "deny")),
      !person.here && closing(texts.forget, () => confirm(texts.forgetTitle(name), texts.forgetText, texts.forget, () => app.decide(person, "forget")), "quiet"),
      !is("blocked") && closing(texts.block, () => confirmBlock(app, person), "danger")));
}

export function confirmBlock(app, person) {
  confirm(texts.blockTitle(nameOf(person)), texts.blockText, texts.block, () => app.decide(person, "block"), h("code", { class: "tag" }, person.tag));
}

function confirm(title, text, label, work, more) {
  const shown = dialog(title, { class: "small" }, more, h("p", {}, text), h("div", { class: "actions" },
    button(label, () => {
      shown.close();
      work();
    }, "danger"),
    button(texts.cancel, () => shown.close())));
}

async function compare(app, person) {
  const answer = await app.attempt(ask({ do: "verify", name: person.tag, same: false }));
  if (!answer) return;
  const name = nameOf(person);
  const actions = h("div", { class: "actions" },
    button(texts.same, async () => {
      if (!(await app.attempt(ask({ do: "verify", name: person.tag, same: true })))) return;
      app.refresh();
      shown.close();
      app.notices?.toast(texts.sameDone(name));
    }, "primary"),
    button(texts.different, () => {
      shown.close();
      confirm(texts.blockTitle(name), texts.differText(name), texts.block, () => app.decide(person, "block"));
    }));
  const shown = dialog(texts.compareTitle(name), { class: "words" }, h("p", {}, texts.compareText),
    h("ol", { class: "word-list" }, ...answer.words.map(word => h("li", {}, line(word)))), actions);
}
