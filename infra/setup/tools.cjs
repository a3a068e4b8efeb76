'use strict';

/*
 * The two servers that are not npm packages: which ones, and where to find them.
 * Shared by the set-up (plain JavaScript, runs before anything is installed), the embedded stack and the doctor.
 */

const { spawnSync } = require('node:child_process');
const { existsSync, statSync } = require('node:fs');
const { homedir } = require('node:os');
const path = require('node:path');

const probeTimeoutMs = 10_000;

/** What is searched for: name, the variable that overrides, the version we build, and which versions we accept. */
const toolSpecs = {
  temporal: {
    name: 'temporal',
    title: 'Temporal server',
    variable: 'WARDROUND_TEMPORAL_BIN',
    command: 'temporal',
    version: '1.8.2',
    acceptsVersion: acceptsTemporal,
    accepted: 'the Temporal CLI, 1.5 or newer',
    home: 'https://docs.temporal.io/cli',
  },
  versitygw: {
    name: 'versitygw',
    title: 'S3 gateway',
    variable: 'WARDROUND_VERSITYGW_BIN',
    command: 'versitygw',
    version: '1.8.0',
    acceptsVersion: (output) => /Version/.test(output),
    accepted: 'versitygw, 1.8 if possible',
    home: 'https://github.com/versity/versitygw/releases',
  },
};

/**
 * Looks in a fixed order: the configured path, PATH, our cache. A configured path that does not work is not
 * silently passed over: the user named it, so nothing else is taken.
 */
function findTool(name, env = process.env, platform = process.platform) {
  const spec = toolSpecs[name];
  const lookedAt = [];

  const configured = env[spec.variable];
  if (configured) {
    const probed = probe(spec, configured, env);
    lookedAt.push({ place: `${spec.variable}=${configured}`, found: probed.why ?? 'ok' });
    return {
      tool: probed.why ? undefined : { path: configured, origin: 'configured', version: probed.version },
      lookedAt,
    };
  }
  lookedAt.push({ place: spec.variable, found: 'not set' });

  const inPath = whereInPath(spec.command, env, platform);
  if (inPath) {
    const probed = probe(spec, inPath, env);
    lookedAt.push({ place: inPath, found: probed.why ?? 'ok' });
    if (!probed.why) return { tool: { path: inPath, origin: 'path', version: probed.version }, lookedAt };
  } else {
    lookedAt.push({ place: `${spec.command} in PATH`, found: 'not found' });
  }

  // What is in the cache ran once before it was given its name, so it is not started again here.
  const cached = cachedPath(name, env, platform);
  if (isFile(cached)) return { tool: { path: cached, origin: 'cache', version: spec.version }, lookedAt };
  lookedAt.push({ place: cached, found: 'not found' });
  return { tool: undefined, lookedAt };
}

/** The folder for what set-up obtains, one per user, so that a second clone starts in seconds. */
function cacheDir(env = process.env, platform = process.platform) {
  if (platform === 'win32' && env.LOCALAPPDATA) return path.join(env.LOCALAPPDATA, 'wardround');
  return path.join(env.XDG_CACHE_HOME || path.join(env.HOME || homedir(), '.cache'), 'wardround');
}

function cachedPath(name, env = process.env, platform = process.platform) {
  const extension = platform === 'win32' ? '.exe' : '';
  return path.join(cacheDir(env, platform), 'tools', `${name}-v${toolSpecs[name].version}${extension}`);
}

/** Starts the tool with `--version`; answers the version, or why it will not do. */
function probe(spec, file, env = process.env) {
  if (!existsSync(file)) return { why: 'no such file' };
  const run = spawnSync(file, ['--version'], { env, encoding: 'utf8', timeout: probeTimeoutMs, windowsHide: true });
  if (run.error) return { why: `does not start (${run.error.code ?? run.error.message})` };
  if (run.status !== 0) return { why: `--version ended with ${run.signal ?? `exit code ${run.status}`}` };
  const version = versionIn(run.stdout);
  if (!spec.acceptsVersion(run.stdout)) return { why: `version ${version} will not do; needed: ${spec.accepted}` };
  return { version };
}

function versionIn(output) {
  return /(?:version|v)[\s:]*v?(\S+)/i.exec(output)?.[1] ?? 'unknown';
}

// "temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)"; one built from source may call itself 0.0.0-DEV.
function acceptsTemporal(output) {
  const own = /version (\d+)\.(\d+)\.\d+(-DEV)?/.exec(output);
  if (own?.[3]) return isAtLeast(/Server (\d+)\.(\d+)/.exec(output), 1, 29);
  return isAtLeast(own, 1, 5);
}

function isAtLeast(match, major, minor) {
  if (!match) return false;
  const [, gotMajor, gotMinor] = match.map(Number);
  return gotMajor > major || (gotMajor === major && gotMinor >= minor);
}

function whereInPath(command, env = process.env, platform = process.platform) {
  const extensions = platform === 'win32' ? (env.PATHEXT || '.EXE;.CMD').toLowerCase().split(';') : [''];
  for (const folder of (env.PATH || env.Path || '').split(path.delimiter)) {
    // A relative folder would make the answer depend on where the command was typed.
    if (!path.isAbsolute(folder)) continue;
    for (const extension of extensions) {
      const file = path.join(folder, command + extension);
      if (isFile(file)) return file;
    }
  }
  return undefined;
}

function isFile(file) {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

module.exports = { toolSpecs, findTool, cacheDir, cachedPath, probe, whereInPath };
