import type { GateReply } from '../../../kb/schemas/gate.ts';
import { PortError } from '../../ports.ts';

/** Reads a reply of gate protocol 1. `from` names the node in errors. */
export function parseGateReply(text: string, from: string): GateReply {
  const end = text.indexOf('\n\n');
  if (end < 0) throw malformed(from, 'no end of the header');
  const header = new Map<string, string>();
  for (const line of text.slice(0, end).split('\n')) {
    const field = /^([a-z]+): (.{0,400})$/.exec(line);
    if (field === null || header.has(field[1] ?? ''))
      throw malformed(from, 'a header line that is not of the protocol');
    header.set(field[1] ?? '', field[2] ?? '');
  }
  if (header.get('gate') !== '1') throw malformed(from, `protocol "${header.get('gate') ?? 'none'}", 1 is spoken here`);
  const output = text.slice(end + 2);
  switch (header.get('outcome')) {
    case 'done': {
      const exit = header.get('exit') ?? '';
      if (!/^\d{1,3}$/.test(exit)) throw malformed(from, 'done without an exit code');
      return { outcome: 'done', exitCode: Number(exit), replayed: header.get('replayed') === 'yes', output };
    }
    case 'refused':
      return { outcome: 'refused', reason: header.get('reason') ?? 'no reason given' };
    case 'unknown':
      return { outcome: 'unknown', reason: header.get('reason') ?? 'no reason given' };
    case 'none':
      return { outcome: 'none' };
    default:
      throw malformed(from, 'an outcome that is not of the protocol');
  }
}

function malformed(from: string, what: string): PortError {
  return new PortError(
    'malformed',
    `${from}: the gate's reply has ${what}; check that the forced command of the remediation key is wardround-gate.sh`,
  );
}
