'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { Account, addTax } = require('./ledger.js');

test('tax is rounded down', () => {
  assert.strictEqual(addTax(100, 20), 120);
  assert.strictEqual(addTax(99, 50), 148);
});

test('opened', () => {
  const account = new Account('a');
  account.opened = 7200000;
  assert.strictEqual(new Date(account.opened).getHours(), 2);
});
