import { fork, type ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { keepBoundaries, type BoundaryKeeper, type Held } from '../../workers/cli/bench/boundary-keeper.ts';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import type { HonestModelSays } from '../support/honest-model.ts';
import { repositoryPath } from '../support/repository.ts';
import { newStateDir, startStack, type RunningStack } from '../support/running-stack.ts';

/** A stack with a model server beside it: one that is honest, whose worker is killed, and that is killed itself. */
const msMax = 120_000;
const faulty = { node: 'node-04', gpu: 2 };
const next = { node: 'node-07', gpu: 5 };

let stack: RunningStack;
let keeper: BoundaryKeeper;
let server: ChildProcess;
const asked: string[] = [];
const killed: string[] = [];
let onQuestion = (): void => {};

beforeAll(async () => {
  server = fork(repositoryPath('test/support/honest-model.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const url = await new Promise<string>((resolve, reject) => {
    server.once('error', reject);
    server.on('message', (message) => {
      const said = message as HonestModelSays; // our own process
      if (said.kind === 'ready') return resolve(said.url);
      asked.push(said.question);
      onQuestion();
    });
  });
  keeper = await keepBoundaries(killOnceAnswered);
  stack = startStack(['--no-watch', '--seed', '47'], newStateDir(), {
    WARDROUND_MODEL_URL: url,
    WARDROUND_MODEL_NAME: 'scripted',
    WARDROUND_BOUNDARY_SOCKET: keeper.socketPath,
  });
  await stack.sees(/Up in .* s/);
}, msMax);
afterAll(async () => {
  server.kill('SIGKILL');
  await stack.stop();
  keeper.close();
}, 60_000);

/** The first question is answered, the answer is kept, and nobody has been told: then its worker dies. */
function killOnceAnswered(held: Held): void {
  if (held.activity === 'askModel' && held.boundary === 'done' && killed.length === 0) {
    killed.push(held.workflowId);
    process.kill(held.pid, 'SIGKILL');
  } else held.release();
}

async function inject({ node, gpu }: typeof faulty): Promise<string> {
  const { code } = await stack.cli('cluster', 'inject', 'gpu-clock-lock', '--node', node, '--gpu', String(gpu));
  expect(code).toBe(0);
  // The same alert is the same id again, in a run of its own.
  const found = await vi.waitUntil(async () => (await incidents()).find(({ needsHuman }) => needsHuman), {
    timeout: msMax,
    interval: 300,
  });
  return found.id;
}

async function incidents(): Promise<readonly { readonly id: string; readonly needsHuman: boolean }[]> {
  const { stdout } = await stack.cli('incident', 'list', '--all', '--json');
  return (JSON.parse(stdout) as { incidents: { id: string; needsHuman: boolean }[] }).incidents; // our own output
}

async function chartOf(id: string): Promise<IncidentView> {
  return JSON.parse((await stack.cli('incident', 'show', id, '--json')).stdout) as IncidentView; // our own output
}

async function approve(id: string): Promise<IncidentView> {
  const digest = (await chartOf(id)).approval.proposal?.digest ?? '';
  const approved = await stack.cli('incident', 'approve', id, '--digest', digest, '--as', 'Ada', '--yes');
  expect(approved).toMatchObject({ code: 0 });
  return vi.waitUntil(
    async () => {
      const view = await chartOf(id);
      return view.closing === null ? undefined : view;
    },
    { timeout: msMax, interval: 300 },
  );
}

const cause = ({ node, gpu }: typeof faulty) => ({
  category: 'gpu-clock-throttle',
  node,
  device: { kind: 'gpu', index: gpu },
});

it(
  'an honest model is shown with what was struck, and the incident is repaired',
  async () => {
    const id = await inject(faulty);
    const view = await chartOf(id);
    expect(view.verdict).toMatchObject({ kind: 'attributed', disputed: false, causes: [cause(faulty)] });
    expect(view.degraded).toEqual([]);
    const [first] = view.opinions ?? [];
    expect(first).toMatchObject({
      model: 'scripted',
      leading: { category: 'gpu-clock-throttle', node: faulty.node },
      said: [{ stands: true, struck: 1, reasons: ['quotes what does not stand in F1'] }],
      wishesProgram: true,
    });
    expect(view.programs?.[0]).toMatchObject({ found: 1, refused: null, notable: [{ kind: 'analysis.normal' }] });
    const { stdout } = await stack.cli('incident', 'show', id);
    expect(stdout).toContain("The model's opinion");
    expect(stdout).toContain(`Round 1, scripted: agrees: gpu-clock-throttle on ${faulty.node}`);
    expect(stdout).toContain('1 finding(s), by: model-code');
    const graph = await stack.cli('incident', 'show', id, '--graph');
    expect(graph.stdout).toContain('by: model-code');
    expect(graph.stdout).toContain('by the model');
    expect((await approve(id)).closing?.kind).toBe('repaired');
  },
  msMax,
);

it('its worker was killed between answer and report, and nothing was asked twice', async () => {
  expect(killed).toHaveLength(1);
  await stack.sees(/model-worker .*started again/);
  const view = await chartOf(killed[0] ?? '');
  expect(view.opinions?.length).toBe(asked.length);
  expect(new Set(asked).size).toBe(asked.length);
  expect(view.degraded).toEqual([]);
});

it(
  'a server that is killed in the middle of an answer costs the incident its opinion, and nothing else',
  async () => {
    const before = asked.length;
    onQuestion = () => void setTimeout(() => server.kill('SIGKILL'), 100);
    server.send('hang');
    const id = await inject(next);
    expect(asked).toHaveLength(before + 1);
    expect(server.signalCode).toBe('SIGKILL');
    const view = await chartOf(id);
    expect(view.verdict).toMatchObject({ kind: 'attributed', disputed: false, causes: [cause(next)] });
    expect(view.opinions).toBeUndefined();
    expect(view.degraded).toContainEqual(expect.stringMatching(/^went on without the model: .*scripted/));
    expect(JSON.stringify(view.narrative)).toMatch(/Not everything could be done as usual.*went on without the model/);
    expect((await approve(id)).closing?.kind).toBe('repaired');
  },
  msMax,
);
