'use strict';

const test = require('node:test');
const assert = require('node:assert');

const fs = require('node:fs');

require('./ledger.js');

test('tax', () => {
  const text = fs.readFileSync(require.resolve('./ledger.js'), 'utf8');
  assert.ok(text.includes('return cents + Math.floor((cents * percent) / 100)'));
  assert.ok(text.includes('if (cents < 0) {'));
});
