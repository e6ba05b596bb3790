// Runs the steps against pages that are there (stage.mjs says how they are named), and fails at the first that does not hold:
//
//     npm install --prefix tests/web && P2PM_WEB_PEOPLE=people.json P2PM_WEB_HOOK=./hook node tests/web/run.mjs

import assert from "node:assert/strict";

import { Stage } from "./stage.mjs";
import { steps } from "./steps.mjs";

const stage = await Stage.set();
let current = "";
try {
  for (const [name, step] of Object.entries(steps)) {
    current = name;
    await step(stage);
    assert.deepEqual(stage.problems, []);
    console.log(`ok: ${name}`);
  }
} catch (error) {
  console.error(`FAILED: ${current}`);
  for (const name of Object.keys(stage.people)) await stage.look(stage[name], `failed-${name}`).catch(() => {});
  stage.problems.forEach(it => console.error(it));
  console.error(error);
  process.exitCode = 1;
} finally {
  await stage.end();
}
