import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { findingsSchema } from '../../../activities/evidence-shapes.ts';
import { getJson } from '../../../activities/json-evidence.ts';
import {
  ConnectError,
  PortError,
  type EvidenceStore,
  type ProbeAnswer,
  type ProbeRunner,
} from '../../../activities/ports.ts';
import type { ProbeEntry } from '../../../activities/probe-batch/entry.ts';
import { createRunProbeBatch, type RunProbeBatchPorts } from '../../../activities/run-probe-batch.ts';
import { recordedWorld } from '../../../activities/audit/rederive/world.ts';
import { deriveProbeBatch } from '../../../activities/audit/rederive/probe-batch.ts';
import type { Inventory } from '../../../kb/schemas/inventory.ts';
import type { ProbeBatchInput, ProbeBatchResult } from '../../../workflows/domain/phase-data.ts';
import { memoryEvidence } from '../../support/memory-stores.ts';
import { smallInventory } from '../../support/small-inventory.ts';
import { five } from './five-nodes.ts';
import { meter, odd } from './meters.ts';

const key = { cluster: 'site-a', workflowId: 'incident/site-a/00', runId: 'run-1' };
const names = five.nodes.map(({ name }) => name);
const on = (probeId: string, of: readonly string[] = names) => ({ probeId, nodes: of });

type Answers = (node: string, command: string, time: number) => Partial<ProbeAnswer> | PortError;

function runnerThat(answers: Answers): ProbeRunner & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async run({ name }, argv) {
      const question = `${name} ${argv.join(' ')}`;
      const answer = answers(name, argv.join(' '), asked.filter((one) => one === question).length);
      asked.push(question);
      if (answer instanceof PortError) throw answer;
      return { stdout: '', stderr: '', exitCode: 0, ...answer };
    },
  };
}

async function run(
  input: Pick<ProbeBatchInput, 'probes' | 'load'>,
  runner: ProbeRunner,
  more: Partial<RunProbeBatchPorts> & { readonly inventory?: Inventory; readonly heartbeat?: unknown } = {},
) {
  const evidence = more.evidence ?? memoryEvidence('probes');
  const paused: number[] = [];
  const activity = createRunProbeBatch({
    runner,
    inventories: new Map([['site-a', more.inventory ?? five]]),
    clock: { nowMs: () => 0 },
    probe: meter,
    pause: async (ms) => void paused.push(ms),
    ...more,
    evidence,
  });
  const environment = new MockActivityEnvironment(
    { heartbeatDetails: more.heartbeat },
    { logger: new DefaultLogger('ERROR') },
  );
  const result: ProbeBatchResult = await environment.run(activity, { key, batch: 'b', ...input });
  const entries = JSON.parse(Buffer.from(await evidence.get(result.results)).toString()) as ProbeEntry[];
  const findings = await getJson(evidence, result.findings, findingsSchema);
  return { result, entries, findings, evidence, paused, input: { key, batch: 'b', ...input } };
}

/** Audits what a run recorded: the same activity over the evidence alone. */
async function auditOf({ result, evidence, input }: Awaited<ReturnType<typeof run>>) {
  const files = new Map<string, Uint8Array>();
  const knowledge = undefined as never;
  const world = {
    ...recordedWorld(files, { evidence: [] } as never, knowledge),
    inventories: new Map([['site-a', five]]),
    evidence: evidence as EvidenceStore,
  };
  const environment = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
  const derive = (batch: ProbeBatchInput) => deriveProbeBatch(world, batch, result, meter);
  return environment.run(derive, input);
}

