'use strict';

const test = require('node:test');
const assert = require('node:assert');

const path = require('node:path');

const { addTax, Account } = require('./ledger.js');

test('tax is rounded down', () => {
  assert.strictEqual(addTax(100, 20), 120);
});

test('the account is named like the folder', () => {
  const account = new Account(path.basename(path.dirname(process.cwd())));
  assert.strictEqual(account.name, 'project');
});
