import { CommandFailure, exitCodes, type Terminal } from './output.ts';

/** Resolves when a person says yes; without a person, `--yes` has to. */
export async function confirm(terminal: Terminal, question: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!terminal.interactive)
    throw new CommandFailure('nobody is here to confirm it', 'add --yes', { exitCode: exitCodes.usage });
  const reply = await terminal.ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(reply.trim()))
    throw new CommandFailure('not confirmed, so nothing was sent', 'answer y to go on');
}
