import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { requiredLines } from './text-table.ts';
import { releaseNumber } from './version-numbers.ts';

const source = 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html';

const differs: FindingKind = {
  id: 'fabricmanager.release.differs-from-siblings',
  summary: 'the node has another release of the fabric manager than its siblings; it must be that of the driver',
  role: 'symptom',
  weighs: { 'fabricmanager-not-running': 1.2, 'driver-version-mismatch': 0.7 },
  source,
};
const installed: FindingKind = {
  id: 'fabricmanager.release.installed',
  summary: 'the fabric manager is installed and says its release',
  role: 'clean',
  weighs: { 'fabricmanager-not-running': -0.2 },
  source,
};
const kinds = [differs, installed];

const noArgs = z.object({});

interface Reading {
  readonly release: string;
}

/** Release of the fabric manager that is installed. It runs only beside a driver of the same release. */
export const fabricmanagerVersion: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'fabricmanager.version',
  platform: 'nvidia-linux',
  summary: 'release of the installed fabric manager',
  question: 'Which release of the fabric manager is installed, and is it the driver’s?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 50,
  timeoutMs: 10_000,
  outputBytesMax: 4_096,
  args: noArgs,
  argv: () => ['nv-fabricmanager', '--version'],
  parse(output) {
    const said = requiredLines(output, 'nv-fabricmanager').map(({ text }) => text.trim());
    const release = said.flatMap((text) => /^Fabric Manager version is ?: ?(\d{3}\.[\d.]{1,9})$/.exec(text)?.[1] ?? []);
    const [only, ...more] = release;
    if (only === undefined || more.length > 0 || releaseNumber(only) === null)
      throw new ProbeParseError('not an answer of nv-fabricmanager --version');
    return { release: only };
  },
  outcomes: kinds,
  meaning: ({ release }) => [
    { kind: installed.id, text: `fabric manager ${release}`, values: { fabricManager: release } },
  ],
  siblings: {
    numbers: ({ release }) => {
      const value = releaseNumber(release);
      return value === null ? [] : [{ name: 'fabricManagerRelease', value, unit: 'version' }];
    },
    rules: [{ name: 'fabricManagerRelease', side: 'both', relative: 0, absolute: 0.5, source }],
    kind: differs,
  },
};
