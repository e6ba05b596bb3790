// How others come: the code, large and as a QR code, or an address.

import { ask, get } from "./api.js";
import { copyable, dialog, h, qrCode } from "./dom.js";
import { texts } from "./texts.js";

/** The code of a circle, to be told or shown to others. */
export function codeCard({ passphrase, qr }) {
  return h("div", { class: "code-card" },
    qr.length > 0 && qrCode(qr, texts.qr(passphrase)), copyable(passphrase, "code-large"),
    h("p", { class: "hint" }, texts.tellOthersText), h("p", { class: "hint" }, texts.keepSecret));
}

export async function showInvitation(app) {
  const invitation = await app.attempt(get("/api/invite"));
  if (!invitation) return;
  const address = h("input", { id: "address", type: "text", autocomplete: "off", spellcheck: "false", placeholder: "192.0.2.7" });
  const form = h("form", { class: "field-line", onsubmit: event => {
    event.preventDefault();
    const to = address.value.trim();
    if (!to) return;
    app.attempt(ask({ do: "connect", address: to })).then(done => {
      if (!done) return;
      shown.close();
      app.notices?.toast(texts.connecting_(to));
    });
  } }, address, h("button", { type: "submit", class: "button" }, texts.connect));
  const shown = dialog(texts.tellOthers, { class: "invite" }, codeCard(invitation),
    h("details", {}, h("summary", {}, texts.elsewhere),
      h("label", { for: "address" }, texts.elsewhereText), form));
}

