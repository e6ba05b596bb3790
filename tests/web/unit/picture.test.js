import assert from "node:assert/strict";
import test from "node:test";

import { isPicture, pixelsOf } from "../../../host/src/face/web/page/picture.js";

test("a preview has its pixels, or is none", () => {
  const pixels = pixelsOf({ width: 2, height: 1, rgb: "87ceeb228B22" });
  assert.deepEqual([...pixels], [0x87, 0xce, 0xeb, 255, 0x22, 0x8b, 0x22, 255]);
  for (const preview of [
    { width: 2, height: 2, rgb: "87ceeb228b22" }, { width: 1, height: 1, rgb: "87cee" }, { width: 1, height: 1, rgb: "87ceex" },
    { width: 0, height: 0, rgb: "" }, { width: -1, height: -1, rgb: "87ceeb" }, { width: 1, height: 1 }, { width: 1e9, height: 1e9, rgb: "00" },
  ]) {
    assert.equal(pixelsOf(preview), null, JSON.stringify(preview));
  }
});

test("what is drawn has the name of a picture, and is no folder", () => {
  const file = { name: "photo.JPG", folder: false, size: 1000 };
  assert.equal(isPicture(file), true);
  for (const more of [{ name: "photo.svg" }, { name: "jpg" }, { folder: true }, { size: 1e12 }]) assert.equal(isPicture({ ...file, ...more }), false);
});
