'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { addTax, label, split } = require('./ledger.js');

test('tax is rounded down', () => {
  assert.strictEqual(addTax(100, 20), 120);
  assert.strictEqual(addTax(99, 50), 148);
});

test('label below zero', () => {
  assert.strictEqual(label(-1205), '-12.05');
});
