import type { Check } from '../../../activities/audit/check.ts';
import { paint, plain, type Style, type Terminal } from '../output.ts';
import type { Audit } from './run-audit.ts';

const words: Readonly<Record<Check['status'], readonly [text: string, style: Style]>> = {
  passed: ['passed', 'green'],
  failed: ['FAILED', 'red'],
  'not-checked': ['not checked', 'yellow'],
};

/** For people. Places and texts come from what is audited, so none of them reaches the terminal as it is. */
export function auditText(
  terminal: Pick<Terminal, 'colour'>,
  subject: string,
  { seal, decisions, results }: Audit,
): string {
  const rows = [
    ['Seal', seal],
    ['Decisions', decisions],
    ['Results', results],
  ] as const;
  return [
    `${paint(terminal, 'bold', 'Audit of')} ${plain(subject)}`,
    ...rows.map(([name, check]) => checkText(terminal, name, check)),
  ].join('\n');
}

function checkText(terminal: Pick<Terminal, 'colour'>, name: string, check: Check): string {
  const [text, style] = words[check.status];
  return [
    `  ${name.padEnd(10)} ${paint(terminal, style, text.padEnd(12))} ${plain(check.summary)}`,
    ...check.problems.map(
      ({ place, text: what }) => `    ${paint(terminal, 'red', '✗')} ${plain(`${place}: ${what}`)}`,
    ),
    ...check.gaps.map(({ place, text: what }) => `    ${paint(terminal, 'yellow', '?')} ${plain(`${place}: ${what}`)}`),
    ...check.notes.map((note) => `    ${plain(note)}`),
  ].join('\n');
}
