'use strict';

const test = require('node:test');
const assert = require('node:assert');

const ledger = require('./ledger.js');

test('tax', (t) => {
  t.mock.method(ledger, 'addTax', () => 120);
  assert.strictEqual(ledger.addTax(100, 20), 120);
});
