'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { Account } = require('./ledger.js');

test('days', (t) => {
  const account = new Account('ann');
  account.opened = 0;
  t.mock.method(Date, 'now', () => 3 * 86400000);
  assert.strictEqual(account.days(), 3);
});
