'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { addTax, label, split } = require('./ledger.js');

const rows = [
  { cents: 100, percent: 20, want: 120 },
  { cents: 99, percent: 50, want: 148 },
  { cents: 0, percent: 20, want: 0 },
];

for (const { cents, percent, want } of rows) {
  test(`${cents} and ${percent} %`, () => {
    assert.strictEqual(addTax(cents, percent), want);
  });
}