describe('siblings', () => {
  const speeds =
    (slow: string): Answers =>
    (node) => ({ stdout: `${node === slow ? 31 : 48}\n` });

  it('at the same moment show the node that is slower, with what it was compared to', async () => {
    const ran = await run({ probes: [on('test.speed')] }, runnerThat(speeds('node-04')));
    expect(ran.result).toMatchObject({ ran: 5, clean: 4, notClean: 1 });
    expect(ran.findings.filter(({ kind }) => kind === 'test.speed.odd')).toMatchObject([
      {
        role: 'cause',
        node: 'node-04',
        range: { source: 'probe test.speed on node-04', line: 1, byteStart: 0, byteEnd: 2 },
        values: { name: 'speed', measured: 31, median: 48, siblings: 4, unit: 'GB/s' },
      },
    ]);
    expect(await auditOf(ran)).toEqual(ran.result);
  });

  it('are told by the kind of the rule where it has one of its own', async () => {
    const own = { ...odd, id: 'test.speed.far-behind' };
    const probe = (id: string) => {
      const made = meter(id);
      const { siblings } = made ?? {};
      if (made === undefined || siblings === undefined) return made;
      const rules = siblings.rules.map((rule) => ({ ...rule, kind: own }));
      return { ...made, outcomes: [...made.outcomes, own], siblings: { ...siblings, rules } };
    };
    const { findings } = await run({ probes: [on('test.speed')] }, runnerThat(speeds('node-04')), { probe });
    expect(findings.filter(({ role }) => role === 'cause').map(({ kind, node }) => [kind, node])).toEqual([
      [own.id, 'node-04'],
    ]);
  });

  it('take back that the node called itself well', async () => {
    const { entries } = await run({ probes: [on('test.speed')] }, runnerThat(speeds('node-04')));
    expect(entries[3]?.findings.map(({ kind }) => kind)).toEqual(['test.speed.odd']);
  });

  it('that are too few, or were not read, prove nothing', async () => {
    const slow = runnerThat(speeds('node-01'));
    expect((await run({ probes: [on('test.speed', ['node-01', 'node-02', 'node-03'])] }, slow)).result.clean).toBe(3);
    const gone = runnerThat((node, command, time) =>
      node === 'node-05' || node === 'node-04'
        ? new PortError('unreachable', `${node}: gone`)
        : speeds('node-01')(node, command, time),
    );
    expect((await run({ probes: [on('test.speed')] }, gone)).result).toMatchObject({ clean: 3, unread: 2 });
  });
});

describe('words', () => {
  it('that one node does not share with the others are found, and found again by an audit', async () => {
    const ran = await run(
      { probes: [on('test.setting')] },
      runnerThat((node) => ({ stdout: node === 'node-02' ? 'slow\n' : 'fast\n' })),
    );
    expect(ran.result).toMatchObject({ ran: 5, clean: 4, notClean: 1 });
    expect(ran.findings.filter(({ kind }) => kind === 'test.speed.odd')).toMatchObject([
      {
        node: 'node-02',
        text: 'mode is slow, on 4 of 4 siblings fast',
        range: { source: 'probe test.setting on node-02', line: 1 },
        values: { name: 'mode', value: 'slow', siblingsValue: 'fast', agreeing: 4, siblings: 4 },
      },
    ]);
    expect(await auditOf(ran)).toEqual(ran.result);
  });

  it('of nodes that were not read have no say', async () => {
    const ran = await run(
      { probes: [on('test.setting')] },
      runnerThat((node) =>
        node < 'node-04' ? new PortError('unreachable', 'gone') : { stdout: node === 'node-04' ? 'slow\n' : 'fast\n' },
      ),
    );
    expect(ran.result).toMatchObject({ ran: 2, clean: 2, unread: 3 });
  });
});

describe('a reading that could not be made', () => {
  it('for want of its tool says that, and not that the tool answered nonsense', async () => {
    const ran = await run(
      { probes: [on('test.setting', ['node-01'])] },
      runnerThat(() => ({ exitCode: 127 })),
    );
    expect(ran.result.failures[0]?.reason).toBe('test.setting could not be read: setting is not installed on the node');
    expect(await auditOf(ran)).toEqual(ran.result);
  });

  it('because there are more devices than one probe reads is told, with what was read', async () => {
    const ran = await run(
      { probes: [on('test.ports', ['node-01'])] },
      runnerThat(() => ({ stdout: 'ok' })),
    );
    expect(ran.entries[0]?.commands).toHaveLength(32);
    expect(ran.result).toMatchObject({ ran: 0, clean: 0, unread: 1 });
    expect(ran.result.failures[0]?.reason).toBe('node-01: test.ports read 32 of 40 devices, the most of one probe');
    expect(await auditOf(ran)).toEqual(ran.result);
  });

  it('because nobody can log in is evidence of the node, told once', async () => {
    const ran = await run(
      { probes: [on('test.lines'), on('test.setting')] },
      runnerThat((node) =>
        node === 'node-02' ? new ConnectError('unreachable', 'node-02: connection refused') : { stdout: 'end\n' },
      ),
    );
    const [silent, ...more] = ran.findings.filter(({ kind }) => kind === 'probe.node.unreachable');
    expect(silent).toMatchObject({ role: 'symptom', node: 'node-02', text: 'node-02: connection refused' });
    expect(more).toEqual([]);
    const cited = ran.entries.flatMap((entry) => (entry.read ? [] : (entry.unreachable ?? [])));
    const [said] = await Promise.all(cited.map((ref) => ran.evidence.get(ref)));
    expect(Buffer.from(said ?? []).toString()).toBe('node-02: connection refused\n');
    expect(silent?.range.evidenceId).toBe(cited[0]?.id);
    expect(await auditOf(ran)).toEqual(ran.result);
  });

  it('because a key was denied says nothing of the node', async () => {
    const ran = await run(
      { probes: [on('test.speed', ['node-02'])] },
      runnerThat(() => new ConnectError('denied', 'node-02: the key was not taken')),
    );
    expect(ran.findings).toEqual([]);
  });
});

