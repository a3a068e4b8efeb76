import { linkState, type LinkState } from '../../physics/link.ts';
import { mtuOf } from '../../physics/network/ethernet.ts';
import { trainedLink } from '../../physics/network/link-rate.ts';
import { roceDevice, roceGids } from '../../physics/network/roce.ts';
import type { WorldHca } from '../../world.ts';
import { complained, printed, type CommandContext, type NodeCommand } from '../command.ts';
import { lsTime } from './ls-time.ts';

/** `show_gids` of mlnx-tools 23.10: tabs between its columns. */
export const showGids: NodeCommand = {
  name: 'show_gids',
  run({ world, timeline, node, nowMs }) {
    const head =
      'DEV\tPORT\tINDEX\tGID\t\t\t\t\tIPv4  \t\tVER\tDEV\n---\t----\t-----\t---\t\t\t\t\t------------  \t---\t---\n';
    const infiniband = node.hcas.map((hca) => `${hca.name}\t1\t0\tfe80:0000:0000:0000:${words(hca.guid)}\t\t\tv1\t\n`);
    const roce = roceGids(world, timeline.segmentAt(nowMs).settings, node, nowMs).map(
      ({ index, gid, ipv4, version }) =>
        `${roceDevice}\t1\t${index}\t${gid}\t${ipv4 === '' ? '\t' : `${ipv4}  `}\t${version}\tbond0\n`,
    );
    return printed(`${head}${[...infiniband, ...roce].join('')}n_gids_found=${infiniband.length + roce.length}\n`);
  },
};

/** `rdma link show` of iproute2 5.15. */
export const rdma: NodeCommand = {
  name: 'rdma',
  run(context, args) {
    if (!['link show', 'link'].includes(args.join(' '))) return complained(`Unknown argument "${args[0] ?? ''}".\n`, 1);
    const rows = context.node.hcas.map((hca) => {
      const [state, physical] = shown[stateOf(context, hca)];
      return `link ${hca.name}/1 subnet_prefix fe80:0000:0000:0000 lid ${hca.lid} sm_lid 1 lmc 0 state ${state} physical_state ${physical} \n`;
    });
    return printed(`${rows.join('')}link ${roceDevice}/1 state ACTIVE physical_state LINK_UP netdev bond0 \n`);
  },
};

const shown: Readonly<Record<LinkState, readonly [state: string, physical: string, devinfo: string, number: number]>> =
  {
    active: ['ACTIVE', 'LINK_UP', 'PORT_ACTIVE', 4],
    initializing: ['INIT', 'LINK_UP', 'PORT_INIT', 2],
    polling: ['DOWN', 'POLLING', 'PORT_DOWN', 1],
    disabled: ['DOWN', 'DISABLED', 'PORT_DOWN', 1],
    failed: ['DOWN', 'DISABLED', 'PORT_DOWN', 1],
  };

/** `ls -l /dev/infiniband`: what the modules of the driver made when they were loaded. */
export const devInfiniband: NodeCommand = {
  name: 'ls',
  takes: (args) => args.join(' ') === '-l /dev/infiniband',
  run({ node, timeline, nowMs }) {
    const count = node.hcas.length + 1;
    const stamp = lsTime(node.bootMs, nowMs);
    const row = (mode: string, major: number, minor: number, name: string) =>
      `${mode} 1 root root ${String(major).padStart(3)}, ${String(minor).padStart(3)} ${stamp} ${name}\n`;
    const numbers = Array.from({ length: count }, (_, at) => at);
    timeline.segmentAt(nowMs);
    return printed(
      `total 0\n${[
        `drwxr-xr-x 2 root root     ${(count + 2) * 20} ${stamp} by-ibdev\n`,
        `drwxr-xr-x 2 root root     ${(count + 2) * 20} ${stamp} by-path\n`,
        ...numbers.map((at) => row('crw-------', 231, 64 + at, `issm${at}`)),
        row('crw-rw-rw-', 10, 121, 'rdma_cm'),
        ...numbers.map((at) => row('crw-------', 231, at, `umad${at}`)),
        ...numbers.map((at) => row('crw-rw-rw-', 231, 192 + at, `uverbs${at}`)),
      ].join('')}`,
    );
  },
};

/** `ibv_devinfo -v` of rdma-core 2307mlnx47, shortened to the attributes that it prints first and its ports. */
export const ibvDevinfo: NodeCommand = {
  name: 'ibv_devinfo',
  run(context, args) {
    if (args.some((arg) => arg !== '-v'))
      return complained('Usage: ibv_devinfo             print the ca attributes\n', 255);
    const blocks = context.node.hcas.map((hca) => infinibandBlock(context, hca));
    const failed = blocks.includes(null);
    return {
      stdout: [...blocks.filter((block) => block !== null), roceBlock(context)].join(''),
      stderr: failed ? 'Failed to query device props\n' : '',
      exitCode: failed ? 2 : 0,
    };
  },
};

interface Device {
  readonly name: string;
  readonly firmware: string;
  readonly guid: string;
  readonly part: number;
  readonly board: string;
}

