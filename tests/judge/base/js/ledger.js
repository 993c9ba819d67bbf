'use strict';

// Money in whole cents: a small unit with branches, state and time.

const fs = require('node:fs');

// The amount with tax, rounded down.
function addTax(cents, percent) {
  if (cents < 0) {
    throw new RangeError('negative amount');
  }
  return cents + Math.floor((cents * percent) / 100);
}

// Shares that differ by a cent at most, the larger ones first.
function split(cents, people) {
  if (people < 1) {
    throw new RangeError('nobody to share with');
  }
  const shares = [];
  for (let i = 0; i < people; i += 1) {
    const more = i < cents % people ? 1 : 0;
    shares.push(Math.floor(cents / people) + more);
  }
  return shares;
}

// What is printed: -12.05
function label(cents) {
  const sign = cents < 0 ? '-' : '';
  const whole = Math.floor(Math.abs(cents) / 100);
  const part = String(Math.abs(cents) % 100).padStart(2, '0');
  return `${sign}${whole}.${part}`;
}

class Account {
  constructor(name, balance = 0) {
    this.name = name;
    this.balance = balance;
    this.opened = Date.now();
  }

  withdraw(cents) {
    if (cents > this.balance) {
      throw new RangeError(`overdrawn: ${this.name}`);
    }
    this.balance -= cents;
    return this.balance;
  }

  // Whole days since it was opened.
  days() {
    return Math.floor((Date.now() - this.opened) / 86400000);
  }
}

// Empties all of them; what was in them.
async function settle(accounts) {
  let total = 0;
  for (const account of accounts) {
    await Promise.resolve();
    total += account.balance;
    account.balance = 0;
  }
  return total;
}

// Calls back after a pause; how many cents it was.
function later(cents, ms, callback) {
  return setTimeout(() => callback(cents + 1), ms);
}

function save(accounts, path) {
  fs.writeFileSync(path, accounts.map((a) => `${a.name}\t${a.balance}\n`).join(''));
}

function load(path) {
  return fs
    .readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
    .map(([name, balance]) => new Account(name, Number(balance)));
}

module.exports = { addTax, split, label, Account, settle, later, save, load };
