import { renderTable, type Cell, type Terminal } from '../../output.ts';
import { machineLine } from '../machine.ts';
import type { peers } from './peers.ts';
import { medianOf, type FanoutLimits } from './limits.ts';
import type { ClientName, ClientRun, FanoutBench, ShapeResult } from './run-fanout.ts';

/** Aims of the product, which the figures stand beside. */
const peakMiBMax = 400;
const timesFasterMax = 1.5;

export async function renderFanoutBench(terminal: Pick<Terminal, 'colour'>, report: FanoutBench): Promise<string> {
  const rows = report.shapes.flatMap((result) => rowsOf(result));
  const heads = ['WHAT', 'CLIENT', 'READ', 'NOT', 'SECONDS', 'LIVING NODES BY', 'PEAK', 'CLIENT CPU', 'SERVER CPU'];
  return [
    await renderTable(terminal, heads, rows),
    '',
    ...report.shapes.flatMap(ratioLine),
    ...report.limits.flatMap(limitLines),
    `peak memory: aim under ${peakMiBMax} MiB; figures are medians of ${report.runs} run${report.runs === 1 ? '' : 's'}, client and servers share the machine`,
    'our client parses and judges every answer and verifies host keys; parallel-ssh does neither, clush verifies through OpenSSH',
    ...(report.peersMissing === null ? [] : [`parallel-ssh and clush were not measured: ${report.peersMissing}`]),
    machineLine(report.machine),
  ].join('\n');
}

function rowsOf(result: ShapeResult): readonly (readonly Cell[])[] {
  const { shape, clients } = result;
  return clientNames(clients).map((name, at) => {
    const of = (figure: (run: ClientRun) => number | null) => medianOf(result, name, figure);
    return [
      at === 0 ? shape.name : '',
      name,
      String(of(({ answer }) => answer.read) ?? '-'),
      String(of(({ answer }) => answer.unread) ?? '-'),
      seconds(of(({ answer }) => answer.seconds)),
      seconds(of(({ answer }) => answer.livingSeconds)),
      mib(of(({ peakMiB }) => peakMiB)),
      seconds(of(({ cpuSeconds }) => cpuSeconds)),
      seconds(of(({ serverCpuSeconds }) => serverCpuSeconds)),
    ];
  });
}

function ratioLine(result: ShapeResult): readonly string[] {
  const { shape, clients } = result;
  const time = (name: ClientName) => medianOf(result, name, ({ answer }) => answer.livingSeconds);
  const ours = time('wardround');
  const others = clientNames(clients)
    .filter((name) => name !== 'wardround')
    .flatMap((name) => {
      const theirs = time(name);
      return theirs === null ? [] : [{ name, theirs }];
    })
    .toSorted((a, b) => a.theirs - b.theirs);
  const [fastest] = others;
  if (ours === null || fastest === undefined) return [];
  const times = ours / fastest.theirs;
  return [
    `${shape.name}: ${times.toFixed(2)} times as long as ${fastest.name}, the faster of the others (aim: at most ${timesFasterMax})`,
  ];
}

function limitLines({ shape, serversBusy, serversWereTheLimit, delayOfTheLiving }: FanoutLimits): readonly string[] {
  const busy =
    serversBusy === null
      ? []
      : [
          `${shape}: the servers' thread was busy ${Math.round(serversBusy * 100)} % of our client's time: ${serversWereTheLimit === true ? 'they were the limit' : 'they were not the limit'}`,
        ];
  const delay =
    delayOfTheLiving === null
      ? []
      : [`${shape}: the living nodes took ${longer(delayOfTheLiving)} than where none was dead`];
  return [...busy, ...delay];
}

/** Two runs of the same differ by tenths of a second. */
function longer(byS: number): string {
  return byS < 0.5 ? 'no longer' : `${seconds(byS)} longer`;
}

function clientNames(clients: ShapeResult['clients']): readonly ClientName[] {
  const all: readonly ClientName[] = ['wardround', 'parallel-ssh', 'clush'] satisfies readonly (
    | 'wardround'
    | keyof typeof peers
  )[];
  return all.filter((name) => (clients[name] ?? []).length > 0);
}

function seconds(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(1)} s`;
}

function mib(value: number | null): string {
  return value === null ? '-' : `${value} MiB`;
}
