import { Command, InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { CommandFailure } from '../../../workers/cli/output.ts';
import { runProgram, subcommands, type Subcommand } from '../../../workers/cli/program.ts';
import { recordingTerminal } from '../support/recording-terminal.ts';

const notLoaded = async (): Promise<Command> => {
  throw new Error('loaded, though nobody asked for it');
};

async function run(argv: readonly string[], commands: readonly Subcommand[]) {
  const recorded = recordingTerminal();
  const exitCode = await runProgram(argv, recorded.terminal, commands);
  return { exitCode, stdout: recorded.stdout(), stderr: recorded.stderr() };
}

function failing(error: unknown): readonly Subcommand[] {
  const load = async () =>
    new Command('fail').action(() => {
      throw error;
    });
  return [
    { name: 'fail', summary: 'fails', load },
    { name: 'other', summary: 'is another one', load: notLoaded },
  ];
}

describe('the command line', () => {
  it('shows help with every command and loads none of them', async () => {
    const commands = subcommands.map((command) => ({ ...command, load: notLoaded }));
    const { exitCode, stdout } = await run(['--help'], commands);
    expect(exitCode).toBe(0);
    for (const { name } of commands) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(stdout).toContain('Exit codes: 0 done, 1 failed, 2 wrong usage, 3 something is not proven.');
  });

  it('ends with 2 on wrong usage and says what was meant', async () => {
    for (const argv of [[], ['feil'], ['--nope'], ['fail', 'superfluous'], ['fail', '--nope']]) {
      const { exitCode, stdout, stderr } = await run(argv, failing(new Error('never run')));
      expect([argv, exitCode, stdout]).toEqual([argv, 2, '']);
      expect(stderr).not.toBe('');
    }
    expect((await run(['feil'], failing(new Error('never run')))).stderr).toContain('fail');
  });

  it('ends as a failure says, with its advice and without a stack', async () => {
    const failure = new CommandFailure('Temporal does not answer at 127.0.0.1:7233', 'is `wardround up` running?', {
      exitCode: 3,
    });
    const { exitCode, stderr } = await run(['fail'], failing(failure));
    expect(exitCode).toBe(3);
    expect(stderr).toBe('Error: Temporal does not answer at 127.0.0.1:7233\n  → is `wardround up` running?');
  });

  it('prints what a command finds wrong with its own options', async () => {
    const { exitCode, stderr } = await run(['fail'], failing(new InvalidArgumentError('--exit goes with --demo')));
    expect([exitCode, stderr]).toEqual([2, 'Error: --exit goes with --demo']);
  });

  it('ends with 1 and a stack on a bug', async () => {
    const { exitCode, stderr } = await run(['fail'], failing(new TypeError('x is not a function')));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/TypeError: x is not a function\n +at /);
  });

  it('ends with null when the command ended by itself', async () => {
    const load = async () => new Command('fine').action(() => {});
    expect((await run(['fine'], [{ name: 'fine', summary: 'is fine', load }])).exitCode).toBeNull();
  });

  it.each(subcommands)(
    'describes $name in the same words before and after it is loaded',
    async ({ name, summary, load }) => {
      const command = await load();
      expect(command.name()).toBe(name);
      expect(command.description()).toBe(summary);
    },
  );
});
