'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { addTax, label, split } = require('./ledger.js');

test('label below zero', () => {
  assert.strictEqual(label(-1205), '-12.05');
});

test('tax', { skip: true }, () => {
  assert.strictEqual(addTax(100, 20), 999);
});
