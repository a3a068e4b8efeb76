import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { findingsSchema } from '../../activities/evidence-shapes.ts';
import { getJson } from '../../activities/json-evidence.ts';
import { PortError, type EvidenceStore, type ProbeRunner, type SshHost } from '../../activities/ports.ts';
import type { ProbeEntry } from '../../activities/probe-batch/entry.ts';
import { createRunProbeBatch } from '../../activities/run-probe-batch.ts';
import type { Inventory, InventoryNode } from '../../kb/schemas/inventory.ts';
import type { ProbeOutput } from '../../kb/schemas/probe.ts';
import type { ProbeBatchInput, ProbeBatchResult } from '../../workflows/domain/phase-data.ts';
import { memoryEvidence } from '../support/memory-stores.ts';
import { smallInventory } from '../support/small-inventory.ts';

const key = { cluster: 'site-a', workflowId: 'incident/site-a/00', runId: 'run-1' };
const inventories = new Map([['site-a', smallInventory()]]);

/** Nodes that answer the clock probe: node-02 has its second GPU locked. What `broken` says of a node comes first. */
function nodes(
  broken: Readonly<Record<string, () => Promise<ProbeOutput>>> = {},
): ProbeRunner & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    run: async (node, argv) => {
      asked.push(`${node.name} ${argv[0] ?? ''}`);
      return broken[node.name]?.() ?? answer(node, argv);
    },
  };
}

async function answer({ name }: SshHost, argv: readonly string[]): Promise<ProbeOutput> {
  const node = nodeNamed(name);
  if (argv[0] === 'systemctl') return { stdout: 'active\n', stderr: '', exitCode: 0 };
  if (argv[0] === 'dmesg') return { stdout: '', stderr: '', exitCode: 0 };
  const row = (index: number, sm: number) =>
    `${index}, ${node.gpus[index]?.uuid ?? ''}, ${node.gpus[index]?.pciBusId ?? ''}, ${sm}, 1410, 0x0000000000000000, 100, 300.00, 400.00, 50`;
  return { stdout: `${row(0, 1410)}\n${row(1, node.name === 'node-02' ? 210 : 1410)}\n`, stderr: '', exitCode: 0 };
}

function nodeNamed(name: string): InventoryNode {
  const node = smallInventory().nodes.find((one) => one.name === name);
  if (node === undefined) throw new Error(`the inventory of the test has no ${name}`);
  return node;
}

async function run(
  input: Omit<ProbeBatchInput, 'key' | 'batch'>,
  runner: ProbeRunner = nodes(),
  evidence: EvidenceStore & { readonly objects?: Map<string, Uint8Array> } = memoryEvidence('probes'),
  known: ReadonlyMap<string, Inventory> = inventories,
) {
  const activity = createRunProbeBatch({ runner, evidence, inventories: known, clock: { nowMs: () => 1_000 }, pause });
  const result: ProbeBatchResult = await quiet().run(activity, { key, batch: 'round2', ...input });
  const findings = await getJson(evidence, result.findings, findingsSchema);
  const entries = JSON.parse(Buffer.from(await evidence.get(result.results)).toString()) as ProbeEntry[];
  return { result, findings, entries, evidence };
}

const pause = async () => {};
const quiet = () => new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
const clocks = { probeId: 'gpu.clocks', nodes: ['node-01', 'node-02'] };

