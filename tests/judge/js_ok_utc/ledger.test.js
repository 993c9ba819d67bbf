'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { Account } = require('./ledger.js');

test('days', (t) => {
  const account = new Account('ann');
  account.opened = Date.UTC(2000, 0, 1);
  t.mock.method(Date, 'now', () => Date.UTC(2000, 0, 3, 12));
  assert.strictEqual(account.days(), 2);
  assert.strictEqual(new Date(account.opened).getUTCHours(), 0);
});
