'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { addTax, label, split } = require('./ledger.js');

test('tax', () => {
  assert.strictEqual(addTax(100, 20), 120;
});
