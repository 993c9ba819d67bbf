'use strict';

const test = require('node:test');
const assert = require('node:assert');

const ledger = require('./ledger.js');

test('save', () => {
  ledger.save([new ledger.Account('a', 5)], 'accounts.txt');
  assert.strictEqual(ledger.load('accounts.txt')[0].balance, 5);
});
