'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { addTax, label, split } = require('./ledger.js');

function isFair(cents, people) {
  const shares = split(cents, people);
  assert.strictEqual(shares.length, people);
  assert.strictEqual(
    shares.reduce((a, b) => a + b, 0),
    cents,
  );
  assert.ok(shares[0] - shares[people - 1] <= 1);
}

test('even', () => isFair(99, 3));

test('odd', () => {
  isFair(100, 3);
});