describe('a measurement between two nodes', () => {
  /** Servers listen until they are ended; what was asked and ended is told in order. */
  function pairs(answer: Answers, listening: (node: string) => Partial<ProbeAnswer> | null = () => null) {
    const told: string[] = [];
    let atOnce = 0;
    const most = { atOnce: 0 };
    const runner: ProbeRunner = {
      async run({ name }, argv, { signal, about }) {
        told.push(`${name} ${argv.join(' ')} (${about?.node ?? ''})`);
        if (argv[0] !== 'listen') {
          atOnce += 1;
          most.atOnce = Math.max(most.atOnce, atOnce);
          await Promise.resolve();
          atOnce -= 1;
          const said = answer(name, argv.join(' '), 0);
          if (said instanceof Error) throw said;
          return { stdout: '', stderr: '', exitCode: 0, ...said };
        }
        const early = listening(name);
        if (early !== null) return { stdout: '', stderr: '', exitCode: 0, ...early };
        const { promise, reject } = Promise.withResolvers<never>();
        signal?.addEventListener('abort', () => {
          told.push(`${name} ended`);
          reject(new Error('ended'));
        });
        return promise;
      },
    };
    return { runner, told, most };
  }
  const sent: Answers = () => ({ stdout: 'sent' });

  it('has its other side started first and ended after it, and an audit starts none', async () => {
    const { runner, told } = pairs(sent);
    const ran = await run({ probes: [on('test.pair', ['node-02'])], load: true }, runner);
    expect(told).toEqual(['node-03 listen node-02 (node-03)', 'node-02 send node-02 (node-02)', 'node-03 ended']);
    expect(ran.paused).toEqual([1_500]);
    expect(ran.result).toMatchObject({ ran: 1, unread: 0 });
    expect(await auditOf(ran)).toEqual(ran.result);
  });

  it('ends its other side when it fails itself', async () => {
    const { runner, told } = pairs(() => new PortError('unreachable', 'node-02: it hangs'));
    const ran = await run({ probes: [on('test.pair', ['node-02'])], load: true }, runner);
    expect(told.at(-1)).toBe('node-03 ended');
    expect(ran.result.failures[0]?.reason).toBe('node-02: it hangs');
    expect(await auditOf(ran)).toEqual(ran.result);
  });

  it('is not made where the other side does not start', async () => {
    const { runner, told } = pairs(sent, () => ({ exitCode: 75, stderr: 'wardround-measure: busy: mlx5_0\n' }));
    // The server is heard of before the wait for it is over.
    const pause = (_ms: number, signal: AbortSignal) =>
      new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('over'))));
    const ran = await run({ probes: [on('test.pair', ['node-02'])], load: true }, runner, { pause });
    expect(told).toEqual(['node-03 listen node-02 (node-03)']);
    expect(ran.result.failures[0]?.reason).toBe(
      'node-03: the other side of test.pair did not start: it ended with 75: wardround-measure: busy: mlx5_0',
    );
    expect(await auditOf(ran)).toEqual(ran.result);
  });

  it('is the only one on both of its nodes, round the whole ring', async () => {
    const { runner, told, most } = pairs(sent);
    const ran = await run({ probes: [on('test.pair')], load: true }, runner);
    expect(ran.result).toMatchObject({ ran: 5, unread: 0 });
    const serving = new Set<string>();
    const served = told.flatMap((line) => {
      const [node = '', what = ''] = line.split(' ');
      if (what === 'ended') serving.delete(node);
      const meanwhile = what !== 'ended' && serving.has(node) ? [line] : [];
      if (what === 'listen') serving.add(node);
      return meanwhile;
    });
    expect(served).toEqual([]);
    expect(serving.size).toBe(0);
    expect(most.atOnce).toBeLessThanOrEqual(2);
  });
});

