'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { addTax, label, split } = require('./ledger.js');

test('tax', () => {
  assert.strictEqual(typeof addTax(100, 20), 'number');
});

test('label', () => {
  assert.strictEqual(typeof label(5), 'string');
});

test('split', () => {
  assert.ok(Array.isArray(split(9, 3)));
});
