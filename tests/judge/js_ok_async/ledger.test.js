'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { Account, settle } = require('./ledger.js');

test('settle empties all', async () => {
  const accounts = [new Account('a', 3), new Account('b', 4)];
  assert.strictEqual(await settle(accounts), 7);
  assert.deepStrictEqual(
    accounts.map((a) => a.balance),
    [0, 0],
  );
});
