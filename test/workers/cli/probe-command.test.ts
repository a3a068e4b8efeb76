import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProbeRunner } from '../../../activities/ports.ts';
import { probeCommand } from '../../../workers/cli/probe.ts';
import { writeSimulatorFile } from '../../../infra/stack/simulator-file.ts';
import { processContext, type CliContext } from '../../../workers/cli/context.ts';
import type { Config } from '../../../workers/config.ts';
import { smallInventory } from '../../support/small-inventory.ts';
import { temporaryFolder } from '../../support/servers.ts';
import { recordingTerminal } from '../support/recording-terminal.ts';

let exitCode: typeof process.exitCode;
beforeEach(() => {
  exitCode = process.exitCode;
});
afterEach(() => {
  process.exitCode = exitCode;
});

interface Asked {
  readonly node: string;
  readonly command: string;
  readonly load: boolean;
  readonly signal: AbortSignal | undefined;
}

async function probe(
  words: readonly string[],
  options: { readonly replies?: readonly string[]; readonly run?: (asked: Asked) => Promise<void> } = {},
) {
  const recorded = recordingTerminal(options.replies === undefined ? {} : { replies: options.replies });
  const asked: Asked[] = [];
  let closed = false;
  const folders: (string | undefined)[] = [];
  const runner: ProbeRunner & { close(): void } = {
    async run({ name }, argv, { load = false, signal }) {
      const one = { node: name, command: argv.join(' '), load, signal };
      asked.push(one);
      await options.run?.(one);
      return { stdout: 'active\n', stderr: '', exitCode: 0 };
    },
    close: () => void (closed = true),
  };
  const context: CliContext = {
    terminal: recorded.terminal,
    user: 'tester',
    // Nothing of it is read where the runner is another.
    config: async (stateDir) => {
      folders.push(stateDir);
      return {} as Config;
    },
    inventories: async (stateDir) => {
      folders.push(stateDir);
      return new Map([['site-a', smallInventory()]]);
    },
    withDesk: () => Promise.reject(new Error('not asked for')),
    nowMs: () => 0,
    pause: async () => {},
  };
  const command = probeCommand(context, async () => runner).exitOverride();
  let failure: unknown = null;
  await command.parseAsync(words, { from: 'user' }).catch((error: unknown) => (failure = error));
  return { ...recorded, questions: recorded.asked, asked, failure, folders, closed: () => closed };
}

describe('probe list and show', () => {
  it('say of every probe what it asks, for which side, as whom and from where', async () => {
    const { stdout } = await probe(['list']);
    const [head, ...rows] = stdout().split('\n');
    expect(head).toMatch(/^ID +SIDE +ASPECT +IMPACT +AS +VIA +QUESTION$/);
    expect(rows.find((row) => row.startsWith('fabricmanager.active '))).toMatch(
      /^fabricmanager\.active +supply +\w+ +passive +user +node +\S.*\?$/,
    );
  });

  it('say it as JSON, too', async () => {
    const { probes } = JSON.parse((await probe(['list', '--json'])).stdout()) as { probes: Record<string, unknown>[] };
    expect(probes.find(({ id }) => id === 'gpu.clocks')).toMatchObject({
      question: expect.stringMatching(/\?$/) as unknown,
      side: 'supply',
      privilege: 'user',
      impact: 'passive',
      via: 'node',
    });
    expect(JSON.parse((await probe(['show', 'gpu.clocks', '--json'])).stdout())).toEqual(
      probes.find(({ id }) => id === 'gpu.clocks'),
    );
  });

  it('show what the answers of one mean', async () => {
    const { stdout } = await probe(['show', 'gpu.clocks']);
    expect(stdout()).toMatch(/^impact +passive: /m);
    expect(stdout()).toMatch(/^gpu\.clock\.locked-low +cause +\S/m);
    expect((await probe(['show', 'gpu.mood'])).failure).toMatchObject({ message: 'there is no probe "gpu.mood"' });
  });
});

describe('probe run', () => {
  it('reads the nodes of a host list, with a signal that Ctrl-C pulls, and closes the runner', async () => {
    const { asked, closed } = await probe(['run', 'fabricmanager.active', '--on', 'node-[02-09]']);
    expect(asked).toMatchObject([{ node: 'node-02', load: false, signal: expect.any(AbortSignal) as unknown }]);
    expect(closed()).toBe(true);
    expect((await probe(['run', 'fabricmanager.active', '--on', 'node-[7-9]'])).failure).toMatchObject({
      message: 'cluster site-a has no node node-[7-9]',
    });
  });

  it('puts load on a node only when told to and confirmed', async () => {
    const burn = ['run', 'measure.nccl-ring', '--node', 'node-01'];
    const bare = await probe(burn, { replies: ['y'] });
    expect([bare.failure, bare.asked]).toMatchObject([{ advice: 'add --load' }, []]);
    const declined = await probe([...burn, '--load'], { replies: ['n'] });
    expect([declined.failure, declined.asked]).toMatchObject([{ message: 'not confirmed, so nothing was sent' }, []]);
    const nobody = await probe([...burn, '--load']);
    expect([nobody.failure, nobody.asked]).toMatchObject([{ advice: 'add --yes' }, []]);
    const confirmed = await probe([...burn, '--load'], { replies: ['y'] });
    expect(confirmed.questions[0]).toContain('disturbs jobs on 1 nodes');
    expect(confirmed.asked).toMatchObject([
      { node: 'node-01', load: true, command: 'sudo -n wardround-measure nccl-ring' },
    ]);
  });

  it('ends its commands when the process is told to stop', async () => {
    const { failure, closed } = await probe(['run', 'fabricmanager.active'], {
      run: ({ signal }) =>
        new Promise((_done, fail) => {
          signal?.addEventListener('abort', () => fail(signal.reason as Error));
          process.emit('SIGINT');
        }),
    });
    expect(failure).toMatchObject({ message: 'fabricmanager.active was stopped; its commands were ended' });
    expect(closed()).toBe(true);
    expect(process.listenerCount('SIGINT')).toBe(before.SIGINT);
  });
});

const before = { SIGINT: process.listenerCount('SIGINT') };

describe('--state-dir', () => {
  it('is where inventory and key are looked for', async () => {
    expect((await probe(['run', 'fabricmanager.active', '--state-dir', '/srv/stack'])).folders).toEqual([
      '/srv/stack',
      '/srv/stack',
    ]);
    expect((await probe(['run', 'fabricmanager.active'])).folders).toEqual([undefined, undefined]);
  });

  it('comes before the folder of the environment', async () => {
    const folder = temporaryFolder('state-dir');
    try {
      writeSimulatorFile(folder.path, '/srv/stack/inventory.json');
      const context = processContext();
      expect(await context.config(folder.path)).toMatchObject({
        stateDir: folder.path,
        inventoryPath: '/srv/stack/inventory.json',
      });
      expect((await context.config()).stateDir).not.toBe(folder.path);
    } finally {
      folder.remove();
    }
  });
});
