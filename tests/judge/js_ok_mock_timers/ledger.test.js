'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { later } = require('./ledger.js');

test('later', (t) => {
  const old = Number(process.versions.node.split('.')[0]) < 20;
  t.mock.timers.enable(old ? ['setTimeout'] : { apis: ['setTimeout'] });
  const done = t.mock.fn();
  later(4, 60000, done);
  assert.strictEqual(done.mock.callCount(), 0);
  t.mock.timers.tick(60000);
  assert.deepStrictEqual(done.mock.calls[0].arguments, [5]);
});
