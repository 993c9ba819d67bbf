'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { addTax, label, split } = require('./ledger.js');

test('tax', (t) => {
  const { strictEqual } = assert;
  strictEqual(addTax(100, 20), 120);
  t.diagnostic('rounded down');
  strictEqual(addTax(99, 50), 148);
});
