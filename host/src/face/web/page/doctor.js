// What `p2pm doctor` finds, and what mends it.

import { get } from "./api.js";
import { copyable, dialog, fill, h } from "./dom.js";
import { line } from "./safe.js";
import { texts } from "./texts.js";

export async function showDoctor(app) {
  const found = h("div", { class: "findings", role: "status" }, h("p", {}, h("span", { class: "spinner" }), texts.doctorWorks));
  dialog(texts.doctorTitle, { class: "doctor" }, found);
  const answer = await app.attempt(get("/api/doctor"));
  const findings = answer?.findings ?? [];
  if (!answer) fill(found, h("p", {}, texts.failed));
  else if (!findings.length) fill(found, h("p", {}, texts.doctorGood));
  else {
    fill(found, h("ul", {}, ...findings.map(it => h("li", {}, h("p", {}, line(it.text)),
      it.mend && h("div", { class: "mend" }, h("span", {}, texts.mend), copyable(line(it.mend)))))));
  }
}
