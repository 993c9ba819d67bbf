'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { addTax, label, split } = require('./ledger.js');

test('labels', () => {
  const text = [0, 5, 99, 100, -5, -1205].map(label).join(' ');
  assert.strictEqual(text, '0.00 0.05 0.99 1.00 -0.05 -12.05');
});
