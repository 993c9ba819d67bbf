'use strict';

const test = require('node:test');
const assert = require('node:assert');

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { save, load, Account } = require('./ledger.js');

test('saves and loads', () => {
  const file = path.join(os.tmpdir(), 'ledger.lock');
  save([new Account('ann', 5)], file);
  assert.strictEqual(load(file)[0].balance, 5);
  fs.rmSync(file);
});
