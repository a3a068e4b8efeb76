import { isInterface, type InterfaceName } from '../../physics/network/ethernet.ts';
import { interfaceCounters } from '../../physics/network/interface-counters.ts';
import { roceCounters } from '../../physics/network/roce.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import { complained, printed, type CommandContext, type CommandResult, type NodeCommand } from '../command.ts';

/** `ethtool IFACE` and `ethtool -S IFACE` of ethtool 5.16 with the mlx5_core driver of MLNX_OFED 23.10. */
export const ethtool: NodeCommand = {
  name: 'ethtool',
  run(context, args) {
    const [first = '', second = ''] = args;
    const name = first === '-S' ? second : first;
    if (first.startsWith('-') && first !== '-S') return complained('ethtool: bad command line argument(s)\n', 1);
    if (!isInterface(name))
      return complained(
        first === '-S'
          ? 'Cannot get stats strings information: No such device\n'
          : 'netlink error: No such device\nNo data available\n',
        first === '-S' ? 96 : 75,
      );
    return first === '-S' ? statistics(context, name) : settingsOf(context, name);
  },
};

function settingsOf(context: CommandContext, name: InterfaceName): CommandResult {
  const speeds: Partial<Record<InterfaceName, readonly [string, string]>> = {
    eth0: ['100000Mb/s', 'FIBRE'],
    eth1: ['100000Mb/s', 'FIBRE'],
    bond0: ['200000Mb/s', 'Other'],
  };
  const up = name !== 'docker0' && (name !== 'eth2' || isServiceUp(context));
  const [speed, port] = speeds[name] ?? ['1000Mb/s', 'Twisted Pair'];
  const modes = '50000baseSR2/Full\n\t                        100000baseSR4/Full';
  const physical = name === 'eth0' || name === 'eth1';
  const ipoib = name.startsWith('ib');
  return printed(
    [
      `Settings for ${name}:`,
      `\tSupported ports: [ ${physical ? 'FIBRE ' : ''}]`,
      `\tSupported link modes:   ${physical ? modes : 'Not reported'}`,
      `\tSupported pause frame use: ${physical ? 'Symmetric' : 'No'}`,
      `\tSupports auto-negotiation: ${physical ? 'Yes' : 'No'}`,
      `\tSupported FEC modes: ${physical ? 'None\t RS\t BASER' : 'Not reported'}`,
      `\tAdvertised link modes:  ${physical ? modes : 'Not reported'}`,
      ...(ipoib
        ? ['\tSpeed: 200000Mb/s', '\tDuplex: Full']
        : [`\tSpeed: ${up ? speed : 'Unknown!'}`, `\tDuplex: ${up ? 'Full' : 'Unknown! (255)'}`]),
      `\tAuto-negotiation: ${physical ? 'on' : 'off'}`,
      `\tPort: ${ipoib ? 'Other' : port}`,
      '\tPHYAD: 0',
      '\tTransceiver: internal',
      `\tLink detected: ${up ? 'yes' : 'no'}`,
      '',
    ].join('\n'),
  );
}

function statistics({ timeline, node, nowMs }: CommandContext, name: InterfaceName): CommandResult {
  if (name === 'lo' || name === 'bond0' || name === 'docker0') return complained('no stats available\n', 94);
  const { rx, tx } = interfaceCounters(timeline, node, name, nowMs);
  const roce = roceCounters(timeline, node, nowMs);
  const half = (count: number) => (name === 'eth0' || name === 'eth1' ? Math.floor(count / 2) : 0);
  const priorities = [0, 1, 2, 3, 4, 5, 6, 7];
  const rows: readonly (readonly [string, number])[] = [
    ['rx_packets', rx.packets],
    ['rx_bytes', rx.bytes],
    ['tx_packets', tx.packets],
    ['tx_bytes', tx.bytes],
    ['tx_tso_packets', Math.floor(tx.packets * 0.2)],
    ['rx_csum_complete', rx.packets],
    ['tx_queue_stopped', 0],
    ['rx_wqe_err', 0],
    ['rx_oversize_pkts_sw_drop', rx.length],
    ['rx_cache_reuse', Math.floor(rx.packets * 0.9)],
    ['ch_eq_rearm', 0],
    ['rx_out_of_buffer', 0],
    ['rx_if_down_packets', 0],
    ['rx_steer_missed_packets', 118],
    ['rx_vport_unicast_packets', rx.packets],
    ['rx_vport_rdma_unicast_bytes', half(roce.bytes)],
    ['tx_vport_rdma_unicast_bytes', half(roce.bytes)],
    ['tx_packets_phy', tx.packets],
    ['rx_packets_phy', rx.packets],
    ['rx_crc_errors_phy', rx.crc],
    ['tx_bytes_phy', tx.bytes + half(roce.bytes)],
    ['rx_bytes_phy', rx.bytes + half(roce.bytes)],
    ['rx_in_range_len_errors_phy', 0],
    ['rx_out_of_range_len_phy', 0],
    ['rx_oversize_pkts_phy', rx.length],
    ['rx_symbol_err_phy', 0],
    ['rx_unsupported_op_phy', 0],
    ['rx_pause_ctrl_phy', half(roce.pauses)],
    ['tx_pause_ctrl_phy', half(Math.floor(roce.pauses * 0.6))],
    ['rx_discards_phy', half(roce.discards)],
    ['tx_discards_phy', 0],
    ['tx_errors_phy', 0],
    ['rx_undersize_pkts_phy', 0],
    ['rx_fragments_phy', 0],
    ['rx_jabbers_phy', 0],
    ['link_down_events_phy', 0],
    ['rx_pcs_symbol_err_phy', 0],
    ['rx_corrected_bits_phy', 12],
    ...priorities.flatMap((priority): readonly (readonly [string, number])[] => {
      const own = priority === 3;
      return [
        [`rx_prio${priority}_bytes`, own ? half(roce.bytes) : priority === 0 ? rx.bytes : 0],
        [`rx_prio${priority}_packets`, own ? Math.floor(half(roce.bytes) / 4_150) : priority === 0 ? rx.packets : 0],
        [`rx_prio${priority}_discards`, own ? half(roce.discards) : 0],
        [`tx_prio${priority}_bytes`, own ? half(roce.bytes) : priority === 0 ? tx.bytes : 0],
        [`tx_prio${priority}_packets`, own ? Math.floor(half(roce.bytes) / 4_150) : priority === 0 ? tx.packets : 0],
      ];
    }),
    ['rx_prio3_pause', half(roce.pauses)],
    ['rx_prio3_pause_duration', half(roce.pauseUs)],
    ['tx_prio3_pause', half(Math.floor(roce.pauses * 0.6))],
    ['tx_prio3_pause_duration', half(Math.floor(roce.pauseUs * 0.6))],
    ['rx_prio3_pause_transition', half(Math.floor(roce.pauses / 2))],
    ['tx_pause_storm_warning_events', 0],
    ['tx_pause_storm_error_events', 0],
    ['module_unplug', 0],
    ['module_bus_stuck', 0],
    ['module_high_temp', 0],
    ['module_bad_shorted', 0],
    ['rx_prio0_buf_discard', 0],
    ['rx_prio3_buf_discard', half(roce.discards)],
    ['rx_prio3_cong_discard', 0],
  ];
  return printed(`NIC statistics:\n${rows.map(([label, value]) => `     ${label}: ${value}\n`).join('')}`);
}

function isServiceUp({ timeline, node, nowMs }: CommandContext): boolean {
  return factAt(timeline.segmentAt(nowMs).settings, { fact: 'net.second-default-route', place: node.name }, nowMs);
}