function head({ name, firmware, guid, part, board }: Device): string {
  return [
    `hca_id:\t${name}`,
    '\ttransport:\t\t\tInfiniBand (0)',
    `\tfw_ver:\t\t\t\t${firmware}`,
    `\tnode_guid:\t\t\t${words(guid)}`,
    `\tsys_image_guid:\t\t\t${words(guid)}`,
    '\tvendor_id:\t\t\t0x02c9',
    `\tvendor_part_id:\t\t\t${part}`,
    '\thw_ver:\t\t\t\t0x0',
    `\tboard_id:\t\t\t${board}`,
    '\tphys_port_cnt:\t\t\t1',
    '\tmax_mr_size:\t\t\t0xffffffffffffffff',
    '\tpage_size_cap:\t\t\t0xfffffffffffff000',
    '\tmax_qp:\t\t\t\t131072',
    '\tmax_qp_wr:\t\t\t32768',
    '\tdevice_cap_flags:\t\t0x21361c36',
    '\tmax_sge:\t\t\t30',
    '\tmax_cq:\t\t\t\t16777216',
    '\tmax_cqe:\t\t\t4194303',
    '\tmax_mr:\t\t\t\t16777216',
    '\tmax_pd:\t\t\t\t8388608',
    '\tmax_qp_rd_atom:\t\t\t16',
    '\tatomic_cap:\t\t\tATOMIC_HCA (1)',
    '\tmax_pkeys:\t\t\t128',
    '\tlocal_ca_ack_delay:\t\t16',
    '',
  ].join('\n');
}

const firmware = '20.39.1002';

function infinibandBlock(context: CommandContext, hca: WorldHca): string | null {
  const { timeline, node, nowMs } = context;
  const link = stateOf(context, hca);
  if (link === 'failed') return null;
  const { speed, lanes } = trainedLink(timeline.segmentAt(nowMs).settings, node, hca, nowMs);
  const [, physical, state, number] = shown[link];
  const up = link === 'active' || link === 'initializing';
  const width: Readonly<Record<number, number>> = { 1: 1, 2: 16, 4: 2 };
  const speeds: Readonly<Record<string, string>> = {
    HDR: '50.0 Gbps (64)',
    EDR: '25.0 Gbps (32)',
    FDR: '14.0 Gbps (16)',
  };
  return (
    head({ name: hca.name, firmware, guid: hca.guid, part: 4123, board: 'MT_0000000223' }) +
    [
      '\t\tport:\t1',
      `\t\t\tstate:\t\t\t${state} (${number})`,
      '\t\t\tmax_mtu:\t\t4096 (5)',
      '\t\t\tactive_mtu:\t\t4096 (5)',
      '\t\t\tsm_lid:\t\t\t1',
      `\t\t\tport_lid:\t\t${hca.lid}`,
      '\t\t\tport_lmc:\t\t0x00',
      '\t\t\tlink_layer:\t\tInfiniBand',
      '\t\t\tmax_msg_sz:\t\t0x40000000',
      '\t\t\tport_cap_flags:\t\t0xa651e848',
      '\t\t\tgid_tbl_len:\t\t8',
      `\t\t\tactive_width:\t\t${up ? `${lanes}X (${width[lanes] ?? 2})` : '4X (2)'}`,
      `\t\t\tactive_speed:\t\t${up ? (speeds[speed] ?? '50.0 Gbps (64)') : '2.5 Gbps (1)'}`,
      `\t\t\tphys_state:\t\t${physical} (${link === 'polling' ? 2 : link === 'disabled' ? 3 : 5})`,
      `\t\t\tGID[  0]:\t\tfe80:0000:0000:0000:${words(hca.guid)}`,
      '',
      '',
    ].join('\n')
  );
}

function roceBlock({ world, timeline, node, nowMs }: CommandContext): string {
  const { settings } = timeline.segmentAt(nowMs);
  const gids = roceGids(world, settings, node, nowMs);
  const guid = (node.hcas[0]?.guid ?? '').replace(/^b8cef6../, 'b8cef604');
  // RoCE rounds the interface's MTU down to a power of two with room for its headers.
  const active = mtuOf(settings, node, 'bond0', nowMs) >= 4_200 ? '4096 (5)' : '1024 (3)';
  return (
    head({ name: roceDevice, firmware: '22.39.1002', guid, part: 4125, board: 'MT_0000000359' }) +
    [
      '\t\tport:\t1',
      '\t\t\tstate:\t\t\tPORT_ACTIVE (4)',
      '\t\t\tmax_mtu:\t\t4096 (5)',
      `\t\t\tactive_mtu:\t\t${active}`,
      '\t\t\tsm_lid:\t\t\t0',
      '\t\t\tport_lid:\t\t0',
      '\t\t\tport_lmc:\t\t0x00',
      '\t\t\tlink_layer:\t\tEthernet',
      '\t\t\tmax_msg_sz:\t\t0x40000000',
      '\t\t\tport_cap_flags:\t\t0x04010000',
      '\t\t\tgid_tbl_len:\t\t255',
      '\t\t\tactive_width:\t\t4X (2)',
      '\t\t\tactive_speed:\t\t50.0 Gbps (64)',
      '\t\t\tphys_state:\t\tLINK_UP (5)',
      ...gids.map(({ index, gid, version }) => {
        const shownGid = version === 'v1' ? gid : `${gid}, RoCE v2`;
        return `\t\t\tGID[${String(index).padStart(3)}]:\t\t${shownGid}`;
      }),
      '',
      '',
    ].join('\n')
  );
}

function stateOf({ world, timeline, node, nowMs }: CommandContext, hca: WorldHca): LinkState {
  return linkState(world, timeline.segmentAt(nowMs).settings, node, hca, nowMs);
}

/** `b8ce:f603:a1b2:c3d4` */
function words(guid: string): string {
  return guid.replace(/(....)(?=.)/g, '$1:');
}
