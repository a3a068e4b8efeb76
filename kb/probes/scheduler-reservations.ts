import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { hostlistHas } from './hostlist.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://slurm.schedmd.com/reservations.html';

const maintenance: FindingKind = {
  id: 'scheduler.maintenance.active',
  summary: 'the node stands in a maintenance reservation that is active now',
  role: 'context',
  // Our judgement: maintenance is announced and rare; a stop of a job inside its window is hardly a coincidence.
  weighs: { 'scheduler-action': 3 },
  source,
};
const noMaintenance: FindingKind = {
  id: 'scheduler.maintenance.none',
  summary: 'no maintenance reservation holds the node now',
  role: 'clean',
  weighs: { 'scheduler-action': -0.4 },
  source,
};
const kinds = [maintenance, noMaintenance];

const noArgs = z.object({});

interface Reservation {
  readonly line: number;
  readonly name: string;
  /** Local time of the controller, as Slurm prints it. */
  readonly start: string;
  readonly end: string;
  readonly nodes: string;
  readonly flags: readonly string[];
  readonly isActive: boolean;
}
interface Reading {
  readonly reservations: readonly Reservation[];
}

/** Maintenance windows of the scheduler. */
export const schedulerReservations: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'scheduler.reservations',
  platform: 'nvidia-linux',
  summary: 'whether a maintenance reservation holds the node now',
  question: 'Has somebody reserved nodes, for maintenance or for others?',
  aspect: 'stability',
  side: 'demand',
  privilege: 'user',
  impact: 'passive',
  costMs: 200,
  timeoutMs: 15_000,
  outputBytesMax: 262_144,
  quotes: true,
  args: noArgs,
  argv: () => ['scontrol', '-o', 'show', 'reservation'],
  parse(output) {
    const lines = requiredLines(output, 'scontrol');
    if (lines[0]?.text.startsWith('No reservations in the system') === true) return { reservations: [] };
    return { reservations: lines.map(({ text, line }) => reservationOf(text, line)) };
  },
  outcomes: kinds,
  meaning({ reservations }, node) {
    const here = reservations.filter(
      ({ isActive, flags, nodes }) =>
        isActive && flags.includes('MAINT') && (node?.name === undefined || hostlistHas(nodes, node.name)),
    );
    if (here.length === 0)
      return [{ kind: noMaintenance.id, text: `none of ${reservations.length} reservations is maintenance here now` }];
    return here.map(({ name, start, end, line }) => ({
      kind: maintenance.id,
      text: `maintenance reservation ${name} from ${start} to ${end}`,
      line,
      values: { name, start, end },
    }));
  },
};

/** Reservations are made by operators; a comment at the end of the line may hold anything, so first fields count. */
function reservationOf(text: string, line: number): Reservation {
  const name = /^ReservationName=([\w.:@+-]{1,64}) /.exec(text)?.[1];
  if (name === undefined) throw new ProbeParseError(`line ${line}: not a reservation of scontrol -o show reservation`);
  const field = (key: string) => {
    const value = new RegExp(` ${key}=(\\S*)`).exec(text)?.[1];
    if (value === undefined) throw new ProbeParseError(`line ${line}: reservation ${name} has no ${key}`);
    return value;
  };
  return {
    line,
    name,
    start: field('StartTime'),
    end: field('EndTime'),
    nodes: field('Nodes'),
    flags: field('Flags').split(','),
    isActive: field('State') === 'ACTIVE',
  };
}
