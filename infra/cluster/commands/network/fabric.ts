import { linkCounters, linkState } from '../../physics/link.ts';
import { hcaBehind, switchPorts, uplinksOf, type Uplink } from '../../physics/network/fabric.ts';
import { hcaSymbols, switchSymbols } from '../../physics/network/link-errors.ts';
import { trainedLink, type TrainedLink } from '../../physics/network/link-rate.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import type { WorldHca, WorldNode, WorldSwitch } from '../../world.ts';
import { complained, printed, type CommandContext, type NodeCommand } from '../command.ts';

/** One end of a cable, as the fabric's tools name it. */
interface End {
  readonly guid: string;
  readonly lid: number;
  readonly port: number;
  readonly name: string;
}

interface Cable {
  readonly near: End;
  readonly far: End;
  readonly up: 'active' | 'init' | 'down';
  readonly link: TrainedLink;
}

const fullLink: TrainedLink = { speed: 'HDR', lanes: 4, gbits: 200 };

/** `iblinkinfo -l` of infiniband-diags (format: `print_port` in rdma-core, infiniband-diags/iblinkinfo.c). */
export const iblinkinfo: NodeCommand = {
  name: 'iblinkinfo',
  run(context, args) {
    if (args.join(' ') !== '-l') return complained(`iblinkinfo: invalid option -- '${args[0] ?? ''}'\n`, 1);
    const { world } = context;
    const links = new Map(uplinksOf(world).map((one) => [`${one.leaf.name} ${one.leafPort}`, one]));
    const downlinks = new Map(uplinksOf(world).map((one) => [`${one.spine.name} ${one.spinePort}`, one]));
    const hosts = world.nodes.flatMap((node) =>
      node.hcas.map((hca) => {
        const { near, far, up, link } = hostCable(context, node, hca);
        return line(far, near, up, link);
      }),
    );
    const switches = world.switches.flatMap((one) =>
      Array.from({ length: switchPorts }, (_, at) => {
        const cable = cableAt(context, one, at + 1, links, downlinks);
        return cable === undefined ? emptyLine(endOf(one, at + 1)) : line(cable.near, cable.far, cable.up, cable.link);
      }),
    );
    return printed([...hosts, ...switches].join(''));
  },
};

function cableAt(
  context: CommandContext,
  one: WorldSwitch,
  port: number,
  uplinks: ReadonlyMap<string, Uplink>,
  downlinks: ReadonlyMap<string, Uplink>,
): Cable | undefined {
  if (one.kind === 'spine') {
    const down = downlinks.get(`${one.name} ${port}`);
    if (down === undefined) return undefined;
    const cable = uplinkCable(context, down);
    return { ...cable, near: cable.far, far: cable.near };
  }
  const up = uplinks.get(`${one.name} ${port}`);
  if (up !== undefined) return uplinkCable(context, up);
  const behind = hcaBehind(context.world, one, port);
  return behind === undefined ? undefined : hostCable(context, behind.node, behind.hca);
}

/** The leaf's end is near. */
function hostCable({ world, timeline, nowMs }: CommandContext, node: WorldNode, hca: WorldHca): Cable {
  const { settings } = timeline.segmentAt(nowMs);
  const leaf = world.switches.find((one) => one.name === node.leaf);
  const port = 1 + 4 * (leaf?.nodes.indexOf(node.index) ?? 0) + node.hcas.indexOf(hca);
  const state = linkState(world, settings, node, hca, nowMs);
  return {
    near: leaf === undefined ? { guid: '', lid: 0, port, name: node.leaf } : endOf(leaf, port),
    far: { guid: hca.guid, lid: hca.lid, port: 1, name: `${node.name} ${hca.name}` },
    up: state === 'active' ? 'active' : state === 'initializing' ? 'init' : 'down',
    link: trainedLink(settings, node, hca, nowMs),
  };
}

function uplinkCable({ timeline, nowMs }: CommandContext, { leaf, leafPort, spine, spinePort }: Uplink): Cable {
  const { settings } = timeline.segmentAt(nowMs);
  const state = (place: string, port: number) =>
    settings.facts.has('switch.port-state')
      ? factAt(settings, { fact: 'switch.port-state', place, key: String(port) }, nowMs)
      : 'up';
  const up = state(leaf.name, leafPort) === 'up' && state(spine.name, spinePort) === 'up';
  return { near: endOf(leaf, leafPort), far: endOf(spine, spinePort), up: up ? 'active' : 'down', link: fullLink };
}

function endOf({ name, guid, lid }: WorldSwitch, port: number): End {
  return { guid, lid, port, name: `MF0;${name}:MQM8700/U1` };
}

const speeds: Readonly<Record<string, string>> = { HDR: '53.125 Gbps', EDR: '25.78125 Gbps', FDR: '14.0625 Gbps' };

