import { linkCounters } from '../physics/link.ts';
import { hcaSymbols } from '../physics/network/link-errors.ts';
import { portBytes } from '../physics/traffic.ts';
import type { WorldHca } from '../world.ts';
import { complained, printed, type CommandContext, type NodeCommand } from './command.ts';

/** `perfquery -x -C <hca> -P 1`: the extended counters of one port. */
export const perfquery: NodeCommand = {
  name: 'perfquery',
  run(context, args) {
    const hca = context.node.hcas.find((one) => one.name === valueAfter(args, '-C'));
    const port = valueAfter(args, '-P') ?? '1';
    if (!args.includes('-x') || hca === undefined || port !== '1')
      return complained(
        `perfquery: iberror: failed: can't open UMAD port (${valueAfter(args, '-C') ?? '(null)'}:${port})\n`,
        1,
      );
    const bytes = portBytes(context.timeline, context.node, hca, context.nowMs);
    // The counters are in units of four bytes (InfiniBand specification, PortXmitData).
    const words = Math.floor(bytes / 4);
    const packets = Math.floor(bytes / 4096);
    const errors = errorsOf(context, hca);
    const counters: readonly (readonly [string, string])[] = [
      ['PortSelect', '1'],
      ['CounterSelect', '0x0000'],
      ['PortXmitData', String(words)],
      ['PortRcvData', String(words - (words % 1009))],
      ['PortXmitPkts', String(packets)],
      ['PortRcvPkts', String(packets - (packets % 211))],
      ['PortUnicastXmitPkts', String(packets)],
      ['PortUnicastRcvPkts', String(packets - (packets % 211))],
      ['PortMulticastXmitPkts', '17'],
      ['PortMulticastRcvPkts', '4211'],
      ['CounterSelect2', '0x00000000'],
      ...errorCounters.map((name) => [name, String(errors[name] ?? 0)] as const),
    ];
    const lines = counters.map(([name, value]) => `${`${name}:`.padEnd(33, '.')}${value}\n`);
    return printed(
      `# Port extended counters: Lid ${hca.lid} port 1 (CapMask: 0x5A00 CapMask2: 0x0000002)\n${lines.join('')}`,
    );
  },
};

/** The counters that are not zero for ever, by the tool's names. */
function errorsOf({ world, timeline, node, nowMs }: CommandContext, hca: WorldHca): Readonly<Record<string, number>> {
  const counted = linkCounters(world, timeline.segmentAt(nowMs).settings, node, hca, nowMs);
  const broken = hcaSymbols(timeline, node, hca, nowMs);
  return {
    SymbolErrorCounter: counted.symbolErrors + broken.symbolErrors,
    LinkErrorRecoveryCounter: counted.recoveries,
    LinkDownedCounter: counted.downed,
    PortRcvErrors: counted.receiveErrors + broken.receiveErrors,
    PortXmitDiscards: counted.transmitDiscards,
    PortXmitWait: counted.transmitWait,
  };
}

const errorCounters = [
  'SymbolErrorCounter',
  'LinkErrorRecoveryCounter',
  'LinkDownedCounter',
  'PortRcvErrors',
  'PortRcvRemotePhysicalErrors',
  'PortRcvSwitchRelayErrors',
  'PortXmitDiscards',
  'PortXmitConstraintErrors',
  'PortRcvConstraintErrors',
  'LocalLinkIntegrityErrors',
  'ExcessiveBufferOverrunErrors',
  'VL15Dropped',
  'PortXmitWait',
  'QP1Dropped',
] as const;

function valueAfter(args: readonly string[], option: string): string | undefined {
  const at = args.indexOf(option);
  return at < 0 ? undefined : args[at + 1];
}
