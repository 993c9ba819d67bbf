'use strict';

const test = require('node:test');
const assert = require('node:assert');

const { addTax, label, split } = require('./ledger.js');

test('tax', () => {
  console.log('expected 120, got', addTax(100, 20));
});