describe('a batch of probes', () => {
  it('finds the locked GPU, and the exact bytes of its line in the stored output', async () => {
    const { result, findings, evidence } = await run({ probes: [clocks] });
    expect(result).toMatchObject({ ran: 2, clean: 1, notClean: 1, unread: 0, failures: [] });
    expect(result.notable).toMatchObject([{ probeId: 'gpu.clocks', kind: 'gpu.clock.locked-low' }]);
    const locked = findings.find((finding) => finding.kind === 'gpu.clock.locked-low');
    expect(locked).toMatchObject({
      role: 'cause',
      node: 'node-02',
      device: { kind: 'gpu', index: 1, name: '00000000:08:00.0' },
      range: { source: 'probe gpu.clocks on node-02', line: 2 },
      values: { smMhz: 210 },
    });
    const raw = [...(evidence.objects ?? [])].find(([, bytes]) => Buffer.from(bytes).includes(', 210, 1410,'))?.[1];
    const { byteStart = 0, byteEnd = 0 } = locked?.range ?? {};
    expect(
      Buffer.from(raw ?? [])
        .subarray(byteStart, byteEnd)
        .toString(),
    ).toMatch(/^1, GPU-.*, 210, 1410, .*, 50$/);
  });

  it('gives the same evidence on a second attempt', async () => {
    const [first, second] = [await run({ probes: [clocks] }), await run({ probes: [clocks] })];
    expect(second.result.findings).toEqual(first.result.findings);
    expect(second.result.results).toEqual(first.result.results);
  });

  it('runs a probe once where it was asked for twice', async () => {
    const runner = nodes();
    const twice = { probeId: 'fabricmanager.active', nodes: ['node-02'] };
    await run({ probes: [{ ...twice, nodes: ['node-01', 'node-02'] }, twice] }, runner);
    expect(runner.asked).toEqual(['node-01 systemctl', 'node-02 systemctl']);
  });

  it('keeps what a command said on standard error behind its output', async () => {
    const runner = nodes({ 'node-01': async () => ({ stdout: 'inactive\n', stderr: 'a remark', exitCode: 3 }) });
    const { evidence, result } = await run(
      { probes: [{ probeId: 'fabricmanager.active', nodes: ['node-01'] }] },
      runner,
    );
    expect(result.notClean).toBe(1);
    expect(
      [...(evidence.objects ?? new Map<string, Uint8Array>()).values()].map((bytes) => Buffer.from(bytes).toString()),
    ).toContain('inactive\n\n--- exit 3, standard error:\na remark');
  });
});

