'use strict';

/* The Go toolchain that builds what cannot be downloaded. */

const { spawnSync } = require('node:child_process');
const os = require('node:os');

const { whereInPath } = require('./tools.cjs');

const goNeeded = [1, 26, 4];

/** Answers `{ path, version }` of a Go that can build our tools, or `{ why }` there is none. */
function findGo(env = process.env) {
  const wanted = goNeeded.join('.');
  const file = whereInPath('go', env);
  if (!file) return { why: `Go is not in PATH (${wanted} or newer builds it)` };
  // Asked outside any module, so that no go.mod makes it fetch a toolchain just to answer.
  const ask = (args) =>
    spawnSync(file, args, { cwd: os.tmpdir(), env, encoding: 'utf8', windowsHide: true }).stdout ?? '';
  const match = /go(\d+)\.(\d+)(?:\.(\d+))?/.exec(ask(['version']));
  if (!match) return { why: 'the `go` in PATH does not say its version' };
  const version = match[0].slice(2);
  const mayFetchNewer = compare(match, [1, 21, 0]) >= 0 && ask(['env', 'GOTOOLCHAIN']).trim() !== 'local';
  if (compare(match, goNeeded) >= 0 || mayFetchNewer) return { path: file, version };
  return { why: `Go ${version} is too old (${wanted} or newer builds it)` };
}

function compare([, major, minor, patch], [otherMajor, otherMinor, otherPatch]) {
  return major - otherMajor || minor - otherMinor || (patch ?? 0) - otherPatch;
}

module.exports = { findGo };
