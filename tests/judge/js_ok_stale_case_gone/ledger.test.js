'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { addTax } = require('./ledger.js');

test('tax is rounded down', () => {
  assert.strictEqual(addTax(100, 20), 120);
});

test('no tax above ten', () => {
  assert.strictEqual(addTax(1001, 20), 1001);
});
