import { linkState, type LinkState } from '../physics/link.ts';
import { trainedLink, type TrainedLink } from '../physics/network/link-rate.ts';
import { clearFact } from '../state/facts/set-fact.ts';
import { hcaPlace } from '../state/place.ts';
import { complained, printed, type CommandContext, type CommandResult, type NodeCommand } from './command.ts';
import { moreSections, row } from './network/mlxlink-sections.ts';

/**
 * `mlxlink -d <hca> [-p 1] [-m] [-c] [-e]` and `-a DN|UP` of NVIDIA's firmware tools 4.22. Changing a port
 * needs root; reading is open to the group that this site gave its devices in `/dev/mst`. Codes and texts of "Troubleshooting Info": "Link Diagnostic Per Port" in the MLNX-OS manual.
 */
export const mlxlink: NodeCommand = {
  name: 'mlxlink',
  run(context, args) {
    const device = valueAfter(args, '-d', '--device');
    const port = valueAfter(args, '-p', '--port') ?? '1';
    const wanted = valueAfter(args, '-a', '--port_state')?.toUpperCase();
    const unknown = args.find((arg) => arg.startsWith('-') && !known.has(arg));
    if (device === undefined || unknown !== undefined)
      return complained(`\n-E- ${unknown === undefined ? 'Missing device name' : `Unknown option: ${unknown}`}\n`, 1);
    const hca = context.node.hcas.find((one) => one.name === device);
    if (hca === undefined)
      return complained(`\n-E- Failed to open device: "${device}", No such file or directory\n`, 1);
    if (port !== '1') return complained('\n-E- Invalid port number!\n', 1);
    if (stateOf(context, hca.name) === 'failed')
      return complained('\n-E- Failed to send access register: ME_REG_ACCESS_BAD_STATUS\n', 1);
    if (wanted === undefined) {
      const { timeline, node, nowMs } = context;
      const link = trainedLink(timeline.segmentAt(nowMs).settings, node, hca, nowMs);
      // In this order, whatever the order of the options.
      const asked = new Set(Object.entries(moreSections).flatMap(([name, of]) => (args.includes(name) ? [of] : [])));
      const more = [...asked].flatMap((section) => section(context, hca));
      return printed(report(stateOf(context, hca.name), link, more));
    }
    if (wanted !== 'UP' && wanted !== 'DN')
      return complained('\n-E- Please provide a valid paos command [UP(up)/DN(down)/TG(toggle)]\n', 1);
    if (!context.root) return complained(`\n-E- Failed to open device: "${device}", Permission denied\n`, 1);
    return setPort(context, hca.name, wanted);
  },
};

const known = new Set(['-d', '--device', '-p', '--port', '-a', '--port_state', ...Object.keys(moreSections)]);

function setPort(context: CommandContext, hca: string, wanted: 'UP' | 'DN'): CommandResult {
  const closed = stateOf(context, hca) === 'disabled';
  if (closed === (wanted === 'UP'))
    context.act([
      { kind: 'port-state', node: context.node.name, hca, up: wanted === 'UP' },
      // A link that comes up again negotiates its speed anew.
      ...(wanted === 'UP' ? [clearFact('ib.link-speed', hcaPlace(context.node, hca))] : []),
    ]);
  return printed(`\nConfiguring Port State (${wanted === 'UP' ? 'Up' : 'Down'})...\n\n`);
}

function stateOf({ world, timeline, node, nowMs }: CommandContext, name: string): LinkState {
  const hca = node.hcas.find((one) => one.name === name);
  return hca === undefined ? 'active' : linkState(world, timeline.segmentAt(nowMs).settings, node, hca, nowMs);
}

function report(state: LinkState, { speed, lanes }: TrainedLink, more: readonly string[]): string {
  const [shown, physical, opcode, group, advice] = diagnosis[state];
  const up = state === 'active' || state === 'initializing';
  const whenUp = (value: string) => (up ? value : 'N/A');
  return [
    '',
    'Operational Info',
    '----------------',
    row('State', shown),
    row('Physical state', physical),
    row('Speed', whenUp(`IB-${speed}`)),
    row('Width', whenUp(`${lanes}x`)),
    row('FEC', whenUp('Standard_RS-FEC - (544,514)')),
    row('Loopback Mode', whenUp('No Loopback')),
    row('Auto Negotiation', 'ON'),
    '',
    'Supported Info',
    '--------------',
    row('Enabled Link Speed', '0x00000075 (HDR,EDR,FDR,QDR,SDR)'),
    row('Supported Cable Speed', state === 'polling' ? 'N/A' : '0x00000075 (HDR,EDR,FDR,QDR,SDR)'),
    '',
    'Troubleshooting Info',
    '--------------------',
    row('Status Opcode', opcode),
    row('Group Opcode', group),
    row('Recommendation', advice),
    '',
    'Tool Information',
    '----------------',
    row('Firmware Version', '20.39.1002'),
    row('amBER Version', '2.08'),
    row('MFT Version', 'mft 4.22.1-520'),
    ...more,
    '',
    '',
  ].join('\n');
}

const diagnosis: Readonly<Record<LinkState, readonly [string, string, string, string, string]>> = {
  active: ['Active', 'LinkUp', '0', 'N/A', 'No issue was observed'],
  initializing: ['Active', 'LinkUp', '0', 'N/A', 'No issue was observed'],
  failed: [
    'Disable',
    'Disabled',
    '1',
    'PHY FW',
    'The port is closed by command. Please check that the interface is enabled',
  ],
  polling: ['Polling', 'Polling', '1024', 'MNG FW', 'Cable is unplugged'],
  disabled: [
    'Disable',
    'Disabled',
    '1',
    'PHY FW',
    'The port is closed by command. Please check that the interface is enabled',
  ],
};

function valueAfter(args: readonly string[], ...options: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => options.includes(arg));
  return at < 0 ? undefined : args[at + 1];
}