describe('a probe that reads device by device', () => {
  const counters = { probeId: 'ib.counters', nodes: ['node-01'] };
  const two = smallInventory();
  const withAdapters = new Map([
    [
      'site-a',
      {
        ...two,
        nodes: two.nodes.map((node) => ({
          ...node,
          hcas: ['mlx5_0', 'mlx5_1'].map((name) => ({ name, port: 1 })),
        })),
      },
    ],
  ]);
  const perfquery = (downed: number) =>
    [
      '# Port extended counters: Lid 134 port 1 (CapMask: 0x5A00 CapMask2: 0x0000000)',
      'PortXmitData:....................9049592493976',
      `LinkDownedCounter:...............${downed}`,
      '',
    ].join('\n');
  const adapters = (second: string): ProbeRunner & { readonly asked: string[] } => {
    const asked: string[] = [];
    return {
      asked,
      run: async (_node, argv) => {
        asked.push(argv.join(' '));
        return { stdout: argv.includes('mlx5_1') ? second : perfquery(0), stderr: '', exitCode: 0 };
      },
    };
  };

  it('asks for each device of the inventory, and is one answer of the node', async () => {
    const runner = adapters(perfquery(57));
    const { result, findings, entries } = await run({ probes: [counters] }, runner, memoryEvidence(), withAdapters);
    const each = ['perfquery -x -C mlx5_0 -P 1', 'perfquery -x -C mlx5_1 -P 1'];
    expect(runner.asked).toEqual([...each, ...each]);
    expect(result).toMatchObject({ ran: 1, clean: 0, notClean: 1, unread: 0 });
    expect(entries).toHaveLength(1);
    expect(entries[0]?.commands).toHaveLength(2);
    expect(findings.map(({ kind, device }) => [kind, device])).toEqual([
      ['ib.counter.normal', { kind: 'hca', name: 'mlx5_0' }],
      ['ib.counter.errors', { kind: 'hca', name: 'mlx5_1' }],
    ]);
    expect(new Set(findings.map(({ id }) => id)).size).toBe(2);
  });

  it('is unread, and never clean, when one device cannot be read; what the others show still counts', async () => {
    const { result, findings, entries } = await run(
      { probes: [counters] },
      adapters('ibwarn: cannot open'),
      memoryEvidence(),
      withAdapters,
    );
    expect(result).toMatchObject({ ran: 0, clean: 0, unread: 1 });
    expect(result.failures[0]?.reason).toMatch(/ib\.counters \(mlx5_1 1\) is not in the tool's format/);
    expect(entries[0]?.commands).toHaveLength(1);
    expect(findings).toEqual([]);
  });
});

describe('a node that cannot be read', () => {
  it('is listed with its reason while the others are read', async () => {
    const runner = nodes({
      'node-01': () => Promise.reject(new PortError('unreachable', 'node-01: connection refused')),
    });
    const { result, entries } = await run({ probes: [clocks] }, runner);
    expect(result).toMatchObject({ ran: 1, notClean: 1, unread: 1 });
    expect(result.failures).toEqual([
      { probeId: 'gpu.clocks', node: 'node-01', reason: 'node-01: connection refused' },
    ]);
    expect(entries.map((entry) => [entry.node, entry.read])).toEqual([
      ['node-01', false],
      ['node-02', true],
    ]);
  });

  it('because its host key changed is not asked again for the next probe', async () => {
    const runner = nodes({
      'node-01': () => Promise.reject(new PortError('tampered', 'node-01: the host key is not one of the inventory')),
    });
    const { result } = await run(
      {
        probes: [
          { probeId: 'gpu.clocks', nodes: ['node-01'] },
          { probeId: 'kernel.log', nodes: ['node-01'] },
        ],
      },
      runner,
    );
    expect(runner.asked).toHaveLength(1);
    expect(result.failures.map((failure) => failure.reason)).toEqual([
      'node-01: the host key is not one of the inventory',
      'node-01: the host key is not one of the inventory',
    ]);
  });

  it('because its output was damaged on its way is unread', async () => {
    const runner = nodes({ 'node-01': async () => ({ stdout: 'total 8\nfoo\u001bbar\n', stderr: '', exitCode: 0 }) });
    const { result } = await run({ probes: [{ probeId: 'gpu.clocks', nodes: ['node-01'] }] }, runner);
    expect(result).toMatchObject({ ran: 0, clean: 0, unread: 1 });
    expect(result.failures[0]?.reason).toMatch(/line 2 was damaged on its way/);
  });

  it('because its output is of another format is unread, with the output kept', async () => {
    const runner = nodes({ 'node-01': async () => ({ stdout: 'Welcome to node-01\n', stderr: '', exitCode: 0 }) });
    const { result, entries } = await run({ probes: [{ probeId: 'gpu.clocks', nodes: ['node-01'] }] }, runner);
    expect(result.failures[0]?.reason).toMatch(/not in the tool's format: line 1/);
    expect(entries[0]).toMatchObject({ read: false, raw: { kind: 'probe-output' }, commands: [] });
  });

  it('because nobody knows it, or the probe, is unread', async () => {
    const { result } = await run({
      probes: [
        { probeId: 'gpu.clocks', nodes: ['node-99'] },
        { probeId: 'gpu.mood', nodes: ['node-01'] },
      ],
    });
    expect(result.failures.map((failure) => failure.reason)).toEqual([
      'node-99 is not in the inventory',
      'no probe is called gpu.mood',
    ]);
  });
});

describe('the batch as a whole', () => {
  it('fails, to be tried again, when its answer cannot be stored', async () => {
    const broken: EvidenceStore = {
      put: () => Promise.reject(new PortError('unreachable', 'the evidence store does not answer')),
      get: () => Promise.reject(new Error('not asked')),
    };
    const activity = createRunProbeBatch({ runner: nodes(), evidence: broken, inventories });
    await expect(quiet().run(activity, { key, batch: 'b', probes: [clocks] })).rejects.toMatchObject({
      type: 'Unreachable',
    });
  });

  it('fails for good when its cluster has no inventory', async () => {
    const activity = createRunProbeBatch({ runner: nodes(), evidence: memoryEvidence(), inventories: new Map() });
    await expect(quiet().run(activity, { key, batch: 'b', probes: [clocks] })).rejects.toMatchObject({
      type: 'NotFound',
    });
  });

  it('lists at most twenty failures and counts all', async () => {
    const { result } = await run({
      probes: [{ probeId: 'gpu.clocks', nodes: Array.from({ length: 30 }, (_one, at) => `gone-${at}`) }],
    });
    expect(result.failures).toHaveLength(20);
    expect(result.unread).toBe(30);
  });

  it('ends when it is cancelled', async () => {
    const environment = quiet();
    const runner: ProbeRunner = {
      run: async (_node, _argv, { signal }) => {
        environment.cancel('CANCELLED');
        signal?.throwIfAborted();
        throw new Error('the signal was not handed over');
      },
    };
    const activity = createRunProbeBatch({ runner, evidence: memoryEvidence(), inventories });
    await expect(environment.run(activity, { key, batch: 'b', probes: [clocks] })).rejects.toThrow('CANCELLED');
  });
});
