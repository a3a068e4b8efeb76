import { describe, expect, it } from 'vitest';
import { tellingId } from '../../../workers/cli/incident-tell.ts';
import { incidentCommand } from '../../../workers/cli/incident.ts';
import { runCli } from '../support/cli-runs.ts';
import { rememberingDesk } from '../support/remembering-desk.ts';

const workflowId = 'incident/site-a/0011223344556677';
const id = 'site-a/0011223344556677';

async function incident(...argv: readonly string[]) {
  const { desk, asked } = rememberingDesk();
  return { ...(await runCli(incidentCommand, ['incident', ...argv], { desk })), told: asked.told };
}

describe('incident note', () => {
  it('sends the note under a name, and says that it changes nothing', async () => {
    const { told, stdout, exitCode } = await incident('note', id, 'the vendor has a ticket', '--by', 'Ada');
    expect(exitCode).toBe(0);
    expect(told).toEqual([{ workflowId, message: 'addNote', payload: { by: 'Ada', text: 'the vendor has a ticket' } }]);
    expect(stdout).toContain('Noted as Ada.');
    expect(stdout).toContain(`wardround incident show ${id}`);
  });

  it('takes --as as approve does, and the account of the person else', async () => {
    expect((await incident('note', id, 'x', '--as', 'Ada')).told).toMatchObject([{ payload: { by: 'Ada' } }]);
    expect((await incident('note', id, 'x')).told).toMatchObject([{ payload: { by: 'grace' } }]);
  });

  it('refuses a note that says nothing before it is sent', async () => {
    const { exitCode, told, stderr } = await incident('note', id, '  ');
    expect([exitCode, told]).toEqual([2, []]);
    expect(stderr).toContain('must say something');
  });
});

describe('incident done', () => {
  it('tells what was done, and what happens now', async () => {
    const { told, stdout } = await incident('done', id, 'replaced GPU 3');
    expect(told).toMatchObject([
      {
        workflowId,
        message: 'humanActionDone',
        payload: {
          by: 'grace',
          what: 'replaced GPU 3',
          actionId: expect.stringMatching(/^done-[0-9a-f]{12}$/) as unknown,
        },
      },
    ]);
    expect(stdout).toContain('measures again');
  });

  it('prints what was sent with --json', async () => {
    const { told, stdout } = await incident('done', id, 'replaced GPU 3', '--json');
    expect([JSON.parse(stdout)]).toEqual(told);
  });
});

describe('incident correct', () => {
  it('sends cause, place and reason', async () => {
    const { told, stdout, exitCode } = await incident(
      'correct',
      id,
      '--category',
      'gpu-clock-throttle',
      '--node',
      'node-07',
      '--gpu',
      '0',
      '--reason',
      'I saw it',
    );
    expect(exitCode).toBe(0);
    expect(told).toMatchObject([
      {
        message: 'correctVerdict',
        payload: { by: 'grace', category: 'gpu-clock-throttle', node: 'node-07', gpu: 0, reason: 'I saw it' },
      },
    ]);
    expect(stdout).toContain('gpu-clock-throttle on node-07 gpu 0');
    expect(stdout).toContain('withdrawn');
  });

  it.each([
    ['disk-ful', 'disk-full'],
    ['ecc', 'gpu-ecc-uncorrectable'],
    ['disk full', 'disk-full'],
    ['oom', 'gpu-oom'],
    ['throtle', 'gpu-clock-throttle'],
  ])('asks whether %s was to be %s', async (typed, meant) => {
    const { exitCode, told, stderr } = await incident('correct', id, '--category', typed, '--reason', 'r');
    expect([exitCode, told]).toEqual([2, []]);
    expect(stderr).toContain('did you mean');
    expect(stderr).toContain(meant);
  });

  it('lists all categories when nothing is near', async () => {
    const { stderr } = await incident('correct', id, '--category', 'qqq', '--reason', 'r');
    expect(stderr).toContain('gpu-fell-off-bus, gpu-ecc-uncorrectable');
    expect(stderr).toContain('unlisted');
  });

  it.each([
    ['a GPU without a node', ['--gpu', '3'], 'needs field "node"'],
    ['a GPU that no node has', ['--node', 'node-07', '--gpu', '99'], 'GPU index, 0 to 15'],
    ['a word for a GPU', ['--node', 'node-07', '--gpu', 'three'], 'GPU index such as 3'],
    ['a node that is none', ['--node', 'Node 7'], 'name of a node'],
  ])('refuses %s', async (_, flags, said) => {
    const { exitCode, told, stderr } = await incident(
      'correct',
      id,
      '--category',
      'disk-full',
      '--reason',
      'r',
      ...flags,
    );
    expect([exitCode, told]).toEqual([2, []]);
    expect(stderr).toContain(said);
  });

  it('needs a category and a reason', async () => {
    expect((await incident('correct', id, '--reason', 'r')).exitCode).toBe(2);
    expect((await incident('correct', id, '--category', 'disk-full')).exitCode).toBe(2);
  });
});

describe('the id of a telling', () => {
  it('is the same for a command that is run again at once, and another one later or for other words', () => {
    const at = (nowMs: number, what = 'replaced GPU 3') => tellingId('done', ['Ada', what], nowMs);
    expect(at(1_000)).toBe(at(30_000));
    expect(at(1_000)).not.toBe(at(1_000 + 60 * 60_000));
    expect(at(1_000)).not.toBe(at(1_000, 'replaced GPU 4'));
  });
});
