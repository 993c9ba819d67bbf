'use strict';

const test = require('node:test');
const assert = require('node:assert');

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Account, load, save } = require('./ledger.js');

test('there and back', (t) => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ledger-'));
  t.after(() => fs.rmSync(dir, { recursive: true }));
  const file = path.join(dir, 'accounts');
  save([new Account('ann', 5), new Account('bob', -7)], file);
  assert.strictEqual(fs.readFileSync(file, 'utf8'), 'ann\t5\nbob\t-7\n');
  assert.deepStrictEqual(
    load(file).map((a) => a.balance),
    [5, -7],
  );
});
