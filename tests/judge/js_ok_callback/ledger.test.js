'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { later } = require('./ledger.js');

test('later calls back', (t, done) => {
  later(4, 0, (cents) => {
    assert.strictEqual(cents, 5);
    done();
  });
});
