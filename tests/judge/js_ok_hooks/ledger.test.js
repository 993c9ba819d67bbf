'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { Account } = require('./ledger.js');

let account;

test.beforeEach(() => {
  account = new Account('ann', 100);
});

test('withdraw', () => {
  assert.strictEqual(account.withdraw(30), 70);
});

test('overdrawn', () => {
  assert.throws(() => account.withdraw(101), { message: 'overdrawn: ann' });
  assert.strictEqual(account.balance, 100);
});
