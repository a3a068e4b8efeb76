'use strict';

/*
 * Gets a missing tool into the cache: the official download where there is one and it answers quickly, otherwise a
 * build from pinned Go modules. Whatever is made has a temporary name until it has run once, and a lock keeps two
 * set-ups from doing the same work twice; so a set-up killed at any moment leaves nothing that a later one trusts.
 */

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pipeline } = require('node:stream/promises');
const { Readable } = require('node:stream');

const { findGo } = require('./go.cjs');
const { cachedPath, probe, toolSpecs } = require('./tools.cjs');

const downloadAnswerMs = 4_000; // a reachable CDN answers in well under a second; an unreachable one must not hold us up
const downloadStallMs = 30_000;
const lockBeatMs = 5_000;
const lockStaleMs = 30_000; // six missed beats
const lockPollMs = 500;
const outputLinesMax = 15;

const recipes = {
  temporal: {
    download: ({ env, platform, arch }) => {
      const mirror = env.WARDROUND_TEMPORAL_DOWNLOAD;
      if (mirror) return mirror === 'off' ? undefined : mirror;
      const system = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[platform];
      const machine = { x64: 'amd64', arm64: 'arm64' }[arch];
      if (!system || !machine) return undefined;
      return `https://temporal.download/cli/archive/v${toolSpecs.temporal.version}?platform=${system}&arch=${machine}`;
    },
    // Its go.mod has a `replace`, so `go install …@version` refuses it; the small module beside us builds it.
    build: (target) => ({
      cwd: path.resolve(__dirname, '..', 'tools', 'temporal'),
      args: [
        'build',
        '-v',
        '-mod=readonly',
        '-buildvcs=false',
        '-ldflags',
        `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${toolSpecs.temporal.version}`,
        '-o',
        target,
        'github.com/temporalio/cli/cmd/temporal',
      ],
    }),
    lasts: 'about 8 minutes on two cores',
  },
  versitygw: {
    download: () => undefined,
    build: (target) => ({
      cwd: path.dirname(target),
      env: { GOBIN: path.dirname(target) },
      args: [
        'install',
        '-v',
        '-buildvcs=false',
        '-ldflags',
        `-s -w -X main.Version=v${toolSpecs.versitygw.version}`,
        `github.com/versity/versitygw/cmd/versitygw@v${toolSpecs.versitygw.version}`,
      ],
    }),
    lasts: 'about 3 minutes on two cores',
  },
};

// WARDROUND_TEMPORAL_DOWNLOAD: another place for that archive (a mirror), or `off`.

/**
 * Puts the tool into the cache and says in a few words how. Throws an error with `attempts` (what was tried and why it
 * did not work, one line each) when no way is open.
 */
async function obtainTool(name, { env = process.env, say = () => {}, platform = process.platform } = {}) {
  const goal = cachedPath(name, env, platform);
  fs.mkdirSync(path.dirname(goal), { recursive: true });
  return withLock(`${goal}.lock`, say, async () => {
    if (fs.existsSync(goal)) return 'made by another set-up meanwhile';
    clearLeftovers(goal);
    const workshop = fs.mkdtempSync(`${goal}.partial-`);
    // The fixed name is the one that `go install` and the archive give.
    const target = path.join(workshop, platform === 'win32' ? `${name}.exe` : name);
    const forget = onExit(() => fs.rmSync(workshop, { recursive: true, force: true }));
    try {
      const url = recipes[name].download({ env, platform, arch: process.arch });
      const attempts = [];
      for (const attempt of [() => download(url, target, say), () => build(name, target, env, say)]) {
        const { how, why } = await attempt();
        const broken = how && probe(toolSpecs[name], target, env).why;
        if (how && !broken) {
          fs.renameSync(target, goal);
          return how;
        }
        if (broken) attempts.push(`${how}, but it ${broken}`);
        else if (why) attempts.push(why);
      }
      throw Object.assign(new Error(`${toolSpecs[name].title} ${toolSpecs[name].version} is missing`), { attempts });
    } finally {
      forget();
    }
  });
}

// ---- download