describe('a second read', () => {
  // Ten times as fast as the wall clock.
  const fast: Inventory = { ...five, clock: { wallEpochMs: 0, clusterEpochMs: 0, rate: 10 } };
  const counts: Answers = (node, _command, time) => ({
    stdout: `${node === 'node-02' ? 100 + time * 40 : 100}\n`,
    sentAtMs: 50 + time * 1_000,
  });

  it('comes after the gap in the time of the cluster, and both are kept and audited', async () => {
    const ran = await run({ probes: [on('test.counter', ['node-01', 'node-02'])] }, runnerThat(counts), {
      inventory: fast,
    });
    expect(ran.paused).toEqual([1_000, 1_000]);
    expect(ran.findings).toMatchObject([{ kind: 'test.fine' }, { kind: 'test.line.loud', values: { perSecond: 4 } }]);
    const [, entry] = ran.entries;
    expect(entry?.commands).toMatchObject([{ again: { exitCode: 0, betweenMs: 10_000 }, reading: { count: 140 } }]);
    expect(entry?.findings[0]?.range.evidenceId).toBe(entry?.commands[0]?.again?.raw.id);
  });

  it('is derived again by an audit, whatever clock the audit has', async () => {
    const ran = await run({ probes: [on('test.counter', ['node-01', 'node-02'])] }, runnerThat(counts));
    expect(await auditOf(ran)).toEqual(ran.result);
  });

  it('is not waited for longer than the bound', async () => {
    const slow = { ...five, clock: { wallEpochMs: 0, clusterEpochMs: 0, rate: 0.001 } };
    const { paused } = await run({ probes: [on('test.counter', ['node-01'])] }, runnerThat(counts), {
      inventory: slow,
    });
    expect(paused).toEqual([20_000]);
  });

  it('that fails leaves the probe unread, with the first answer kept', async () => {
    const ran = await run(
      { probes: [on('test.counter', ['node-01', 'node-02'])] },
      runnerThat((node, command, time) => {
        if (time === 0) return counts(node, command, time);
        return node === 'node-01' ? new PortError('unreachable', 'node-01: went away') : { stdout: 'no count\n' };
      }),
    );
    expect(ran.entries).toMatchObject([
      { read: false, reason: 'node-01: went away', commands: [{ reading: { count: 100 } }] },
      {
        read: false,
        reason: expect.stringContaining('not a count') as unknown,
        commands: [{ reading: { count: 100 } }],
      },
    ]);
    expect(await auditOf(ran)).toEqual(ran.result);
  });
});

describe('half an answer', () => {
  it.each(['too-large', 'deadline', 'lost'] as const)(
    'that is %s is kept and marked; its whole lines count, what is missing in it does not',
    async (cut) => {
      const half = { stdout: 'quiet\nLOUD one\nLOUD tw', exitCode: null, cut };
      const ran = await run(
        { probes: [on('test.lines', ['node-01'])] },
        runnerThat(() => half),
      );
      expect(ran.result).toMatchObject({ ran: 0, clean: 0, unread: 1 });
      expect(ran.entries).toMatchObject([{ read: false, cut, commands: [{ cut, raw: { kind: 'probe-output' } }] }]);
      expect(ran.findings).toMatchObject([{ kind: 'test.line.loud', text: 'LOUD one', range: { line: 2 } }]);
      expect(ran.result.failures[0]?.reason).toMatch(/^node-01: test\.lines gave half an answer: /);
      expect(await auditOf(ran)).toEqual(ran.result);
    },
  );

  it('that nobody can parse keeps its bytes', async () => {
    const ran = await run(
      { probes: [on('test.counter', ['node-01'])] },
      runnerThat(() => ({ stdout: '10', exitCode: null, cut: 'lost' })),
    );
    expect(ran.entries).toMatchObject([{ read: false, cut: 'lost', commands: [{ reading: null }], findings: [] }]);
    expect(await auditOf(ran)).toEqual(ran.result);
  });
});

describe('the management host', () => {
  const echo: Answers = (_node, command) => ({ stdout: command });

  it('is asked about a node, and the findings are the node’s', async () => {
    const runner = runnerThat(echo);
    const ran = await run({ probes: [on('test.power', ['node-01', 'node-02'])] }, runner);
    expect(runner.asked).toEqual(['mgmt-01 power node-01', 'mgmt-01 power node-02']);
    expect(ran.findings.map(({ node, text }) => [node, text])).toEqual([
      ['node-01', 'power node-01'],
      ['node-02', 'power node-02'],
    ]);
    expect(await auditOf(ran)).toEqual(ran.result);
  });

  it('is asked once for what does not depend on the node', async () => {
    const runner = runnerThat(echo);
    const ran = await run({ probes: [on('test.fabric')] }, runner);
    expect(runner.asked).toEqual(['mgmt-01 fabric']);
    expect(ran.result.ran).toBe(5);
    expect(await auditOf(ran)).toEqual(ran.result);
  });

  it('answers for a node that nobody can log in to', async () => {
    const runner = runnerThat((node, command) =>
      node === 'node-01' ? new ConnectError('unreachable', 'node-01: connection refused') : { stdout: command },
    );
    const ran = await run(
      { probes: [on('test.speed'), on('test.lines'), on('test.power')].map((one) => ({ ...one, nodes: ['node-01'] })) },
      runner,
    );
    expect(runner.asked.toSorted()).toEqual(['mgmt-01 power node-01', 'node-01 speed']);
    expect(ran.result).toMatchObject({ ran: 1, unread: 2 });
    expect(await auditOf(ran)).toEqual(ran.result);
  });

  it('that the inventory does not have leaves its probes unread', async () => {
    const { result } = await run({ probes: [on('test.power', ['node-01'])] }, runnerThat(echo), {
      inventory: smallInventory(),
    });
    expect(result.failures[0]?.reason).toBe('test.power is run on a management host, and the inventory has none');
  });
});

