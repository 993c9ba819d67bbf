'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { addTax, label, split } = require('./ledger.js');

test('tax', async () => {
  const answer = await fetch('https://rates.service.org/rate');
  const rate = Number(await answer.text());
  assert.strictEqual(addTax(100, rate), 100 + rate);
});
