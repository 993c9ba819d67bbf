'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { addTax } = require('./ledger.js');

test(`tax in run ${process.pid}`, () => {
  assert.strictEqual(addTax(100, 20), 120);
  assert.strictEqual(addTax(99, 50), 148);
});
