import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { hostRead, type NoArgs } from './host-read.ts';
import { requireTool } from './missing-tool.ts';
import { numberedLines } from './text-table.ts';

const source = 'https://doc.lustre.org/lustre_manual.xhtml (health_check)';

const bug: FindingKind = {
  id: 'fs.lustre.bug',
  summary: 'the Lustre client of the node ran into an internal error and stands still until a reboot',
  role: 'cause',
  weighs: { 'shared-fs-problem': 4.5 },
  source,
};
const unhealthy: FindingKind = {
  id: 'fs.lustre.unhealthy',
  summary: 'a Lustre device of the node is not healthy',
  role: 'cause',
  weighs: { 'shared-fs-problem': 3.5 },
  source,
};
const notLoaded: FindingKind = {
  id: 'fs.lustre.not-loaded',
  summary: 'Lustre is not loaded on the node',
  role: 'context',
  // Where the others have it, fs.mounts says that it is missing.
  weighs: { 'shared-fs-problem': 0.2 },
  source,
};
const healthy: FindingKind = {
  id: 'fs.lustre.healthy',
  summary: 'the Lustre devices of the node are healthy',
  role: 'clean',
  // A client that lost a server still calls itself healthy.
  weighs: { 'shared-fs-problem': -0.4 },
  source,
};

interface Reading {
  readonly state: 'healthy' | 'unhealthy' | 'bug' | 'not-loaded';
  /** Such as `lustre-OST0003-osc`, where the release names them. */
  readonly devices: readonly string[];
}

const devicesKeptMax = 50;

/** What Lustre says of itself. */
export const fsLustreHealth: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'fs.lustre-health',
  summary: 'health of the Lustre devices of the node as Lustre tells it',
  question: 'Does Lustre work on the node?',
  aspect: 'stability',
  costMs: 40,
  outputBytesMax: 65_536,
  argv: () => ['cat', '/sys/fs/lustre/health_check'],
  parse(output) {
    requireTool(output, 'cat');
    const lines = numberedLines(output).map(({ text }) => text.trim());
    if (output.exitCode === 1 && lines.length === 0 && /No such file or directory$/m.test(output.stderr))
      return { state: 'not-loaded', devices: [] };
    // Releases before 2.12 name the devices, one a line, before the verdict.
    const devices = lines.flatMap((text) => /^device ([\w.-]{1,100}) reported unhealthy$/.exec(text)?.[1] ?? []);
    const verdicts = lines.filter((text) => !text.startsWith('device '));
    if (
      output.exitCode !== 0 ||
      verdicts.some((text) => !/^(?:healthy|NOT HEALTHY|LBUG)$/i.test(text)) ||
      verdicts.length === 0
    )
      throw new ProbeParseError(`not the text of Lustre's health_check (exit ${output.exitCode ?? 'unknown'})`);
    const state = verdicts.includes('LBUG') ? 'bug' : verdicts.includes('healthy') ? 'healthy' : 'unhealthy';
    return { state, devices: devices.slice(0, devicesKeptMax) };
  },
  outcomes: [bug, unhealthy, notLoaded, healthy],
  meaning({ state, devices }) {
    const kind = { bug, unhealthy, 'not-loaded': notLoaded, healthy }[state];
    const named = devices.length === 0 ? '' : `: ${devices.slice(0, 4).join(', ')}`;
    return [{ kind: kind.id, text: `Lustre is ${state}${named}`, values: { state, devices: devices.length } }];
  },
};
