// The first run: two questions, and a code for the others.

import { get, post } from "./api.js";
import { button, h, say } from "./dom.js";
import { codeCard } from "./invite.js";
import { line } from "./safe.js";
import { texts } from "./texts.js";

/** @param {string} suggested name */
export function firstRun(suggested, ondone) {
  const name = h("input", { id: "name", type: "text", value: suggested, maxlength: 32, autocomplete: "off", spellcheck: "false",
    "aria-describedby": "name-hint problem" });
  const code = h("input", { id: "code", type: "text", autocomplete: "off", autocapitalize: "none", spellcheck: "false",
    placeholder: texts.codeExample, "aria-describedby": "problem" });
  const codeField = h("div", { class: "field", hidden: true }, h("label", { for: "code" }, texts.code), code);
  const problem = h("p", { class: "problem", id: "problem", role: "alert" });
  const start = h("button", { type: "submit", class: "button primary large" }, texts.start);
  const choice = (value, title, hint) =>
    h("label", { class: "choice card-choice" },
      h("input", { type: "radio", name: "circle", value, checked: value === "new", onchange: () => {
        codeField.hidden = value === "new";
        if (value !== "new") code.focus();
        say(problem, "");
      } }),
      h("span", {}, h("strong", {}, title), h("small", {}, hint)));
  const form = h("form", { class: "first-run-form", novalidate: true, onsubmit: async event => {
    event.preventDefault();
    const isNew = form.elements.circle.value === "new";
    const [who, passphrase] = [name.value.trim(), isNew ? null : code.value.trim()];
    const lacking = !who ? name : passphrase === "" ? code : null;
    say(problem, lacking === name ? texts.needsName : lacking ? texts.needsCode : "");
    if (lacking) return lacking.focus();
    start.disabled = true;
    try {
      const made = await post("/api/start", { name: who, passphrase });
      if (made.made) await showCode(made.passphrase, ondone);
      else ondone();
    } catch (error) {
      say(problem, error instanceof Error && error.message ? line(error.message) : texts.failed);
      start.disabled = false;
      (isNew ? name : code).focus();
    }
  } },
  h("div", { class: "field" }, h("label", { for: "name" }, texts.yourName), name, h("small", { id: "name-hint" }, texts.yourNameHint)),
  h("fieldset", { class: "field" }, h("legend", {}, texts.yourCircle),
    choice("new", texts.newCircle, texts.newCircleHint), choice("join", texts.joinCircle, texts.joinCircleHint)),
  codeField, problem, start);
  show(texts.welcome, texts.welcomeText, form);
  name.focus();
  name.select();
}

async function showCode(passphrase, ondone) {
  // Without a picture it is still a code.
  const { qr } = await get("/api/invite").catch(() => ({ qr: [] }));
  const goOn = button(texts.goOn, ondone, "primary large");
  show(texts.tellOthers, "", codeCard({ passphrase, qr }), goOn);
  goOn.focus();
}

export function show(title, text, ...content) {
  document.title = texts.title(0, "");
  document.body.replaceChildren(h("main", { class: "first-run" }, h("img", { class: "logo", src: "/icon.svg", alt: "" }),
    h("h1", {}, title), text && h("p", { class: "lead" }, text), ...content));
}

