'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { addTax, label, split } = require('./ledger.js');

function* amounts(n) {
  let x = 7;
  for (let i = 0; i < n; i += 1) {
    x = (x * 1103515245 + 12345) % 2147483648;
    yield x % 100000;
  }
}

test('nothing is lost', () => {
  for (const cents of amounts(200)) {
    for (const people of [1, 2, 7]) {
      const sum = split(cents, people).reduce((a, b) => a + b, 0);
      assert.strictEqual(sum, cents);
    }
  }
});
