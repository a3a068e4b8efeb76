#!/usr/bin/env node
'use strict';

/*
 * The `wardround` command. Plain JavaScript, because the Node that starts it may be too old for the product:
 * it hands over to a Node that is new enough and passes on terminal, signals and exit code.
 */

const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');

const { findNode } = require('./packages.cjs');

const root = path.resolve(__dirname, '..', '..');
const node = findNode(root);

if (!existsSync(path.join(root, 'node_modules', '.package-lock.json'))) {
  stop('its packages are not installed', `run \`npm ci\` (or \`npm start\`, which does it) in ${root} first`);
} else if (!node) {
  stop(
    `Node ${process.versions.node} is too old and there is no pinned Node for ${process.platform} ${process.arch}`,
    'install Node 24 (https://nodejs.org), or run `npm ci` without --omit=optional',
  );
} else {
  run(node, ['--disable-warning=ExperimentalWarning', path.join(root, 'workers', 'cli.ts'), ...process.argv.slice(2)]);
}

function run(command, args) {
  const child = spawn(command, args, { stdio: 'inherit' });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'];
  for (const signal of signals) process.on(signal, () => pass(child, signal));

  child.on('error', (error) => stop(`${command} does not start (${error.message})`, 'run `npm ci` again'));
  child.on('exit', (code, signal) => {
    for (const each of signals) process.removeAllListeners(each);
    // Ending by the same signal tells a waiting shell the truth.
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code ?? 1;
  });
}

function pass(child, signal) {
  // A Ctrl-C typed in the terminal has reached the child already; a second one would mean "now!".
  const typed = signal === 'SIGINT' && process.stdin.isTTY;
  if (!typed) child.kill(signal);
}

function stop(what, advice) {
  process.stderr.write(`wardround cannot start: ${what}.\n  ${advice}\n`);
  process.exitCode = 1;
}
