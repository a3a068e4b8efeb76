import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PortError, type MetricsSource, type ProbeRunner } from '../../../activities/ports.ts';
import { probeById } from '../../../kb/probes/index.ts';
import type { CliContext } from '../../../workers/cli/context.ts';
import { diagnoseCommand } from '../../../workers/cli/diagnose.ts';
import { nothingRecalled, type RecallAsked, type Recaller } from '../../../workers/cli/diagnose-recall.ts';
import type { DiagnosisReport } from '../../../workers/cli/diagnose-report.ts';
import { concernedNodes } from '../../../workers/cli/diagnose-site.ts';
import type { Inventory } from '../../../kb/schemas/inventory.ts';
import type { MetricSeries } from '../../../kb/schemas/metric.ts';
import type { Config } from '../../../workers/config.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';
import { smallInventory } from '../../support/small-inventory.ts';
import { recordingTerminal } from '../support/recording-terminal.ts';

/** What CUDA says on an NVSwitch system without its fabric manager; the same error has other causes. */
const log = [
  '[2026-11-20 03:12:40] [rank2]: torch.AcceleratorError: CUDA error: system not yet initialized',
  '[2026-11-20 03:12:41] [rank2]: iteration 0 was not begun',
].join('\n');

let folder: string;
let file: string;
let exitCode: typeof process.exitCode;
beforeEach(() => {
  exitCode = process.exitCode;
  folder = mkdtempSync(path.join(tmpdir(), 'wardround-site-'));
  file = path.join(folder, 'train.log');
  writeFileSync(file, log);
});
afterEach(() => {
  process.exitCode = exitCode;
  rmSync(folder, { recursive: true });
});

interface Asked {
  readonly node: string;
  readonly argv: readonly string[];
}

type Answer = (asked: Asked) => string | Promise<string>;

interface Surroundings {
  readonly inventory?: Inventory;
  readonly metrics?: MetricsSource;
}

async function diagnose(
  words: readonly string[],
  answer: Answer,
  { inventory = smallInventory(), metrics }: Surroundings = {},
) {
  const recalled: RecallAsked[] = [];
  const recaller: Recaller = {
    async recall(question) {
      recalled.push(question);
      return nothingRecalled;
    },
    close: async () => {},
  };
  const { terminal, stdout, stderr } = recordingTerminal();
  const asked: Asked[] = [];
  let closed = false;
  const runner: ProbeRunner & { close(): void } = {
    async run({ name }, argv, { signal }) {
      signal?.throwIfAborted();
      asked.push({ node: name, argv });
      return { stdout: await answer({ node: name, argv }), stderr: '', exitCode: 0 };
    },
    close: () => void (closed = true),
  };
  const context: CliContext = {
    terminal,
    user: 'tester',
    // Nothing of it is read where the runner is another.
    config: async () => ({}) as Config,
    inventories: async () => new Map([['site-a', inventory]]),
    withDesk: () => Promise.reject(new Error('not asked for')),
    nowMs: () => 0,
    pause: async () => {},
  };
  const command = diagnoseCommand(context, {
    openRunner: async () => runner,
    openMetrics: () => metrics ?? null,
    openRecaller: () => recaller,
  });
  let failure: unknown = null;
  await command
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parseAsync(words, { from: 'user' })
    .catch((error: unknown) => (failure = error));
  return { asked, recalled, failure, stderr, stdout, closed: () => closed };
}

const onSite = (...more: readonly string[]): readonly string[] => [file, '--cluster', 'site-a', '--json', ...more];

/** Only the fabric manager's state is told; whatever else is asked cannot be read. */
const fabricManager =
  (stateOf: (node: string) => string): Answer =>
  ({ node, argv }) => {
    if (argv.join(' ') === 'systemctl is-active nvidia-fabricmanager') return `${stateOf(node)}\n`;
    throw new PortError('malformed', 'nothing of the kind is here');
  };

// What is printed is the report itself.
const reportOf = (text: string): DiagnosisReport => JSON.parse(text) as DiagnosisReport;