describe('load', () => {
  it('is put on nodes only where the batch says so, and comes after the other readings', async () => {
    const runner = runnerThat((_node, command) => ({ stdout: command === 'speed' ? '48\n' : '' }));
    const probes = [on('test.burn', ['node-01']), on('test.speed', ['node-01'])];
    const without = await run({ probes }, runner);
    expect(runner.asked).toEqual(['node-01 speed']);
    expect(without.result.failures[0]?.reason).toContain('may not put load');
    await run({ probes, load: true }, runner);
    expect(runner.asked.slice(1)).toEqual(['node-01 speed', 'node-01 burn']);
  });
});

describe('a retry', () => {
  const answers: Answers = (node, command, time) =>
    command === 'counter' ? { stdout: `${100 + time}\n`, sentAtMs: time * 5_000 } : { stdout: `${node.length}\n` };

  /** What the last heartbeat said of a run that could not store its results. */
  async function interrupted(evidence: EvidenceStore, unreachable: string): Promise<unknown> {
    const runner = runnerThat((node, command, time) =>
      node === unreachable ? new PortError('unreachable', 'not now') : answers(node, command, time),
    );
    const activity = createRunProbeBatch({
      runner,
      evidence: {
        ...evidence,
        put: (kind, ...more) =>
          kind === 'probe-output'
            ? evidence.put(kind, ...more)
            : Promise.reject(new PortError('unreachable', 'the store does not answer')),
      },
      inventories: new Map([['site-a', five]]),
      clock: { nowMs: () => 0 },
      probe: meter,
      pause: async () => {},
    });
    const environment = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
    const beats: unknown[] = [];
    environment.on('heartbeat', (details) => beats.push(details));
    await expect(environment.run(activity, { key, batch: 'b', probes })).rejects.toThrow('does not answer');
    return beats.at(-1);
  }
  const probes = [on('test.counter'), on('test.speed')];

  it('reads only what the attempt before it had not, and comes to the same result', async () => {
    const evidence = memoryEvidence('probes');
    const heartbeat = await interrupted(evidence, 'node-03');
    const runner = runnerThat(answers);
    const resumed = await run({ probes }, runner, { evidence, heartbeat });
    expect(runner.asked).toEqual(['node-03 counter', 'node-03 counter', 'node-03 speed']);
    const whole = await run({ probes }, runnerThat(answers));
    expect(resumed.result.findings).toEqual(whole.result.findings);
    expect(await auditOf(resumed)).toEqual(resumed.result);
  });

  it('reads all again where the evidence can only be written', async () => {
    const heartbeat = await interrupted(memoryEvidence('probes'), 'node-03');
    const runner = runnerThat(answers);
    const { result } = await run({ probes }, runner, { heartbeat });
    expect(runner.asked).toHaveLength(15);
    expect(result.ran).toBe(10);
  });

  it.each([
    [undefined],
    ['nonsense'],
    [{ batch: 'another', place: { bucket: 'evidence', prefix: '' }, done: [[0, 1, []]] }],
  ])('makes nothing of a heartbeat that is not its own: %j', async (heartbeat) => {
    const runner = runnerThat(answers);
    await run({ probes: [on('test.speed')] }, runner, { heartbeat });
    expect(runner.asked).toHaveLength(5);
  });

  it('carries no text of a node in its heartbeats', async () => {
    const heartbeat = await interrupted(memoryEvidence('probes'), 'none');
    expect(Object.keys(heartbeat as object)).toEqual(['batch', 'read', 'place', 'done']);
    expect(JSON.stringify(heartbeat)).not.toMatch(/node-0|speed/);
  });
});
