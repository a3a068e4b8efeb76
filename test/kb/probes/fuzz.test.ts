import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { probes } from '../../../kb/probes/index.ts';
import {
  ProbeParseError,
  type Probe,
  type ProbedSite,
  type ProbeFinding,
  type ProbeOutput,
} from '../../../kb/schemas/probe.ts';
import { probeCases } from './cases.ts';
import type { ProbeCase } from './probe-case.ts';

/*
 * Nodes print anything: half a line, another tool's words, bytes of a disk that dies. Of every output a parser makes a
 * reading or throws ProbeParseError; nothing else, and soon.
 */

/** Runs of random outputs for a probe, and changed fixtures for a case; more find no more, and cost all who test. */
const outputRunsMax = 60;
const mutantRunsMax = 25;
/** Cuts tried of one fixture, spread over it; short ones are cut at every place. */
const cutsMax = 400;
/** For one output; linear parsers take a fraction of a millisecond, so that only a runaway pattern comes near it. */
const parseMsMax = 1_000;

interface Answer {
  readonly findings: readonly ProbeFinding[];
  readonly roles: readonly (string | undefined)[];
}

/** A cluster around the node with one of everything. */
const site: ProbedSite = {
  nodes: ['node-06', 'node-07', 'node-08'].map((name, at) => ({ name, address: `10.20.0.${at + 6}`, bmc: undefined })),
  mounts: ['/lustre', '/raid'],
  rendezvous: [{ host: 'node-07', port: 29_500 }],
  interfaces: ['eth0'],
};

/** What a probe makes of an output; null where it refuses it. */
function answer(probe: Probe, output: ProbeOutput, one?: ProbeCase): Answer | null {
  const parsed = readingIn(probe, output);
  if (parsed === null) return null;
  const { reading } = parsed;
  expect(JSON.parse(JSON.stringify(reading))).toEqual(reading);
  const findings = probe.meaning(reading, one?.node, one?.args);
  expect(rolesOf(probe, probe.meaning(reading, one?.node, one?.args, site))).not.toContain(undefined);
  compare(probe, reading, one);
  return { findings, roles: rolesOf(probe, findings) };
}

/** Of what was read twice: sound in all that follows from it. */
function answerOfBoth(probe: Probe, first: ProbeOutput, second: ProbeOutput, one?: ProbeCase): Answer | null {
  const { again } = probe;
  const [before, after] = [readingIn(probe, first), readingIn(probe, second)];
  if (again === undefined || before === null || after === null) return null;
  const reading = again.combine(before.reading, after.reading, again.gapMs);
  expect(JSON.parse(JSON.stringify(reading))).toEqual(reading);
  compare(probe, reading, one);
  const findings = probe.meaning(reading, one?.node, one?.args, site);
  return { findings, roles: rolesOf(probe, findings) };
}

function readingIn(probe: Probe, output: ProbeOutput): { readonly reading: unknown } | null {
  const startedMs = performance.now();
  try {
    return { reading: probe.parse(output) };
  } catch (error) {
    if (!(error instanceof ProbeParseError)) throw error;
    return null;
  } finally {
    expect(performance.now() - startedMs).toBeLessThan(parseMsMax);
  }
}

/** Figures and words for siblings have a name and a value, whatever was read. */
function compare({ siblings }: Probe, reading: unknown, one: ProbeCase | undefined): void {
  for (const figure of siblings?.numbers(reading, one?.node) ?? []) {
    expect(figure.name).not.toBe('');
    expect(figure.value).toSatisfy(Number.isFinite);
  }
  for (const word of siblings?.words?.(reading, one?.node) ?? []) {
    expect(word.name).not.toBe('');
    expect(typeof word.value).toBe('string');
  }
}

function rolesOf(probe: Probe, findings: readonly ProbeFinding[]): Answer['roles'] {
  return findings.map(({ kind }) => probe.outcomes.find(({ id }) => id === kind)?.role);
}

/** Refused, or read as something that is one of the probe's outcomes. */
const isSound = (given: Answer | null) =>
  given === null || (given.findings.length > 0 && !given.roles.includes(undefined));