describe('diagnose --cluster', () => {
  it('asks the nodes, and names the cause that a reading confirms', async () => {
    const { stdout, stderr, asked, closed } = await diagnose(
      onSite(),
      fabricManager((node) => (node === 'node-02' ? 'inactive' : 'active')),
    );
    const report = reportOf(stdout());
    expect(report.verdict).toBe('attributed');
    expect(report.causes[0]).toMatchObject({ category: 'fabricmanager-not-running', node: 'node-02' });
    expect(report.causes[0]?.because.map(({ source }) => source)).toContain('probe fabricmanager.active on node-02');
    expect(report.site).toMatchObject({ cluster: 'site-a', job: 'pretrain', nodes: ['node-01', 'node-02'] });
    // The last time in the log.
    expect(report.site?.alertAt).toBe('2026-11-20T03:12:41.000Z');
    expect(new Set(asked.map(({ node }) => node))).toEqual(new Set(['node-01', 'node-02']));
    expect(stderr()).toMatch(/first look: \d+ readings of \d+ probes on 2 nodes/);
    expect(closed()).toBe(true);
  });

  it('runs nothing that puts load on a node', async () => {
    const { stdout } = await diagnose(
      onSite(),
      fabricManager(() => 'active'),
    );
    const report = reportOf(stdout());
    const impacts = report.site?.batches.flatMap(({ probes }) => probes.map(({ id }) => probeById(id)?.impact)) ?? [];
    expect(impacts.length).toBeGreaterThan(5);
    expect(new Set(impacts)).not.toContain('load');
    expect(report.verdict).toBe('not-proven');
  });

  it('takes the time that it is told', async () => {
    const { stdout } = await diagnose(
      onSite('--at', '2026-11-20T04:00:00+01:00'),
      fabricManager(() => 'active'),
    );
    expect(reportOf(stdout()).site?.alertAt).toBe('2026-11-20T03:00:00.000Z');
  });

  it('says of a cluster that cannot be reached what stayed away, and ends', async () => {
    const { stdout } = await diagnose(onSite(), () => {
      throw new PortError('unreachable', 'connection refused');
    });
    const report = reportOf(stdout());
    expect(report.site?.batches[0]?.unread.length).toBeGreaterThan(0);
    expect(report.narrative.headline).not.toBe('');
  });

  it('ends the commands on Ctrl-C, and says so', async () => {
    const { failure, stdout, closed } = await diagnose(onSite(), () => {
      process.emit('SIGINT');
      throw new PortError('unreachable', 'cut');
    });
    expect(failure).toMatchObject({ name: 'CommandFailure', message: 'stopped; the commands on the nodes were ended' });
    expect(stdout()).toBe('');
    expect(closed()).toBe(true);
  });

  it('tells what the nodes of one place show together, as an incident does', async () => {
    const { stdout } = await diagnose(onSite(), nothingAnswers, {
      inventory: sixNodes(),
      metrics: linksThatFail(['node-01', 'node-02']),
    });
    const { hypotheses } = reportOf(stdout());
    const texts = hypotheses.flatMap(({ claims }) => claims.map(({ text }) => text));
    expect(texts.join('\n')).toMatch(/behind one leaf switch fail together/);
  });

  it('asks again in a later round for what the first look missed', async () => {
    let times = 0;
    const { stdout } = await diagnose(onSite(), ({ node, argv }) => {
      if (argv.join(' ') !== 'systemctl is-active nvidia-fabricmanager') return 'not the words of this tool';
      if (node !== 'node-02') return 'active\n';
      times += 1;
      if (times === 1) throw new PortError('refused', 'too many sessions');
      return 'inactive\n';
    });
    expect(times).toBeGreaterThan(1);
    expect(reportOf(stdout()).causes[0]).toMatchObject({ category: 'fabricmanager-not-running', node: 'node-02' });
  });

  it('reads the metrics, recalls by what they show too, and tells the speed of the job', async () => {
    const { stdout, recalled } = await diagnose(onSite(), nothingAnswers, { metrics: stepsThatJump });
    const report = reportOf(stdout());
    expect(report.site?.metrics).toMatchObject({ series: 1, speed: 'slow' });
    expect(report.site?.metrics?.missing).toContain('DCGM_FI_DEV_SM_CLOCK');
    expect(report.site?.metrics?.slowdownRatio).toBeGreaterThan(2);
    expect(JSON.stringify(report.narrative)).toContain('metric.training.step-time.jumped');
    const [asked] = recalled;
    expect(asked?.query.kinds).toContain('metric.training.step-time.jumped');
    // All nodes of the site have A800.
    expect(asked?.filter).toEqual({ generation: 'ampere' });
  });

  it('goes on without metrics that cannot be had, and says so', async () => {
    const away: MetricsSource = { range: () => Promise.reject(new PortError('unreachable', 'nobody listens at 9090')) };
    const { stdout, stderr } = await diagnose(
      onSite(),
      fabricManager((node) => (node === 'node-02' ? 'inactive' : 'active')),
      { metrics: away },
    );
    const report = reportOf(stdout());
    expect(report.verdict).toBe('attributed');
    expect(report.site?.metrics).toBeNull();
    expect(stderr()).toContain('the metrics could not be read: nobody listens at 9090');
    expect(JSON.stringify(report.narrative)).toContain('nobody listens at 9090');
  });

  it.each([
    [['--cluster', 'site-b'], 'there is no inventory of cluster "site-b"'],
    [['--cluster', 'site-a', '--at', 'yesterday'], '"yesterday" is no time'],
    [['--at', '2026-11-20'], '--at says when the trouble began on a cluster'],
    [['--graph', 'svg'], 'Allowed choices are text, mermaid'],
  ])('%j is refused: %s', async (words, message) => {
    const { failure, asked } = await diagnose([file, ...words], () => '');
    expect(String(failure)).toContain(message);
    expect(asked).toEqual([]);
  });
});

