'use strict';

/* The npm packages: are they what the lockfile says, and if not, install them. */

const { spawn } = require('node:child_process');
const { existsSync, readFileSync, rmSync, symlinkSync } = require('node:fs');
const path = require('node:path');

const { whereInPath } = require('./tools.cjs');

const outputLinesMax = 20;

/**
 * Compares the lockfile with the record that npm itself leaves in node_modules. npm writes that record last,
 * so an interrupted install never looks complete, and an `npm ci` typed by hand counts as well.
 * Answers undefined when in step, otherwise the first difference in words.
 */
function whyOutOfStep(root, { withDev }) {
  const wanted = readJson(path.join(root, 'package-lock.json'))?.packages;
  if (!wanted) return 'package-lock.json is missing or unreadable';
  const installed = readJson(path.join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (!installed) return 'nothing is installed yet';

  for (const [place, entry] of Object.entries(wanted)) {
    if (place === '' || entry.link) continue;
    const name = place.replace(/^.*node_modules\//, '');
    const present = installed[place];
    if (present && present.version !== entry.version) {
      return `${name} is ${present.version}, the lockfile says ${entry.version}`;
    }
    const maySkip = entry.optional || entry.devOptional || (entry.dev && !withDev);
    if (!present && !maySkip) return `${name} is missing`;
  }
  return undefined;
}

/** Is a development package expected? Not when it was left out on purpose, nor just to start the product. */
function wantsDevPackages(env) {
  if (env.NODE_ENV === 'production' || /\bdev\b/.test(env.npm_config_omit ?? '')) return false;
  return env.npm_lifecycle_event !== 'prestart';
}

/** Runs `npm ci`; when npm rejects the lockfile as incomplete for this platform, `npm install` without saving. */
async function installPackages(root, env, say) {
  const clean = await npm(root, env, ['ci']);
  if (clean.code === 0) return 'installed';
  if (!/EUSAGE|in sync/.test(clean.output)) throw installProblem('npm ci', clean);

  say('npm ci refuses the lockfile; npm install keeps its versions');
  const plain = await npm(root, env, ['install', '--no-save', '--package-lock=true']);
  if (plain.code === 0) return 'installed (npm install: see docs/decisions/0001-lockfile-foreign-platforms.md)';
  throw installProblem('npm install', plain);
}

function installProblem(command, { code, output }) {
  const problem = new Error(`${command} ended with ${code}`);
  problem.advice = [
    ...output
      .trimEnd()
      .split('\n')
      .slice(-outputLinesMax)
      .map((line) => `  | ${line}`),
    '',
    `Run \`${command}\` by itself to see more. Behind a proxy or with your own registry, set it with \`npm config\`.`,
  ];
  return problem;
}

function npm(root, env, args) {
  const { command, first, shell } = npmCommand(env);
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--progress=false'];
  return new Promise((resolve) => {
    const child = spawn(command, [...first, ...args, ...quiet], { cwd: root, env, shell, windowsHide: true });
    let output = '';
    child.stdout.on('data', (bytes) => (output += bytes));
    child.stderr.on('data', (bytes) => (output += bytes));
    child.on('error', (error) => resolve({ code: error.code ?? 1, output: `${output}${error.message}\n` }));
    child.on('close', (code, signal) => resolve({ code: code ?? signal, output }));
  });
}

/** The npm that runs us, or the one in PATH when set-up is started by hand. */
function npmCommand(env) {
  const running = env.npm_execpath;
  if (running && path.basename(running).startsWith('npm') && /\.c?js$/.test(running)) {
    return { command: env.npm_node_execpath || process.execPath, first: [running], shell: false };
  }
  // npm is a .cmd file on Windows, which only a shell can start; its arguments are all ours.
  const windows = process.platform === 'win32';
  return { command: windows ? 'npm' : (whereInPath('npm', env) ?? 'npm'), first: [], shell: windows };
}

/**
 * A Node that runs our TypeScript files as they are: the running one when new enough, otherwise the pinned one
 * among the packages. Undefined when there is neither.
 */
function findNode(root, running = process.versions.node) {
  if (runsTypeScript(running)) return process.execPath;
  const windows = process.platform === 'win32';
  const platform = windows ? 'win' : process.platform;
  const pinned = path.join(
    root,
    'node_modules',
    `node-${platform}-${process.arch}`,
    'bin',
    windows ? 'node.exe' : 'node',
  );
  return existsSync(pinned) ? pinned : undefined;
}

/**
 * The Node that the scripts of package.json will find. npm 11 links the pinned one into their PATH, npm 10 does not
 * link optional packages, so its scripts would run the old one. On Windows npm's own shims have to do.
 */
function putNodeInPath(root, running = process.versions.node) {
  const node = findNode(root, running);
  if (node === undefined || runsTypeScript(running) || process.platform === 'win32') return node;
  const link = path.join(root, 'node_modules', '.bin', 'node');
  if (!existsSync(link)) {
    rmSync(link, { force: true });
    symlinkSync(path.relative(path.dirname(link), node), link);
  }
  return node;
}

// Type stripping needs no flag since 22.18 and 23.6: https://nodejs.org/api/typescript.html#type-stripping
function runsTypeScript(version) {
  const [major, minor] = version.split('.').map(Number);
  return major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

module.exports = { whyOutOfStep, wantsDevPackages, installPackages, findNode, putNodeInPath, runsTypeScript };
