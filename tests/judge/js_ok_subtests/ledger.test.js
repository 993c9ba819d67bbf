'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { addTax, label, split } = require('./ledger.js');

test('split', async (t) => {
  for (const [cents, people, want] of [
    [100, 3, [34, 33, 33]],
    [9, 3, [3, 3, 3]],
    [1, 2, [1, 0]],
  ]) {
    await t.test(`${cents} by ${people}`, () => {
      assert.deepStrictEqual(split(cents, people), want);
    });
  }
});
