import { describe, expect, it } from 'vitest';
import { renderClusterBench } from '../../../../../workers/cli/bench/cluster/cluster-table.ts';
import { inProcesses } from '../../../../../workers/cli/bench/cluster/case-processes.ts';
import type { CaseAnswer } from '../../../../../workers/cli/bench/cluster/case-worker.ts';
import { runClusterBench } from '../../../../../workers/cli/bench/cluster/run-cluster-bench.ts';
import type { Terminal } from '../../../../../workers/cli/output.ts';

const runMsMax = 120_000;

function terminal(): Terminal & { readonly said: string[] } {
  const said: string[] = [];
  return {
    said,
    out: (text) => said.push(text),
    err: (text) => said.push(text),
    ask: async () => '',
    colour: false,
    interactive: false,
  };
}

const options = {
  faults: ['host-oom'],
  kinds: ['fault'],
  seeds: [1, 2],
  nodes: 4,
  ablations: ['keywords'],
  watches: true,
  processes: 2,
} as const;

describe('the cluster bench', () => {
  it(
    'runs its cases in processes and tells them in their order',
    async () => {
      const screen = terminal();
      const report = await runClusterBench(screen, options, new AbortController().signal);
      expect(report.rows.map(({ fault, seed }) => `${fault} ${seed}`)).toEqual(['host-oom 1', 'host-oom 2']);
      expect(report.rows.every(({ outcome }) => outcome !== 'failed')).toBe(true);
      expect(report.stopped).toBe(false);
      expect(screen.said.at(-1)).toMatch(/^2 of 2 {2}host-oom seed/);
      const text = await renderClusterBench(screen, report, { allRows: true });
      expect(text).toContain('By kind');
      expect(text).toMatch(/(met|missed) {2}wrong attributions/);
    },
    runMsMax,
  );

  it(
    'goes on after a case that broke, and starts none after a stop',
    async () => {
      const answers: CaseAnswer[] = [];
      const unknown = { fault: 'no-such-fault', seed: 1, nodes: 4, ablations: [], watches: true };
      await inProcesses([unknown, unknown], 1, (_one, answer) => answers.push(answer), new AbortController().signal);
      expect(answers.map(({ kind }) => kind)).toEqual(['failed', 'failed']);
      await inProcesses([unknown], 1, (_one, answer) => answers.push(answer), AbortSignal.abort());
      expect(answers).toHaveLength(2);
    },
    runMsMax,
  );
});
