import { lineDetector } from './line-patterns.ts';

/** Error counters as perfquery, ibqueryerrors, sysfs, ethtool and mlxlink print them, and loss on RoCE fabrics. */
export const rdmaCounters = lineDetector('rdma-counters', [
  {
    // A link that comes up once after a reboot counts as one that went down; a flapping one counts further.
    id: 'ib.errors.counting',
    summary: 'error counters of a port rise',
    role: 'cause',
    weighs: { 'rdma-link-fault': 4.4 },
    source: 'https://github.com/linux-rdma/rdma-core/blob/master/infiniband-diags/ibqueryerrors.c',
    literals: [
      'symbolerror',
      'symbol_error',
      'symbol errors',
      'linkdowned',
      'link_downed',
      'linkerrorrecovery',
      'link_error_recovery',
      'portrcverrors',
      'port_rcv_errors',
      'localintegrityerrors',
      'locallinkintegrityerrors',
      'local_link_integrity_errors',
      'excessivebufferoverrun',
      'local_ack_timeout_err',
      'roce_adp_retrans',
      'packet_seq_err',
      'out_of_sequence',
      'effective physical errors',
      'rx_symbol_err_phy',
      'ports have errors beyond threshold',
    ],
    pattern:
      /(?:SymbolError(?:Counter|s)?|symbol_error|(?:LinkDowned(?:Counter)?|link_downed)(?=[.:=\s]{1,40}(?:[2-9]|[1-9]\d))|LinkErrorRecovery(?:Counter)?|link_error_recovery|PortRcvErrors|port_rcv_errors|LocalIntegrityErrors|LocalLinkIntegrityErrors|local_link_integrity_errors|ExcessiveBufferOverrunErrors|local_ack_timeout_err|packet_seq_err|out_of_sequence|roce_adp_retrans(?:_to)?|rx_symbol_err_phy|Effective Physical Errors|Symbol Errors)[.:=\s]{1,40}(?<count>[1-9]\d{0,15})\b|[1-9]\d{0,5} ports have errors beyond threshold/i,
    sees: [
      'SymbolErrorCounter:..............65535',
      '   GUID 0x1 port 3: [SymbolErrorCounter == 4012] [LinkDownedCounter == 3]',
      'local_ack_timeout_err: 1240',
      '##          1240 ports checked, 3 ports have errors beyond threshold',
      'Effective Physical Errors          : 1204',
    ],
    ignores: [
      'SymbolErrorCounter:..............0',
      'local_ack_timeout_err: 0',
      'LinkDownedCounter:...............1',
      '##          1240 ports checked, 0 ports have errors beyond threshold',
    ],
  },
  {
    id: 'roce.congestion.not-lossless',
    summary: 'the RoCE fabric drops packets: flow control is not set up',
    role: 'cause',
    weighs: { 'rdma-link-fault': 4.5, 'roce-gid-misconfig': 0.4, 'mtu-mismatch': 0.3 },
    source: 'https://enterprise-support.nvidia.com/s/article/understanding-roce-configuration',
    literals: ['pfc', 'rx_discards', 'not lossless', 'packet loss', '_discards', 'pause_storm'],
    pattern:
      /\bPFC\b[^\n]{0,40}(?:not enabled|disabled|not configured|\bstorm (?:detected|restored)|missing)|PFC Watchdog detected PFC storm|(?:rx_discards_phy|rx_prio\d_discards|tx_pause_storm_error_events)[.:=\s]{1,40}[1-9]\d*|fabric[^\n]{0,40}not lossless|\b(?:[5-9]|[1-9]\d|100)(?:\.\d+)?% packet loss/i,
    sees: [
      'WARNING: PFC is not enabled on priority 3 of mlx5_2',
      'rx_discards_phy: 120394',
      '10 packets transmitted, 8 received, 20% packet loss, time 9012ms',
      'swss#orchagent: :- startWdActionOnQueue: PFC Watchdog detected PFC storm on port Ethernet12, queue index 3',
    ],
    ignores: ['rx_discards_phy: 0', '10 packets transmitted, 10 received, 0% packet loss'],
  },
]);
