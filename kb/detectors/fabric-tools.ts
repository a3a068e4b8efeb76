import { lineDetector } from './line-patterns.ts';

const opensm = 'https://github.com/linux-rdma/opensm/blob/master/opensm/osm_sm_mad_ctrl.c';
const diags = 'https://github.com/linux-rdma/rdma-core/tree/master/infiniband-diags';
const ibdiagnet = 'https://docs.nvidia.com/networking/display/ibdiagnetUserManualv211';
const mlxlink = 'https://docs.nvidia.com/networking/display/mftv4300/mlxlink-utility';

/** InfiniBand fabrics as UFM, opensm, ibdiagnet, mlxlink and the small diagnostic tools report them. */
export const fabricTools = lineDetector('fabric-tools', [
  {
    id: 'ib.ber.high',
    summary: 'the bit error rate of a link is above what it may be',
    role: 'cause',
    weighs: { 'rdma-link-fault': 5 },
    source: ibdiagnet,
    literals: ['ber'],
    // What is left after error correction; the raw rate before it is never zero. Up to 1E-11 is bad.
    pattern:
      /(?:Effective Physical|Symbol) BER\s{0,40}: {0,4}\d{1,4}[Ee]-0?(?:[1-9]|1[01])\b(?!\d)|\b(?:Symbol|Effective|Raw) ?BER\b[^\n]{0,60}(?:exceed|above (?:the )?threshold|reported (?:high|error|warning)|is (?:too )?high)|(?:High|high) (?:Symbol |Effective |Raw )?BER (?:reported|detected|on)\b/,
    sees: [
      'Effective Physical BER             : 1E-08',
      '-E- lid=0x000c dev=4129 sw01/P12 : "Symbol BER" 1e-12 exceeds threshold 1e-14',
      'WARNING [Hardware] IBPort [default(12)] [dev_id: 0c42a1]: Symbol BER reported high.',
    ],
    ignores: [
      'Effective Physical BER             : 15E-255',
      'Symbol BER                         : 1E-15',
      'Raw Physical BER                   : 1E-08',
    ],
  },
  {
    id: 'ib.counter.increased',
    summary: 'an error counter of a link rose while it was watched',
    role: 'cause',
    weighs: { 'rdma-link-fault': 4.2 },
    echoes: ['ib.errors.counting', 'net.phy.errors-counting'],
    source: ibdiagnet,
    literals: ['increased during the run', 'threshold exceeded', 'error counter exceeded'],
    pattern:
      /"(?:symbol_error_counter|link_down_counter|link_error_recovery_counter|port_rcv_errors|port_rcv_remote_physical_errors|local_link_integrity_errors|excessive_buffer_errors)\w{0,12}" increased during the run|(?:Symbol Error|Link Downed|Link Error Recovery|Port Rcv Errors?|Local Link Integrity Errors?)[^\n]{0,30}(?:threshold exceeded|[Ee]rror counter exceeded)/,
    sees: [
      '-E- sw01/P12 - "symbol_error_counter" increased during the run (difference value=27,difference allowed threshold=1)',
      'WARNING [Hardware] IBPort [default(12) / Switch: sw01 / 12]: Symbol Error threshold exceeded',
    ],
    ignores: [
      '-W- sw01/P12 - "port_xmit_wait" increased during the run (difference value=1234,difference allowed threshold=1)',
    ],
  },
  {
    id: 'ib.link.narrow',
    summary: 'a link of the fabric runs narrower or slower than its ends could',
    role: 'cause',
    weighs: { 'rdma-link-fault': 4.2, 'host-hardware-fault': 0.3 },
    source: diags,
    literals: ['could be ', 'unexpected width', 'unexpected actual link'],
    pattern:
      /==>[^\n]{0,80}\(\s{0,2}Could be (?:4X|12X|\d{1,3}(?:\.\d{1,6})? Gbps)|Unexpected (?:actual link )?width,? (?:actual )?(?:link width is )?\d/,
    sees: [
      '          12    12[  ] ==( 1X       25.78125 Gbps Active/  LinkUp)==>       3    1[  ] "node-03 HCA-1" ( Could be 4X)',
      '          12    12[  ] ==( 4X       10.3125 Gbps Active/  LinkUp)==>       3    1[  ] "node-03 HCA-1" ( Could be 25.78125 Gbps)',
    ],
    ignores: [
      '          12    12[  ] ==( 4X       25.78125 Gbps Active/  LinkUp)==>       3    1[  ] "node-03 HCA-1" ( )',
    ],
  },
  {
    id: 'ib.subnet.port-unhealthy',
    summary: 'the subnet manager or UFM lost a link, or put a port aside',
    role: 'cause',
    weighs: { 'rdma-link-fault': 4.2, 'facility-fault': 0.4 },
    echoes: ['ib.subnet.link-state-changed'],
    source: 'https://docs.nvidia.com/networking/display/ufmenterpriseumv6194/threshold-crossing+events+reference',
    literals: [
      'as unhealthy',
      'unhealthy physical port',
      'link went down: ',
      'cable temperature',
      'high temperature',
      'unknown remote side',
    ],
    pattern:
      /is considered by SM as unhealthy|Marking unhealthy physical port|Link went down: \(|Cable (?:[Hh]igh )?[Tt]emperature (?:[Hh]igh|Alarm|is high|Warning)|following cable has high temperature|Unknown remote side for node 0x/,
    sees: [
      'Peer Port sw02:12 is considered by SM as unhealthy due to MANUAL.',
      'trap_rcv_process_request: Marking unhealthy physical port by lid:12 num:3',
      'Sfc6a1c03006ff580/P1/13/1 - Cable High Temperature Alarm reported, current temperature: 84C, threshold: 80C',
    ],
    ignores: ['Link went up: (Computer: node-03 HCA-1)0c42a1:1 - (Switch: sw01)0c42a1:12', 'Cable temperature: 54 C'],
  },
  {
    id: 'ib.subnet.manager-absent',
    summary: 'no subnet manager answers, or it does not get on with the fabric',
    role: 'cause',
    weighs: { 'rdma-link-fault': 3.2, 'facility-fault': 0.8 },
    source: opensm,
    literals: [
      'missing master sm',
      'sm not responding',
      'no local ports detected',
      'resolve_sm_portid failed',
      'path_query failed',
      'errors during initialization',
      'sm failover',
      'node_query failed',
      'classportinfo query failed',
      'lid 65535',
      'sm_lid 0',
    ],
    pattern:
      /Missing master SM|\bSM Not Responding|No local ports detected|resolve_sm_portid failed|sa call (?:path|node)_query failed|(?:opensm|OpenSM|SUBNET|ERR \w{4})[^\n]{0,60}Errors during initialization|SM failover: |\bsm_lid 0\b[^\n]{0,40}state INIT|lid 65535 sm_lid \d{1,5}[^\n]{0,40} state INIT/i,
    sees: [
      '-E- Subnet Manager Check: Missing master SM in the discover fabric',
      'ibwarn: [4242] ib_path_query_via: sa call path_query failed',
      'link mlx5_3/1 subnet_prefix fe80:0000:0000:0000 lid 65535 sm_lid 0 lmc 0 state INIT physical_state LINK_UP',
    ],
    ignores: [
      'link mlx5_3/1 subnet_prefix fe80:0000:0000:0000 lid 12 sm_lid 1 lmc 0 state ACTIVE physical_state LINK_UP',
      'SUBNET UP',
    ],
  },
  {
    id: 'ib.mad.unanswered',
    summary: 'a port of the fabric does not answer management packets',
    role: 'cause',
    weighs: { 'rdma-link-fault': 2.6, 'host-hardware-fault': 0.8 },
    source: opensm,
    literals: [
      '_do_madrpc',
      'mad completed in error',
      'bad status 110',
      'no response for mad',
      'timeout while getting attribute',
      'completed with error (method',
    ],
    pattern:
      /_do_madrpc: recv failed: (?:Connection timed out|Resource temporarily)|mad_rpc: _do_madrpc failed|MAD completed in error \(IB_TIMEOUT\)|bad status 110; Connection timed out|No response for MAD|Timeout while getting attribute 0x|send completed with error \(method=0x/,
    sees: [
      'ibwarn: [4242] _do_madrpc: recv failed: Connection timed out',
      'sm_mad_ctrl_send_err_cb: ERR 3113: MAD completed in error (IB_TIMEOUT): SubnGet(NodeInfo), attr_mod 0x0, TID 0x1234',
      'src/query_smp.c:228; umad (DR path slid 0; dlid 0; 0,1 Attr 0x11:0) bad status 110; Connection timed out',
    ],
    ignores: ['umad (DR path slid 0; dlid 0; 0,1 Attr 0x11:0) status 0'],
  },
  {
    id: 'ib.umad.not-open',
    summary: 'a diagnostic tool may not, or cannot, open the port for management packets',
    role: 'context',
    weighs: { 'permission-misconfig': 1.2, 'rdma-device-missing-in-container': 1.2, 'rdma-link-fault': 0.6 },
    source: diags,
    literals: [
      "can't open umad port",
      "failed to open '(null)'",
      'umad_open_port',
      "can't list ib device names",
      "failed to open '",
    ],
    pattern:
      /can't open UMAD port|Failed to open '(?:\(null\)|mlx[45]_\d{1,2})' port '\d|umad_open_port[^\n]{0,60}(?:can't open|failed)|can't list IB device names/i,
    sees: [
      "ibwarn: [4242] mad_rpc_open_port: can't open UMAD port ((null):0)",
      "iberror: failed: Failed to open 'mlx5_0' port '1'",
    ],
    ignores: ['ibwarn: [4242] _do_madrpc: recv failed: Connection timed out'],
  },
  {
    id: 'ib.subnet.double',
    summary: 'two ports of the fabric have one GUID or one LID',
    role: 'cause',
    weighs: { 'rdma-link-fault': 3 },
    source: 'https://github.com/linux-rdma/opensm/blob/master/opensm/osm_node_info_rcv.c',
    literals: ['duplicate', 'same guid'],
    pattern:
      /Duplicated? (?:Port |Node |System )?(?:GUID|LID)s?\b[^\n]{0,30}(?:found|detected|0x|for|between)|Duplicated GUIDs detection: found/i,
    sees: [
      'Duplicate GUID found by link from a port to itself:',
      'UFM: Duplicated Node GUID found',
      'Duplicated LID for CA GUID: 0x0c42a10300a1b2c3',
    ],
    ignores: ['-I- Duplicated GUIDs detection finished successfully', 'GPU duplicate UUID'],
  },
  {
    id: 'ib.link.diagnosed',
    summary: 'the firmware of a card or switch says why a link is not up, or is poor',
    role: 'cause',
    weighs: { 'rdma-link-fault': 5 },
    echoes: ['ib.cable.fault'],
    source: mlxlink,
    literals: ['recommendation '],
    pattern:
      /Recommendation\s{1,40}: (?:\S{1,8})?(?:Link training failure|Logical mismatch|No partner detected|Cable compliance|Compliance code mismatch|Module temperature|Bad(?:\/| or )unsupported EEPROM|Power budget exceeded|Shorted cable|Unsupported cable|Speed degradation|Internal error|Negotiation failure|signal not detected|Bus stuck|The system power|No signal|Peer side|Peer port down|Calibration failure)/i,
    sees: [
      'Recommendation                     : Link training failure.',
      'Recommendation                     : No partner detected for long time.',
      'Recommendation                     : Module temperature shutdown',
    ],
    ignores: [
      'Recommendation                     : No issue was observed.',
      'Recommendation                     : Port is close by command. Please check that the interface is enabled.',
    ],
  },
  {
    id: 'ib.link.closed-by-command',
    summary: 'a port was switched off by command',
    role: 'context',
    weighs: { 'rdma-link-fault': 1.6, 'scheduler-action': 0.4 },
    source: mlxlink,
    literals: ['close by command', 'closed by command', 'module is disabled by command', 'manually disabled'],
    pattern:
      /\b(?:Port is )?[Cc]losed? by command|[Mm]odule is disabled by command|Switch '[^'\n]{1,60}' port '[^'\n]{1,30}' was manually disabled/,
    sees: [
      'Recommendation                     : Port is close by command. Please check that the interface is enabled.',
      "Switch 'leaf-3' port '12' was manually disabled.",
    ],
    ignores: ['Connection closed by remote host'],
  },
  {
    id: 'net.link.absent-explained',
    summary: 'ethtool says why an interface has no link',
    role: 'cause',
    weighs: { 'rdma-link-fault': 2.8, 'host-hardware-fault': 0.3 },
    source: 'https://docs.kernel.org/networking/ethtool-netlink.html#link-extended-states',
    literals: ['link detected: no ('],
    pattern:
      /Link detected: no \((?:Autoneg|Link training|Link logical mismatch|Bad signal integrity|No cable|Cable issue|EEPROM issue|Calibration failure|Power budget exceeded|Overheat|Module)/,
    sees: [
      '	Link detected: no (Bad signal integrity)',
      '	Link detected: no (Autoneg, No partner detected)',
      '	Link detected: no (No cable)',
    ],
    ignores: ['	Link detected: yes', '	Link detected: no'],
  },
  {
    id: 'net.module.alarm',
    summary: 'the optics of an interface report an alarm',
    role: 'cause',
    weighs: { 'rdma-link-fault': 4.4, 'facility-fault': 0.4 },
    source: 'https://git.kernel.org/pub/scm/network/ethtool/ethtool.git/tree/sff-common.c',
    literals: ['alarm ', 'loss of signal', 'loss of lock', 'tx fault'],
    pattern:
      /(?:Laser bias current|Laser output power|Laser (?:tx|rx) (?:bias current|power)|Module temperature|Module voltage|Laser rx power)(?: Channel \d)? (?:high|low) alarm {1,40}(?:\(Channel \d\) {1,20})?: On|(?:Rx loss of (?:signal|lock)|Tx fault|Tx loss of (?:signal|lock)) {1,40}: Yes/,
    sees: ['	Module temperature high alarm             : On', '	Rx loss of signal                         : Yes'],
    ignores: ['	Module temperature high alarm             : Off', '	Rx loss of signal                         : No'],
  },
  {
    id: 'net.phy.errors-counting',
    summary: 'counters of bad frames or of cables of an interface rise',
    role: 'cause',
    weighs: { 'rdma-link-fault': 3.4 },
    echoes: ['ib.errors.counting'],
    source: 'https://docs.kernel.org/networking/device_drivers/ethernet/mellanox/mlx5/counters.html',
    literals: [
      'rx_crc_errors_phy',
      'rx_pcs_symbol_err_phy',
      'link_down_events_phy',
      'module_',
      'rx_icrc_encapsulated',
      'rx_fcs_errors',
      'icrc_error',
      'portuncorrectablefec',
      'portrcvremotephysicalerrors',
    ],
    pattern:
      /\b(?:rx_crc_errors_phy|rx_pcs_symbol_err_phy|module_(?:bus_stuck|high_temp|bad_shorted)|rx_icrc_encapsulated|rx_fcs_errors|PortUncorrectableFEC|PortRcvRemotePhysicalErrors|link_down_events_phy(?=[.:=\s]{1,30}(?:[3-9]|\d\d)))\b[.:=\s]{1,30}[1-9]\d{0,15}\b/,
    sees: [
      '     rx_crc_errors_phy: 12',
      '     link_down_events_phy: 12',
      '     module_high_temp: 1',
      '   GUID 0x0c42a1 port 12: [PortUncorrectableFEC == 12]',
    ],
    ignores: ['     rx_crc_errors_phy: 0', '     link_down_events_phy: 1', '     module_unplug: 1'],
  },
]);
