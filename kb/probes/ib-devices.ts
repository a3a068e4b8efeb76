import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { requireTool } from './missing-tool.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://www.kernel.org/doc/html/latest/infiniband/user_verbs.html';

const none: FindingKind = {
  id: 'ib.devices.none',
  summary: 'the node has no device files of RDMA adapters: no adapter, or its modules are not loaded',
  role: 'cause',
  weighs: { 'rdma-device-missing-in-container': 1.5, 'rdma-link-fault': 1.5, 'net-plugin-mismatch': 1.2 },
  source,
};
const fewer: FindingKind = {
  id: 'ib.devices.fewer-than-adapters',
  summary: 'the node has fewer device files than adapters',
  role: 'cause',
  weighs: { 'rdma-link-fault': 2, 'rdma-device-missing-in-container': 1.2, 'host-hardware-fault': 0.7 },
  source,
};
const forbidden: FindingKind = {
  id: 'ib.devices.not-for-users',
  summary: 'users may not open the device file of an adapter',
  role: 'cause',
  weighs: { 'permission-misconfig': 2.5, 'rdma-device-missing-in-container': 2 },
  source,
};
const noCm: FindingKind = {
  id: 'ib.devices.no-connection-manager',
  summary: 'the device file of the RDMA connection manager is missing: its module is not loaded',
  role: 'symptom',
  weighs: { 'net-plugin-mismatch': 1.5, 'rdma-device-missing-in-container': 0.5 },
  source,
};
const complete: FindingKind = {
  id: 'ib.devices.complete',
  summary: 'device files of all adapters are there and users may open them',
  role: 'clean',
  weighs: { 'permission-misconfig': -0.7, 'net-plugin-mismatch': -0.4 },
  source,
};
const kinds = [none, fewer, forbidden, noCm, complete];

const noArgs = z.object({});

interface Reading {
  readonly files: readonly { readonly name: string; readonly mode: string; readonly line: number }[];
}

/** Device files through which programs reach the RDMA adapters. */
export const ibDevices: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'ib.devices',
  platform: 'nvidia-linux',
  summary: 'device files of the RDMA adapters and who may open them',
  question: 'Can a user’s program open every RDMA adapter of the node?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 30,
  timeoutMs: 15_000,
  outputBytesMax: 16_384,
  args: noArgs,
  argv: () => ['ls', '-l', '/dev/infiniband'],
  parse(output) {
    requireTool(output, 'ls');
    // ls: cannot access '/dev/infiniband': No such file or directory
    if (output.exitCode === 2 && /cannot access .*No such file or directory/.test(output.stderr)) return { files: [] };
    const lines = requiredLines(output, 'ls');
    if (!/^total \d{1,9}$/.test(lines[0]?.text ?? '')) throw new ProbeParseError('line 1: not the head of ls -l');
    return {
      files: lines.slice(1).map(({ text, line }) => {
        const match = /^([a-z-][rwxsStT-]{9})[.+@]?\s+\d{1,5}\s+\S.*\s(\S{1,64})$/.exec(text);
        if (match === null) throw new ProbeParseError(`line ${line}: not a line of ls -l`);
        return { name: match[2] ?? '', mode: match[1] ?? '', line };
      }),
    };
  },
  outcomes: kinds,
  meaning({ files }, node) {
    const verbs = files.filter(({ name, mode }) => /^uverbs\d+$/.test(name) && mode.startsWith('c'));
    if (verbs.length === 0) return [{ kind: none.id, text: 'no device file of an adapter in /dev/infiniband' }];
    const adapters = new Set(node?.hcas?.map(({ name }) => name)).size;
    const seen: ProbeFinding[] = [];
    if (verbs.length < adapters)
      seen.push({
        kind: fewer.id,
        text: `${verbs.length} device files for ${adapters} adapters`,
        line: verbs[0]?.line ?? 1,
        values: { deviceFiles: verbs.length, adapters },
      });
    // The mode of others, who are neither root nor of its group: users of containers as a rule.
    const closed = verbs.filter(({ mode }) => !/rw.$/.test(mode));
    if (closed.length > 0)
      seen.push({
        kind: forbidden.id,
        text: `${closed.map(({ name }) => name).join(', ')}: mode ${closed[0]?.mode ?? ''}`.slice(0, textCharsMax),
        line: closed[0]?.line ?? 1,
        values: { deviceFiles: closed.length },
      });
    if (!files.some(({ name }) => name === 'rdma_cm'))
      seen.push({ kind: noCm.id, text: 'no rdma_cm in /dev/infiniband', line: verbs[0]?.line ?? 1 });
    return orClean(seen, kinds, { kind: complete.id, text: `${verbs.length} adapters, open to users` });
  },
  siblings: {
    numbers: ({ files }) => [
      { name: 'deviceFiles', value: files.filter(({ name }) => /^uverbs\d+$/.test(name)).length, unit: 'count' },
    ],
    // Nodes of one kind have one number of adapters.
    rules: [{ name: 'deviceFiles', side: 'low', relative: 0, absolute: 0, source }],
    kind: fewer,
  },
};

const textCharsMax = 200;
