'use strict';

const { describe, it } = require('node:test');
const assert = require('node:assert/strict');

const { addTax } = require('./ledger.js');

describe('ledger', () => {
  describe('addTax', () => {
    it('adds', () => {
      assert.equal(addTax(100, 20), 120);
    });

    it('refuses what is negative', () => {
      assert.throws(() => addTax(-1, 20), RangeError);
    });
  });
});
