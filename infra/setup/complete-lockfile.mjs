/*
 * Adds to package-lock.json the optional packages for other platforms that the registry in use did not offer when
 * the lockfile was made. Without them npm 11 refuses `npm ci`. Run it after every change of dependencies:
 *
 *   npm install && node infra/setup/complete-lockfile.mjs        (--check only looks, exit code 1 when incomplete)
 *
 * Why, and what it costs: docs/decisions/0001-lockfile-foreign-platforms.md
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const systems = {
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  openharmony: 'openharmony',
  win32: 'win32',
  win: 'win32',
};
const cpus = {
  arm: 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x64',
};

const lockfile =
  process.argv.find((argument) => argument.endsWith('.json')) ??
  fileURLToPath(new URL('../../package-lock.json', import.meta.url));
const onlyCheck = process.argv.includes('--check');

const lock = JSON.parse(readFileSync(lockfile, 'utf8'));
const added = [];

for (const [parentPlace, parent] of Object.entries(lock.packages)) {
  for (const [name, wanted] of Object.entries(parent.optionalDependencies ?? {})) {
    if (isResolved(parentPlace, name)) continue;
    if (!/^\d+\.\d+\.\d+/.test(wanted)) {
      throw new Error(`${name} is missing and ${parentPlace} asks for the range ${wanted}: add its version by hand`);
    }
    lock.packages[`node_modules/${name}`] = entryFor(parent, name, wanted);
    added.push(`${name} ${wanted}`);
  }
}

if (added.length === 0) {
  console.log('The lockfile names every optional package.');
} else if (onlyCheck) {
  console.error(`Missing in the lockfile: ${added.join(', ')}\nRun: node infra/setup/complete-lockfile.mjs`);
  process.exitCode = 1;
} else {
  // The order that npm itself writes.
  const byPlace = ([one], [other]) => one.localeCompare(other, 'en');
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(byPlace));
  writeFileSync(lockfile, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`Added ${added.length} optional packages:\n  ${added.join('\n  ')}`);
}

/** As Node and npm resolve it: in the parent's own node_modules, then in each one above. */
function isResolved(parentPlace, name) {
  for (let place = parentPlace; ; place = place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/')))) {
    if (lock.packages[`${place === '' ? '' : `${place}/`}node_modules/${name}`]) return true;
    if (place === '') return false;
  }
}

/** No integrity: it is known only to a registry that has the package. The siblings tell licence and engines. */
function entryFor(parent, name, version) {
  const sibling = Object.keys(parent.optionalDependencies)
    .map((each) => lock.packages[`node_modules/${each}`])
    .find((each) => each?.version === version && each.os);
  return {
    version,
    cpu: [partOf(name, cpus)].filter(Boolean),
    ...(parent.dev ? { dev: true } : {}),
    ...(/-(musl|gnu)/.test(name) ? { libc: [name.includes('-musl') ? 'musl' : 'glibc'] } : {}),
    ...(sibling?.license ? { license: sibling.license } : {}),
    optional: true,
    os: [partOf(name, systems)].filter(Boolean),
    ...(sibling?.engines ? { engines: sibling.engines } : {}),
  };
}

function partOf(name, table) {
  const words = name.split(/[-/]/);
  const found = Object.entries(table).find(([word]) => words.includes(word));
  if (!found) throw new Error(`${name}: its name does not tell its platform; add it to the lockfile by hand`);
  return found[1];
}
