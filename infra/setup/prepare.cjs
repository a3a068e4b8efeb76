'use strict';

/*
 * Runs before `npm start` and `npm test`, on any machine, with whatever Node is there: installs the packages when
 * they differ from the lockfile, finds or makes the two servers that are not packages, and fetches the embedding model. Plain JavaScript for
 * Node 18, because nothing is installed yet. When all is in place it takes a fraction of a second.
 */

const path = require('node:path');

const { findModel, model, obtainModel } = require('./model.cjs');
const { obtainTool } = require('./obtain.cjs');
const { putNodeInPath, installPackages, wantsDevPackages, whyOutOfStep } = require('./packages.cjs');
const { createProgress } = require('./progress.cjs');
const { findTool, toolSpecs } = require('./tools.cjs');

const root = path.resolve(__dirname, '..', '..');
const nodeOldest = 18;
const remedy = ['', 'Then run the same command again.'];

async function prepare(env) {
  const progress = createProgress({ env });
  requireNode();
  const outOfStep = whyOutOfStep(root, { withDev: wantsDevPackages(env) });
  const toolsFound = Object.keys(toolSpecs).every((name) => findTool(name, env).tool);
  const modelSettled = findModel(env) !== undefined || env[model.downloadVariable] === 'off';
  if (!outOfStep && toolsFound && modelSettled && putNodeInPath(root)) {
    progress.line(progress.paint('dim', `Set-up is in order (${progress.total()}).`));
    return;
  }

  progress.line(progress.paint('bold', 'Setting up Wardround'));
  await packages(progress, outOfStep, env);
  const missing = [];
  for (const name of Object.keys(toolSpecs)) {
    // One run names everything that is missing, not only the first.
    await tool(progress, name, env).catch((error) => (error.advice ? missing.push(error) : Promise.reject(error)));
  }
  if (missing.length > 0) {
    throw problem(missing.map(({ message }) => message).join('\n'), [
      ...missing.flatMap(({ advice }) => advice),
      ...remedy,
    ]);
  }
  await embeddingModel(progress, env);
  progress.line(`Ready after ${progress.total()}. The next start finds all this in place.`);
}

function requireNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= nodeOldest) return;
  throw problem(`Node ${process.versions.node} is too old even for the set-up`, [
    'Install Node 24: https://nodejs.org',
  ]);
}

async function packages(progress, outOfStep, env) {
  const step = progress.step('packages', outOfStep ? `npm ci (${outOfStep})` : 'comparing with the lockfile');
  try {
    step.done(outOfStep ? await installPackages(root, env, step.say) : 'as the lockfile says');
  } catch (error) {
    step.fail(error.message);
    throw problem('The packages could not be installed.', error.advice ?? [String(error.stack)]);
  }
  if (putNodeInPath(root)) return;
  throw problem(
    `Node ${process.versions.node} is too old to run Wardround, and the package with a newer one is missing.`,
    [
      'Either of these helps:',
      '  - install Node 24 (https://nodejs.org)',
      '  - on Linux, macOS or Windows, x64 or arm64: `npm ci` without --omit=optional brings one along',
    ],
  );
}

async function tool(progress, name, env) {
  const spec = toolSpecs[name];
  const step = progress.step(spec.title, 'looking for it');
  const { tool: found, lookedAt } = findTool(name, env);
  if (found) {
    const place = { configured: `given by ${spec.variable}`, path: 'in PATH', cache: 'in the cache' }[found.origin];
    return step.done(`${found.version}, found ${place}`);
  }
  // A path that somebody configured and that does not work is theirs to correct: nothing is built behind their back.
  if (env[spec.variable]) {
    step.fail(`${spec.variable} names something that does not work`);
    throw problem(`${spec.title}: ${lookedAt[0].place}: ${lookedAt[0].found}.`, [
      '',
      `Correct ${spec.variable}, or unset it so that ${spec.title} is searched for or made.`,
    ]);
  }
  try {
    step.done(`${spec.version}, ${await obtainTool(name, { env, say: step.say })}`);
  } catch (error) {
    step.fail('missing');
    if (!error.attempts) throw error;
    throw problem(`${spec.title} was not found and cannot be made here.`, ways(spec, lookedAt, error));
  }
}

/** Without it recall works with plainer vectors: said, but no reason to stop. */
async function embeddingModel(progress, env) {
  const step = progress.step(model.title, 'looking for it');
  const found = findModel(env);
  if (found)
    return step.done(`${model.name}, found ${found.origin === 'cache' ? 'in the cache' : `by ${model.variable}`}`);
  if (env[model.variable]) return step.fail(`${model.variable} names no file: correct it, or unset it`);
  try {
    step.done(`${model.name}, ${await obtainModel({ env, say: step.say })}`);
  } catch (error) {
    step.fail(`not there (${error.message}); recall uses hashed words instead, and the next start tries again`);
  }
}

function ways(spec, lookedAt, { attempts }) {
  return [
    '',
    `${spec.title}, tried:`,
    ...lookedAt.map(({ place, found }) => `  - ${place}: ${found}`),
    ...attempts.map((attempt) => `  - ${attempt}`),
    'Any one of these helps:',
    '  - install Go 1.26.4 or newer (https://go.dev/dl); it is then built from its pinned source',
    `  - install ${spec.accepted} (${spec.home}), so that \`${spec.command}\` is in PATH`,
    `  - set ${spec.variable} to the path of such a binary`,
  ];
}

function problem(what, advice) {
  return Object.assign(new Error(what), { advice });
}

// The exit handlers of obtain.cjs then remove what is unfinished.
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
]) {
  process.on(signal, () => process.exit(128 + number));
}

prepare(process.env).catch((error) => {
  const { paint } = createProgress();
  process.stderr.write(`\n${paint('red', error.message)}\n${(error.advice ?? [String(error.stack)]).join('\n')}\n`);
  process.exitCode = 1;
});