const isClean = (given: Answer | null) => given?.roles.includes('clean') === true;

const words = fc.constantFrom(
  'N/A',
  '[N/A]',
  '-1',
  '0',
  '1e999',
  'NaN',
  'Infinity',
  '9'.repeat(400),
  '0x' + 'f'.repeat(64),
  '-',
  ',',
  ':',
  '%',
  '=',
  '\t',
  '\r',
  '\u0000',
  '\u2028',
  'é世界🧨',
  '__proto__',
  'constructor',
  '"',
  '{',
  '}',
  '$(reboot)',
  '; reboot',
  '../../etc/shadow',
);
const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ maxLength: 300 }),
  fc.array(words, { maxLength: 40 }).map((list) => list.join(' ')),
  fc.array(fc.oneof(words, fc.string({ maxLength: 12 })), { maxLength: 60 }).map((list) => list.join('\n')),
  fc.json({ maxDepth: 4 }),
);
const exitCode = fc.constantFrom(0, 1, 2, 6, 9, 126, 127, 137, 255, null);
const anyOutput = fc.record({ stdout: noise, stderr: fc.oneof(fc.constant(''), noise), exitCode });

/** One change of a text that is otherwise a tool's. */
const change = fc.oneof(
  fc.record({ what: fc.constant('drop' as const), at: fc.nat(), to: fc.nat(), word: words }),
  fc.record({ what: fc.constant('twice' as const), at: fc.nat(), to: fc.nat(), word: words }),
  fc.record({ what: fc.constant('swap' as const), at: fc.nat(), to: fc.nat(), word: words }),
  fc.record({ what: fc.constant('insert' as const), at: fc.nat(), to: fc.nat(), word: words }),
  fc.record({ what: fc.constant('number' as const), at: fc.nat(), to: fc.nat(), word: words }),
  fc.record({ what: fc.constant('byte' as const), at: fc.nat(), to: fc.nat(), word: words }),
);
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

function changed(text: string, { what, at, to, word }: Change): string {
  const lines = text.split('\n');
  const line = at % lines.length;
  const other = to % lines.length;
  switch (what) {
    case 'drop':
      return lines.toSpliced(line, 1).join('\n');
    case 'twice':
      return lines.toSpliced(line, 0, lines[line] ?? '').join('\n');
    case 'swap':
      return lines
        .with(line, lines[other] ?? '')
        .with(other, lines[line] ?? '')
        .join('\n');
    case 'insert': {
      const place = at % (text.length + 1);
      return text.slice(0, place) + word + text.slice(place);
    }
    case 'number': {
      const numbers = [...text.matchAll(/\d+/g)];
      const found = numbers[at % Math.max(1, numbers.length)];
      return found === undefined ? text : text.slice(0, found.index) + word + text.slice(found.index + found[0].length);
    }
    case 'byte': {
      const place = at % (text.length + 1);
      return text.slice(0, place) + String.fromCharCode(to % 0x1_0000) + text.slice(place + 1);
    }
  }
}

/** Places at which a text is cut: all of a short one, of a long one as many, the ends of its lines among them. */
function cuts(text: string): readonly number[] {
  const step = Math.max(1, Math.ceil(text.length / cutsMax));
  const places = Array.from({ length: Math.ceil(text.length / step) }, (_one, at) => at * step);
  const ends = [...text.matchAll(/\n/g)]
    .map(({ index }) => index)
    .filter((_one, at, all) => at % Math.ceil(all.length / cutsMax) === 0);
  return [...new Set([...places, ...ends, ...ends.map((end) => end + 1)])].filter((place) => place < text.length);
}

/**
 * Cut at the end of a line, these read as a shorter list: a line a thing, and neither a count nor an end that is looked
 * for. The SSH engine knows what it cut and says so. A new probe is held to more until it is put here.
 */
