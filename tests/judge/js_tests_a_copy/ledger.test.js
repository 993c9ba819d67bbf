'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { addTax, label, split } = require('./ledger.js');

function copy(cents, percent) {
  return cents + Math.floor((cents * percent) / 100);
}

test('tax', () => {
  assert.strictEqual(typeof addTax, 'function');
  assert.strictEqual(copy(100, 20), 120);
  assert.strictEqual(copy(99, 50), 148);
});
