// What can be set.

import { get, post } from "./api.js";
import { bdi, dialog, h, say } from "./dom.js";
import { wantNotifications, wantsNotifications } from "./notices.js";
import { line } from "./safe.js";
import { texts } from "./texts.js";
import { setTheme, theme } from "./themes.js";

export async function showSettings(app) {
  const settings = await app.attempt(get("/api/settings"));
  if (!settings) return;
  const name = field("settings-name", texts.yourName, settings.name, 32);
  const folder = field("settings-folder", texts.folder, settings.folder, 4096);
  const status = h("span", { role: "status", class: "hint" });
  const form = h("form", { class: "settings-form", onsubmit: async event => {
    event.preventDefault();
    const chosen = { name: name.input.value.trim(), folder: folder.input.value, accept: form.elements.accept?.value };
    const changes = Object.fromEntries(Object.entries(chosen).filter(([key, value]) => value && value !== settings[key]));
    if (Object.keys(changes).length && !(await app.attempt(post("/api/settings", changes).then(() => true)))) return;
    Object.assign(settings, changes);
    say(status, texts.saved);
    app.refresh();
  }, oninput: () => say(status, "") },
  name.element, choice("accept", texts.whom, texts.policies, settings.accept), folder.element,
  h("div", { class: "actions" }, h("button", { type: "submit", class: "button primary" }, texts.save), status));
  const { me } = app.state;
  dialog(texts.settings, { class: "settings" }, form,
    choice("theme", texts.appearance, texts.themes, theme(), chosen => {
      setTheme(chosen);
      app.changed();
    }),
    notifications(),
    h("dl", {}, h("dt", {}, texts.circles), h("dd", {}, bdi(settings.circles.map(line).join(", "))),
      ...(me ? [h("dt", {}, texts.yourTag), h("dd", {}, h("code", {}, me.tag)),
        h("dt", {}, texts.yourAddresses), h("dd", {}, me.addresses.join(", "))] : [])),
    h("h3", {}, texts.keys),
    h("dl", { class: "keys" }, ...texts.keyList.flatMap(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)])));
}

function field(id, label, value, maxlength) {
  const input = h("input", { id, type: "text", value, maxlength, autocomplete: "off", spellcheck: "false" });
  return { input, element: h("div", { class: "field" }, h("label", { for: id }, label), input) };
}

/** @param {Record<string, string>} choices @param {string} value
 * @param {(chosen: string) => void} [onchange] */
function choice(name, title, choices, value, onchange) {
  return h("fieldset", { class: "field" }, h("legend", {}, title), ...Object.entries(choices).map(([key, label]) =>
    h("label", { class: "choice" }, h("input", { type: "radio", name, value: key, checked: key === value, onchange: () => onchange?.(key) }), label)));
}

function notifications() {
  const status = h("span", { role: "status", class: "hint" });
  const box = h("input", { type: "checkbox", checked: wantsNotifications(), onchange: async () => {
    const wanted = box.checked;
    box.checked = await wantNotifications(wanted);
    say(status, wanted && !box.checked ? texts.notifyDenied : "");
  } });
  return h("fieldset", { class: "field" }, h("legend", {}, texts.notifications),
    h("label", { class: "choice" }, box, texts.notifyMe), status);
}