const nothingAnswers: Answer = () => {
  throw new PortError('malformed', 'nothing of the kind is here');
};

/** Two nodes behind one leaf, four behind others. */
function sixNodes(): Inventory {
  const small = smallInventory();
  const nodes = small.nodes.slice(0, 1).flatMap((node) =>
    [1, 2, 3, 4, 5, 6].map((number) => ({
      ...node,
      name: `node-0${number}`,
      leaf: `leaf-0${Math.ceil(number / 2)}`,
    })),
  );
  const ranks = nodes.map(({ name }, rank) => ({ rank, node: name, gpu: 0 }));
  return { ...small, jobs: small.jobs.map((job) => ({ ...job, ranks })), nodes };
}

/** Each port lost its link once in the last ten minutes. */
function linksThatFail(nodes: readonly string[]): MetricsSource {
  return {
    async range({ selector, fromMs, toMs, stepMs }): Promise<readonly MetricSeries[]> {
      if (selector !== 'node_infiniband_link_downed_total') return [];
      const times = Array.from({ length: Math.floor((toMs - fromMs) / stepMs) }, (_, at) => fromMs + at * stepMs);
      return sixNodes().nodes.map(({ name }) => ({
        name: selector,
        labels: { node: name, device: 'mlx5_0', port: '1' },
        points: times.map((ms): [number, number] => [ms, nodes.includes(name) && ms >= toMs - 600_000 ? 1 : 0]),
      }));
    },
  };
}

/** Steps of 8 s, and of 24 s in the last ten minutes. */
const stepsThatJump: MetricsSource = {
  async range({ selector, fromMs, toMs, stepMs }): Promise<readonly MetricSeries[]> {
    if (selector !== 'training_step_seconds') return [];
    const times = Array.from({ length: Math.floor((toMs - fromMs) / stepMs) }, (_, at) => fromMs + at * stepMs);
    const points = times.map((ms): [number, number] => [ms, ms < toMs - 600_000 ? 8 : 24]);
    return [{ name: selector, labels: { training_job: 'pretrain' }, points }];
  },
};

describe('the nodes that are looked at', () => {
  const inventory = smallInventory();
  const on = (node: string): Finding => ({
    id: node,
    kind: 'x',
    role: 'cause',
    node,
    count: 1,
    range: { evidenceId: 'e', source: 's' },
    text: '',
  });

  it('are those that logs name and those of their job', () => {
    expect(concernedNodes(inventory, [on('node-02')])).toEqual({
      job: 'pretrain',
      nodes: ['node-01', 'node-02'],
      named: new Set(['node-02']),
    });
    expect(concernedNodes({ ...inventory, jobs: [] }, [on('node-02'), on('elsewhere')])).toEqual({
      job: null,
      nodes: ['node-02'],
      named: new Set(['node-02']),
    });
  });

  it('are all where the logs name none and no job is known', () => {
    expect(concernedNodes({ ...inventory, jobs: [] }, [])).toEqual({
      job: null,
      nodes: ['node-01', 'node-02'],
      named: new Set(),
    });
  });
});
