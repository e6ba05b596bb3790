import assert from "node:assert/strict";
import test from "node:test";

import { Heights } from "../../../host/src/face/web/page/heights.js";

/** Numbers that are the same in each run. */
function* random(seed) {
  for (let x = seed; ; ) yield (x = (Math.imul(x, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

test("sums and places are those of the rows, whatever has happened to them", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const numbers = random(seed);
    const next = n => Math.floor(numbers.next().value * n);
    const heights = new Heights();
    let rows = [];
    for (let step = 0; step < 200; step++) {
      const what = next(10);
      if (what < 6 || !rows.length) {
        const height = 1 + next(90);
        rows.push(height);
        heights.push(height);
      } else if (what < 9) {
        const [row, height] = [next(rows.length), next(200)];
        assert.equal(heights.set(row, height), rows[row] !== height);
        rows[row] = height;
      } else {
        const gone = next(rows.length);
        rows = rows.slice(gone);
        heights.shift(gone);
      }
      const row = next(rows.length + 1);
      assert.equal(heights.offset(row), rows.slice(0, row).reduce((a, b) => a + b, 0));
      assert.equal(heights.length, rows.length);
    }
    const total = rows.reduce((a, b) => a + b, 0);
    assert.equal(heights.total, total);
    for (let pixels = 0; pixels < total; pixels += 7) {
      const at = heights.at(pixels);
      assert.ok(heights.offset(at) <= pixels && pixels < heights.offset(at) + rows[at], `seed ${seed}, pixel ${pixels}`);
    }
  }
});

test("what is seen is covered, and little more", () => {
  const heights = new Heights();
  heights.reset(Array.from({ length: 10_000 }, () => 50));
  assert.deepEqual(heights.range(100_000, 800, 600), [1988, 2029]);
  assert.deepEqual(heights.range(0, 800, 600), [0, 29]);
  assert.deepEqual(heights.range(heights.total - 800, 800, 600), [9972, 10_000]);
  assert.deepEqual(heights.range(heights.total + 5000, 800, 600), [9999, 10_000]);
});

test("an empty list has no rows", () => {
  const heights = new Heights();
  assert.deepEqual(heights.range(0, 800, 600), [0, 0]);
  assert.equal(heights.at(10), 0);
  heights.push(10);
  assert.deepEqual(heights.range(0, 800, 600), [0, 1]);
});
