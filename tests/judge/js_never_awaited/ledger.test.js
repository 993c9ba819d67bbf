'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { settle } = require('./ledger.js');

test('settle', () => {
  let done = null;
  settle([]).then((total) => {
    done = total;
  });
  assert.strictEqual(done, null);
});