function line(near: End, far: End, up: Cable['up'], link: TrainedLink): string {
  // The far end of a link that is down is not known to the tool.
  if (up === 'down') return emptyLine(near);
  const width = `${link.lanes}X`;
  const state = up === 'active' ? 'Active' : 'Initialize';
  const shown = `(${width.padStart(3)} ${(speeds[link.speed] ?? '').padStart(18)} ${state.padStart(6)}/${'LinkUp'.padStart(8)})`;
  const could = [link.lanes < 4 ? 'Could be 4X' : '', link.speed === 'HDR' ? '' : 'Could be 53.125 Gbps'];
  return `${from(near)} ==${shown}==>  0x${far.guid} ${String(far.lid).padStart(6)} ${String(far.port).padStart(4)}[  ] "${far.name}" (${could[0]} ${could[1]})\n`;
}

function emptyLine(near: End): string {
  return `${from(near)} ==(              ${'Down'.padStart(6)}/${'Polling'.padStart(8)})==>             [  ] "" ( )\n`;
}

function from({ guid, lid, port, name }: End): string {
  return `0x${guid} "${name.padStart(30)}" ${String(lid).padStart(6)} ${String(port).padStart(4)}[  ]`;
}

/** `ibqueryerrors` (format: `print_results` and `print_summary` in rdma-core, infiniband-diags/ibqueryerrors.c). */
export const ibqueryerrors: NodeCommand = {
  name: 'ibqueryerrors',
  run(context, args) {
    if (args.length > 0) return complained(`ibqueryerrors: invalid option -- '${args[0] ?? ''}'\n`, 1);
    const { world, timeline, nowMs } = context;
    const blocks: string[] = [];
    let badPorts = 0;
    const report = (head: string, rows: readonly string[]) => {
      if (rows.length === 0) return;
      blocks.push(`Errors for ${head}\n${rows.join('')}`);
      badPorts += rows.length;
    };
    const { settings } = timeline.segmentAt(nowMs);
    for (const node of world.nodes)
      for (const hca of node.hcas) {
        const counters = linkCounters(world, settings, node, hca, nowMs);
        const broken = hcaSymbols(timeline, node, hca, nowMs);
        report(
          `"${node.name} ${hca.name}"`,
          rowOf(hca.guid, 1, {
            SymbolErrorCounter: counters.symbolErrors + broken.symbolErrors,
            LinkErrorRecoveryCounter: counters.recoveries,
            LinkDownedCounter: counters.downed,
            PortRcvErrors: counters.receiveErrors + broken.receiveErrors,
          }),
        );
      }
    for (const one of world.switches)
      report(`0x${one.guid} "MF0;${one.name}:MQM8700/U1"`, badSwitchPorts(context, one));
    const ports = world.nodes.length * 4 + world.switches.length * switchPorts;
    return printed(
      `${blocks.join('')}\n## Summary: ${world.nodes.length * 4 + world.switches.length} nodes checked, ${blocks.length} bad nodes found\n##          ${ports} ports checked, ${badPorts} ports have errors beyond threshold\n## Thresholds: \n## Suppressed:\n`,
      badPorts > 0 ? 1 : 0,
    );
  },
};

/** Ports of a switch that something is known of: the rest has nothing to count. */
function badSwitchPorts({ world, timeline, nowMs }: CommandContext, one: WorldSwitch): readonly string[] {
  const { settings } = timeline.segmentAt(nowMs);
  return Array.from({ length: switchPorts }, (_, at) => at + 1).flatMap((port) => {
    const symbols = switchSymbols(timeline, one.name, port, nowMs);
    const behind = one.kind === 'leaf' ? hcaBehind(world, one, port) : undefined;
    // The switch sees the same link come and go as the HCA does, and resends what its partner could not read.
    const far = behind === undefined ? undefined : linkCounters(world, settings, behind.node, behind.hca, nowMs);
    const waits = behind === undefined ? 0 : hcaSymbols(timeline, behind.node, behind.hca, nowMs).symbolErrors * 41;
    return rowOf(one.guid, port, {
      SymbolErrorCounter: symbols.symbolErrors,
      LinkDownedCounter: far?.downed ?? 0,
      PortRcvErrors: symbols.receiveErrors,
      PortXmitDiscards: far?.transmitDiscards ?? 0,
      PortXmitWait: waits,
    });
  });
}

function rowOf(guid: string, port: number, counters: Readonly<Record<string, number>>): readonly string[] {
  const bad = Object.entries(counters).filter(([, value]) => value > 0);
  if (bad.length === 0) return [];
  const shown = bad.map(([name, value]) => ` [${name} == ${value} (${readable(value)})]`);
  return [`   GUID 0x${guid} port ${port}:${shown.join('')}\n`];
}

/** `conv_cnt_human_readable` of libibmad: thousands as binary steps, three decimals. */
function readable(value: number): string {
  const units = ['', 'Ki', 'Mi', 'Gi', 'Ti'];
  let step = 0;
  let shown = value;
  for (; shown >= 1_024 && step < units.length - 1; step += 1) shown /= 1_024;
  return `${shown.toFixed(3)}${units[step] ?? ''}`;
}
