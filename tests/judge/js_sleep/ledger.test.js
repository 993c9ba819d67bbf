'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { Account } = require('./ledger.js');

test('days', async () => {
  const account = new Account('a');
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.strictEqual(account.days(), 0);
});
