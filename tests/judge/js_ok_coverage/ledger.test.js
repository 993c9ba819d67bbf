'use strict';

const test = require('node:test');
const assert = require('node:assert');

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { addTax, split, label, Account, settle, save, load } = require('./ledger.js');

test('amounts', () => {
  assert.strictEqual(addTax(99, 50), 148);
  assert.deepStrictEqual(split(100, 3), [34, 33, 33]);
  assert.strictEqual(label(-1205), '-12.05');
});

test('refusals', () => {
  assert.throws(() => addTax(-1, 20), RangeError);
  assert.throws(() => split(1, 0), RangeError);
  assert.throws(() => new Account('ann').withdraw(1), /overdrawn: ann/);
});

test('accounts', async () => {
  const account = new Account('ann', 5);
  assert.strictEqual(account.withdraw(2), 3);
  assert.strictEqual(account.days(), 0);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ledger-'));
  save([account], path.join(folder, 'x'));
  assert.strictEqual(load(path.join(folder, 'x'))[0].balance, 3);
  assert.strictEqual(await settle([account]), 3);
});