async function download(url, target, say) {
  if (!url) return {};
  const host = new URL(url).host;
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), downloadAnswerMs);
  try {
    say(`asking ${host}`);
    const answer = await fetch(url, { signal: stop.signal });
    if (!answer.ok) return { why: `download: ${host} answered ${answer.status}` };
    const archive = `${target}.archive`;
    let bytes = 0;
    const counted = async function* (chunks) {
      for await (const chunk of chunks) {
        clearTimeout(timer);
        timer = setTimeout(() => stop.abort(), downloadStallMs);
        bytes += chunk.length;
        say(`downloading from ${host}, ${Math.round(bytes / 1e6)} MB`);
        yield chunk;
      }
    };
    await pipeline(Readable.fromWeb(answer.body), counted, fs.createWriteStream(archive));
    // `tar` is on Linux, macOS and Windows 10 or newer, where it unpacks zip files too.
    const unpacked = await run('tar', ['-xf', archive, '-C', path.dirname(target), path.basename(target)], {});
    fs.rmSync(archive, { force: true });
    if (unpacked.code !== 0) return { why: `download: ${host} sent an archive that tar cannot unpack` };
    return { how: `downloaded from ${host}` };
  } catch {
    return { why: `download: ${host} is not reachable` };
  } finally {
    clearTimeout(timer);
  }
}

// ---- build

async function build(name, target, env, say) {
  const go = findGo(env);
  if (go.why) return { why: `build: ${go.why}` };
  const { cwd, args, env: extra } = recipes[name].build(target);
  let packages = 0;
  const report = (line) => {
    if (line.startsWith('go: downloading'))
      return say(`building with Go ${go.version}: fetching ${line.split(' ')[2]}`);
    if (/^\S+$/.test(line)) packages += 1;
    return say(`building with Go ${go.version}: ${packages} packages compiled`);
  };
  say(`building with Go ${go.version} (once; ${recipes[name].lasts})`);
  // A go.work above this folder must not take over.
  const built = await run(go.path, args, { cwd, env: { ...env, ...extra, GOWORK: 'off' }, onLine: report });
  if (built.code === 0) return { how: `built with Go ${go.version}` };
  const lines = built.output
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('go: downloading'));
  return { why: [`build: go ended with ${built.code}`, ...lines.slice(-outputLinesMax)].join('\n    | ') };
}

function run(command, args, { cwd, env, onLine = () => {} }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    const forget = onExit(() => child.kill());
    let output = '';
    let rest = '';
    const read = (bytes) => {
      output += bytes;
      const lines = (rest + bytes).split('\n');
      rest = lines.pop();
      for (const line of lines) onLine(line);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    const end = (code, why = '') => (forget(false), resolve({ code, output: output + why }));
    child.on('error', (error) => end(error.code ?? 1, error.message));
    child.on('close', (code, signal) => end(code ?? signal));
  });
}

// ---- one at a time

async function withLock(file, say, work) {
  for (;;) {
    const holder = tryLock(file);
    if (!holder) break;
    say(`another set-up (process ${holder.pid ?? 'unknown'}) is making it; waiting`);
    await new Promise((resolve) => setTimeout(resolve, lockPollMs));
  }
  const beat = setInterval(() => fs.utimes(file, new Date(), new Date(), () => {}), lockBeatMs);
  const forget = onExit(() => fs.rmSync(file, { force: true }));
  try {
    return await work();
  } finally {
    clearInterval(beat);
    forget();
  }
}

/** Answers undefined when the lock is ours, otherwise who holds it. */
function tryLock(file) {
  try {
    fs.writeFileSync(file, JSON.stringify({ pid: process.pid, host: os.hostname() }), { flag: 'wx' });
    return undefined;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const age = Date.now() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  let holder = {};
  try {
    holder = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    // Just being written, or just removed: its age decides.
  }
  const dead = holder.host === os.hostname() && !isAlive(holder.pid);
  if (!dead && age < lockStaleMs) return holder;
  // Renaming succeeds for one of several that see the stale lock; the others try again from the start.
  const aside = `${file}.stale-${process.pid}`;
  try {
    fs.renameSync(file, aside);
    fs.rmSync(aside, { force: true });
  } catch {
    // Another one was quicker.
  }
  return holder;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function clearLeftovers(goal) {
  for (const entry of fs.readdirSync(path.dirname(goal))) {
    if (!entry.startsWith(`${path.basename(goal)}.partial-`)) continue;
    fs.rmSync(path.join(path.dirname(goal), entry), { recursive: true, force: true });
  }
}

// ---- tidy up, also when interrupted

const pending = new Set();
process.on('exit', () => [...pending].reverse().forEach((action) => action()));

/** Runs the action at exit; the function it answers runs it now (or, with false, drops it). */
function onExit(action) {
  pending.add(action);
  return (now = true) => {
    if (pending.delete(action) && now) action();
  };
}

module.exports = { obtainTool, withLock };
