import type { ProbeOutput } from '../../../../kb/schemas/probe.ts';
import { printed, type ProbeCases } from '../probe-case.ts';

/** What `wardround-job` prints of eight ranks, 40 to 47: `text` says what stands below each header. */
export function eightRanks(text: (local: number) => string): ProbeOutput {
  return ranks(Array.from({ length: 8 }, (_one, local) => text(local)));
}

export function ranks(texts: readonly string[]): ProbeOutput {
  const blocks = texts.map(
    (text, local) => `== pid=${21_037 + local} rank=${40 + local} local_rank=${local}\n${ended(text)}`,
  );
  return printed(`${blocks.join('')}== end trainers=${texts.length}\n`);
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

/** A healthy text for all ranks but one. */
export function one(at: number, special: string, usual: string): (local: number) => string {
  return (local) => (local === at ? special : usual);
}

/** Outputs that no verb of the script may be taken to have printed. */
export const cutOutputs: ProbeCases['garbage'] = [
  printed(''),
  printed('', 127, 'bash: line 1: sudo: command not found\n'),
  printed('', 1, 'sudo: a password is required\n'),
  printed('', 1, 'sudo: wardround-job: command not found\n'),
  printed('', 77, 'wardround-job: needs root\n'),
  printed('== pid=21037 rank=40 local_rank=0\n'),
  printed('Welcome to node-01\n== end trainers=1\n'),
  printed('== pid=21037 rank=40 local_rank=0\n== end trainers=2\n'),
  printed('== end trainers=0\nmore\n'),
  printed('== end trainers=0\n', null),
];

export const nobody = printed('== end trainers=0\n');
export const script = 'printed by infra/gate/wardround-job.sh over real processes';
