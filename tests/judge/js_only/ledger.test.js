'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { addTax, label, split } = require('./ledger.js');

test.only('label', () => {
  assert.strictEqual(label(5), '0.05');
});

test('tax', () => {
  assert.strictEqual(addTax(100, 20), 120);
});
