'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { Account, settle } = require('./ledger.js');

test('settle needs accounts', async () => {
  await assert.rejects(settle([null]), TypeError);
  assert.strictEqual(await settle([new Account('a', 4)]), 4);
});
