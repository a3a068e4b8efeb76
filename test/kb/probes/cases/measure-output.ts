import type { ProbeOutput } from '../../../../kb/schemas/probe.ts';
import { printed, type ProbeCase } from '../probe-case.ts';

export const script = 'infra/gate/wardround-measure.sh, run on Debian 12';

/** A tool's output as the node's script hands it on. */
export function ran(request: string, tool: string, device: string, text: string, exit = 0): ProbeOutput {
  const body = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return printed(`== measure ${request} tool=${tool} device=${device}\n${body}== end exit=${exit} seconds=14\n`, exit);
}

const refused = (why: string, exit: number) => printed('', exit, `wardround-measure: ${why}\n`);

export function busyCases(why: string): readonly ProbeCase[] {
  return [
    {
      name: 'busy: a job is there',
      source: script,
      output: refused(`busy: ${why}`, 75),
      means: ['measure.device.busy'],
    },
    {
      name: 'busy: another measurement is there',
      source: script,
      output: refused('busy: reserved by another measurement', 75),
      means: ['measure.device.busy'],
    },
  ];
}

/** Of every verb: what could not begin, what was cut off, and what is something else. */
export function notReports(request: string, tool: string, good: ProbeOutput): readonly ProbeOutput[] {
  const withoutEnd = good.stdout.replace(/== end.*\n$/, '');
  return [
    refused(`missing: ${tool} is not installed`, 69),
    refused(`invalid: not a measurement, or not its arguments: ${request}`, 64),
    printed('', 1, 'sudo: wardround-measure: command not found\n'),
    printed('', 1, 'sudo: a password is required\n'),
    printed('', 126, 'wardround-probe: refused: the command is not on the list of this key\n'),
    { ...printed(withoutEnd), exitCode: null },
    printed(withoutEnd),
    printed(good.stdout.replace('== measure', '== other')),
    printed('Welcome to node-01\n'),
    printed('', 75),
  ];
}