const readAsShorterLists: readonly string[] = [
  'gpu.clocks',
  'gpu.power',
  'gpu.temperature',
  'gpu.ecc',
  'gpu.row-remap',
  'gpu.processes',
  'gpu.compute-mode',
  'gpu.mig',
  'gpu.vbios',
  'nvlink.status',
  'nvlink.errors',
  'nvlink.remote',
  'ib.ports',
  'ib.counters',
  'ib.gids',
  'ib.links',
  'ib.switch-counters',
  'ib.fabric-links',
  'kernel.log',
  'kernel.mce',
  'fs.lustre-timeouts',
  'disk.space',
  'disk.inodes',
  'memory.processes',
  'modules.loaded',
  'packages.versions',
  'packages.versions-rpm',
  'net.mtu',
  'net.interfaces',
  'net.routes',
  'net.neighbours',
  'net.counters',
  'net.listeners',
  'net.firewall',
  'net.firewall-nft',
  'bmc.event-log',
  'bmc.sensors',
  'bmc.power',
  'scheduler.nodes',
  'scheduler.accounting',
  'scheduler.config',
  'host.load',
  'host.d-state',
  'host.cpu-governor',
  'host.iommu-acs',
  'host.iommu',
  'host.shared-memory',
  'host.services',
  'host.sysctl',
  'host.swap',
  'fs.nfs',
];

/** Texts that people or daemons write, whose last line need not have an end. */
const textsWithoutEnd: readonly string[] = ['fabricmanager.log', 'container.config', 'net.resolver'];

describe.each(probes.map((probe) => [probe.id, probe] as const))('%s', (id, probe) => {
  const cases = probeCases[id];
  const all = [...(cases?.faulty ?? []), ...(cases?.healthy ?? [])];

  it('reads anything, or refuses it', () => {
    fc.assert(
      fc.property(anyOutput, (output) => {
        expect(isSound(answer(probe, output))).toBe(true);
      }),
      { numRuns: outputRunsMax, seed: 7 },
    );
  });

  it('reads changed fixtures, or refuses them', () => {
    for (const one of all)
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
          const stdout = changes.reduce(changed, one.output.stdout);
          expect(isSound(answer(probe, { ...one.output, stdout }, one))).toBe(true);
        }),
        { numRuns: mutantRunsMax, seed: 11 },
      );
  });

  it('reads fixtures that are cut at any place, or refuses them', () => {
    for (const one of all)
      for (const place of cuts(one.output.stdout)) {
        const stdout = one.output.stdout.slice(0, place);
        expect(isSound(answer(probe, { ...one.output, stdout }, one))).toBe(true);
      }
  });

  it('never calls a cut output clean that was not clean as a whole', () => {
    for (const one of cases?.faulty ?? []) {
      // What two reads tell is in neither of them.
      if (one.second !== undefined || isClean(answer(probe, one.output, one))) continue;
      for (const place of cuts(one.output.stdout)) {
        const stdout = one.output.stdout.slice(0, place);
        const wholeLines = stdout.endsWith('\n') || stdout === '';
        if (textsWithoutEnd.includes(id) || (wholeLines && readAsShorterLists.includes(id))) continue;
        const given = answer(probe, { ...one.output, stdout }, one);
        expect(isClean(given), `${one.name}, cut at ${place}: "${stdout.slice(-60)}"`).toBe(false);
      }
    }
  });
});

it.each(probes.filter(({ again }) => again !== undefined).map((probe) => [probe.id, probe] as const))(
  '%s combines any two of its readings, changed ones too',
  (id, probe) => {
    const all = [...(probeCases[id]?.faulty ?? []), ...(probeCases[id]?.healthy ?? [])];
    const outputs = all.flatMap(({ output, second }) => (second === undefined ? [output] : [output, second]));
    for (const one of all)
      fc.assert(
        fc.property(
          fc.constantFrom(...outputs),
          fc.array(change, { maxLength: 3 }),
          fc.boolean(),
          (other, some, turn) => {
            const changedOne = { ...one.output, stdout: some.reduce(changed, one.output.stdout) };
            const [first, second] = turn ? [other, changedOne] : [changedOne, other];
            expect(isSound(answerOfBoth(probe, first, second, one))).toBe(true);
          },
        ),
        { numRuns: mutantRunsMax, seed: 13 },
      );
  },
);
