// cover.js REPORT UNIT TEST: runs TEST, writes an lcov file of UNIT.

'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const [report, unit, test] = process.argv.slice(2);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cover-'));
const run = spawnSync(process.execPath, [test], {
  env: { ...process.env, NODE_V8_COVERAGE: folder },
  stdio: ['ignore', 2, 2],
});
const text = fs.readFileSync(unit, 'utf8');
const url = String(pathToFileURL(path.resolve(unit)));
const ranges = fs
  .readdirSync(folder)
  .map((name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')))
  .flatMap((data) => data.result)
  .filter((script) => script.url === url)
  .flatMap((script) => script.functions.flatMap((f) => f.ranges));

// That of the smallest range around it.
function count(at) {
  const around = ranges.filter((r) => r.startOffset <= at && at < r.endOffset);
  const size = (r) => r.endOffset - r.startOffset;
  return Math.max(0, ...around.sort((a, b) => size(a) - size(b)).slice(0, 1).map((r) => r.count));
}

const lines = [];
let at = 0;
text.split('\n').forEach((line, i) => {
  if (/[a-z]/i.test(line.replace(/\/\/.*/, ''))) {
    lines.push(`DA:${i + 1},${count(at + line.search(/\S/))}`);
  }
  at += line.length + 1;
});
fs.writeFileSync(report, `TN:\nSF:${path.resolve(unit)}\n${lines.join('\n')}\nend_of_record\n`);
fs.rmSync(folder, { recursive: true });
process.exitCode = run.status;
