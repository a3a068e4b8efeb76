import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { numberedLines } from './text-table.ts';

const source = 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html';

const notActive: FindingKind = {
  id: 'fabricmanager.service.not-active',
  summary: 'the fabric manager is installed and does not run',
  role: 'cause',
  weighs: { 'fabricmanager-not-running': 5 },
  source,
};
const active: FindingKind = {
  id: 'fabricmanager.service.active',
  summary: 'the fabric manager runs',
  role: 'clean',
  weighs: { 'fabricmanager-not-running': -5 },
  source,
};
const kinds = [notActive, active];

const noArgs = z.object({});

// https://www.freedesktop.org/software/systemd/man/latest/systemctl.html (is-active)
const states = [
  'active',
  'inactive',
  'failed',
  'activating',
  'deactivating',
  'reloading',
  'maintenance',
  'unknown',
] as const;
type State = (typeof states)[number];

interface Reading {
  readonly state: State;
}

/** Does the fabric manager run? NVSwitch systems need it; boards without NVSwitch have none. */
export const fabricmanagerActive: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'fabricmanager.active',
  platform: 'nvidia-linux',
  summary: 'state of the fabric manager service',
  question: 'Does the fabric manager run, as NVSwitch systems need?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 60,
  timeoutMs: 15_000,
  outputBytesMax: 1_024,
  args: noArgs,
  argv: () => ['systemctl', 'is-active', 'nvidia-fabricmanager'],
  parse(output) {
    const [only, ...more] = numberedLines(output);
    const state = states.find((one) => one === only?.text);
    if (state === undefined || more.length > 0)
      throw new ProbeParseError(`not an answer of systemctl is-active (exit ${output.exitCode ?? 'unknown'})`);
    return { state };
  },
  outcomes: kinds,
  meaning: ({ state }) => {
    const running = state === 'active' || state === 'reloading';
    return [
      {
        kind: running ? active.id : notActive.id,
        text: `nvidia-fabricmanager is ${state}`,
        line: 1,
        values: { state },
      },
    ];
  },
};
