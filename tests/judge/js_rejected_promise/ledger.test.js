'use strict';

const test = require('node:test');
const assert = require('node:assert');

const ledger = require('./ledger.js');

test('settle', async () => {
  assert.strictEqual(await ledger.settle([new ledger.Account('a', 3)]), 4);
});
