import { lineDetector } from './line-patterns.ts';

const mlx5Events = 'https://github.com/torvalds/linux/blob/master/drivers/net/ethernet/mellanox/mlx5/core/events.c';
const ibstat = 'https://github.com/linux-rdma/rdma-core/blob/master/infiniband-diags/ibstat.c';

/** Links, ports and cables of the fabric, as drivers, verbs tools, subnet manager and switches word them. */
export const rdmaLink = lineDetector('rdma-link', [
  {
    id: 'ib.port.link-lost',
    summary: 'a network port of the node lost its link',
    role: 'cause',
    weighs: { 'rdma-link-fault': 6.3, 'host-hardware-fault': 0.6, 'facility-fault': 0.5 },
    source: 'https://github.com/torvalds/linux/blob/master/drivers/net/ethernet/mellanox/mlx5/core/en_main.c',
    literals: [
      'link down',
      'link is down',
      'link status definitely down',
      'link status down for',
      'port_err',
      'lost carrier',
      ' down',
    ],
    pattern:
      /mlx[45]_core [0-9a-f:.]{7,16}(?: [\w.-]{1,32})?:? ?(?:Port: ?\d )?(?<!Slot\(\d\): )[Ll]ink (?:is )?(?:down|DOWN)|(?:mlx[45]_|bnxt_re|irdma|hns_)(?:\d{1,2}|core)[^\n]{0,80}(?:Link (?:is )?[Dd]own|[Ll]ink DOWN| port (?:\d )?(?:is )?(?:down|DOWN)|PORT_ERR)|\bib\d{1,2}: (?:link down|[Ll]ost carrier)|\bbond\d{0,2}: \(slave [^\n]{1,40}\): link status (?:definitely down|down for)|\b(?:bond\d?|rdma\d{1,2})\b[^\n]{0,60}(?:[Ll]ink (?:is )?[Dd]own|Lost carrier|link status definitely down)|IBV_EVENT_PORT_ERR/,
    sees: [
      'mlx5_core 0000:12:00.0 ens1f0np0: Link down',
      'Feb 14 05:03:41 node-03 kernel: mlx5_core 0000:ab:00.0 mlx5_5: Port: 1 Link DOWN',
      'bond0: (slave ens1f0np0): link status definitely down, disabling slave',
      'mlx4_core 0000:05:00.0 mlx4_0: Port: 1 Link DOWN',
      'systemd-networkd[812]: ib3: Lost carrier',
    ],
    ignores: [
      'mlx5_core 0000:12:00.0 ens1f0np0: Link up',
      'pcieport 0000:80:01.1: pciehp: Slot(5): Link Down',
      'IPv6: ADDRCONF(NETDEV_UP): ib0: link is not ready',
    ],
  },
  {
    // Cards of one gigabit carry management, and say so at every start.
    id: 'net.interface.link-lost',
    summary: 'a network interface of the node lost its link',
    role: 'cause',
    weighs: { 'rdma-link-fault': 4.8, 'host-hardware-fault': 0.5, 'facility-fault': 0.4 },
    source: 'https://github.com/torvalds/linux/blob/master/drivers/net/ethernet/broadcom/bnxt/bnxt.c',
    literals: ['link is down', 'link down', 'lost carrier', 'link status definitely down'],
    pattern:
      /^(?![^\n]{0,160}\b(?:r8169|e1000e?|igb|tg3|cdc_\w{3,8}|rndis_host|asix|usb\w{0,8})\b)[^\n]{0,200}\b(?:en[ospx]\w{1,14}|eth\d{1,2}|ens?\w{1,12})\b[^\n]{0,60}(?:NIC Link is Down|[Ll]ink (?:is )?[Dd]own\b|Lost carrier|link status definitely down)/,
    sees: [
      'bnxt_en 0000:41:00.0 ens3f0np0: NIC Link is Down',
      'ice 0000:31:00.0 ens5f0: NIC Link is Down',
      'systemd-networkd[812]: ens1f0np0: Lost carrier',
    ],
    ignores: [
      'bnxt_en 0000:41:00.0 ens3f0np0: NIC Link is Up, 200000 Mbps (PAM4) full duplex, Flow control: none',
      'r8169 0000:02:00.0 eth0: Link is Down',
    ],
  },
  {
    // The shell script ibstatus prints its own pattern where no device is there.
    id: 'ib.device.none',
    summary: 'the node, or the container, has no RDMA device at all',
    role: 'cause',
    weighs: {
      'rdma-link-fault': 1.6,
      'rdma-device-missing-in-container': 1.6,
      'net-plugin-mismatch': 1.2,
      'host-hardware-fault': 0.8,
    },
    source: 'https://github.com/linux-rdma/rdma-core/blob/master/infiniband-diags/scripts/ibstatus',
    literals: ['sys files not found'],
    pattern: /device '[^'\n]{1,40}': sys files not found/,
    sees: ["Fatal error:  device '*': sys files not found (/sys/class/infiniband/*/ports)"],
    ignores: ["Infiniband device 'mlx5_0' port 1 status:"],
  },
  {
    id: 'ib.cable.fault',
    summary: 'a cable or transceiver is unplugged, hot or faulty',
    role: 'cause',
    weighs: { 'rdma-link-fault': 6, 'facility-fault': 0.3 },
    source: mlx5Events,
    literals: [
      'cable unplugged',
      'cable error',
      'port module event',
      'transceiver',
      'optic',
      'cable is unplugged',
      'bad signal integrity',
      'signal not detected',
      'high temperature on sensor',
      ' power low alarm',
      ' power high alarm',
      'cable ',
      'cables ',
      'recommendation',
    ],
    pattern:
      /Port module event(?:\[error\])?: module \d+, (?:Cable (?:unplugged|error|disabled|is shorted)|[^\n]{0,60}(?:[Hh]igh [Tt]emperature|unknown|error|Bus stuck|short|Power budget|No EEPROM))|High temperature on sensors? with bit set|Recommendation\s{0,30}: (?:Signal not detected|Bad signal integrity|Cable is unplugged|Remote faults? received|[^\n]{0,40}[Nn]egotiation failure)|\b(?:cable|transceiver|optical module|optic)s? [^\n]{0,40}(?:unplugged|faulty|\bfailed|bad signal|power (?:too )?low)|(?:Rx|Tx|RX|TX) power (?:low|high) alarm/i,
    sees: [
      'mlx5_core 0000:12:00.0: Port module event[error]: module 0, Cable error, Bus stuck (I2C or data shorted)',
      'mlx5_core 0000:12:00.0: Port module event[error]: module 0, Cable error, High Temperature',
      'mlx5_core 0000:12:00.0: Port module event: module 0, Cable unplugged',
      'mlx5_core 0000:12:00.0: temp_warn:200:(pid 0): High temperature on sensors with bit set 0 1',
      'Recommendation                     : Bad signal integrity',
    ],
    ignores: [
      'mlx5_core 0000:12:00.0: Port module event: module 0, Cable plugged',
      'Recommendation                     : No issue was observed',
    ],
  },
  {
    id: 'ib.port.reported-inactive',
    summary: 'a port is not in the active state',
    role: 'cause',
    weighs: { 'rdma-link-fault': 3.2, 'rdma-device-missing-in-container': 0.3 },
    source: ibstat,
    literals: [
      'physical state: ',
      'port_down',
      'port_init',
      'phys state',
      'not active',
      'state: initializing',
      'ib port',
      'no active port',
      'no active link',
      ' physical_state ',
      'is not in active',
      'no active rdma',
      'no active ib',
      'phys_state',
    ],
    pattern:
      /Physical state: (?:Disabled|Polling|LinkErrorRecovery)|\bState: Initializing\b|state:\s{1,8}(?:PORT_DOWN|PORT_INIT)\b|phys[ _]state:?\s{1,4}(?:2: Polling|3: Disabled|6: LinkErrorRecovery|POLLING|DISABLED|LINK_ERROR_RECOVERY)|state (?:DOWN|INIT) physical_state (?:POLLING|DISABLED|LINK_ERROR_RECOVERY)|(?<!data )(?:port|link) (?:state )?is not (?:in )?[Aa]ctive|no active (?:IB |RDMA )?(?:ports?|links?)|IB port[^\n]{0,40}(?:is )?(?:down|inactive)/i,
    sees: [
      '		Physical state: Polling',
      '			state:			PORT_DOWN (1)',
      'link mlx5_3/1 subnet_prefix fe80:0000:0000:0000 lid 65535 sm_lid 0 lmc 0 state DOWN physical_state POLLING',
    ],
    ignores: [
      'pcieport 0000:c0:01.0: DPC: data link is not active after recovery',
      '		Physical state: LinkUp',
      'link mlx5_3/1 state ACTIVE physical_state LINK_UP netdev ens1f0np0',
    ],
  },
  {
    id: 'ib.subnet.link-state-changed',
    summary: 'the subnet manager lost a port, or reports a bad link',
    role: 'cause',
    weighs: { 'rdma-link-fault': 3.6, 'facility-fault': 0.4 },
    source: 'https://github.com/linux-rdma/opensm/blob/master/opensm/osm_sa_informinfo.c',
    literals: [
      'generic notice type:1 num:1',
      'removed port with guid',
      'sm port is down',
      'errors on subnet',
      'symbol error rate',
      'local link integrity',
      'unexpected actual link',
      'excessive buffer overrun',
      'unhealthy port',
    ],
    pattern:
      /Generic Notice type:1 num:(?:128|129|130|131)\b|Removed port with GUID:0x|SM port is down|Errors on subnet\. Duplicate GUID|[Ss]ymbol [Ee]rror rate[^\n]{0,60}(?:exceed|threshold)|Local Link [Ii]ntegrity threshold reached|Excessive Buffer Overrun [Tt]hreshold|Unexpected actual link (?:speed|width)|(?:is|marked as|set) unhealthy port|Unhealthy port/i,
    sees: [
      'log_notice: Reporting Generic Notice type:1 num:128 (Link state change) from LID:12 GID:fe80::b859:9f03:e6:12',
      'drop_mgr_remove_port: Removed port with GUID:0xb8599f0300e61212 LID range [12, 12] of node:node-03 mlx5_0',
      '-W- S0c42a10300a1b2c3/N0c42a10300a1b2c3/P12 - Unexpected actual link speed 50 (enable_speed1="2.5 or 5 or 10")',
    ],
    ignores: ['SM port is up', 'Entering MASTER state', 'SUBNET UP'],
  },
  {
    id: 'switch.port.down',
    summary: 'a switch lost the link of a port',
    role: 'cause',
    weighs: { 'rdma-link-fault': 4, 'facility-fault': 0.8 },
    source: 'https://github.com/sonic-net/sonic-swss/blob/master/orchagent/portsorch.cpp',
    literals: [
      'changed state to down',
      'operation status down',
      'if_down_link_failure',
      'oper state down',
      'status changed to down',
    ],
    pattern:
      /Interface [\w/.-]{3,40},? changed state to down|%ETHPORT-\d-IF_DOWN_LINK_FAILURE|Set operation status DOWN to host interface|\bPort [\w/.-]{3,40} (?:oper status|oper state|operational status)(?: changed)? (?:to )?down/i,
    sees: [
      '%LINEPROTO-5-UPDOWN: Line protocol on Interface Ethernet12/1, changed state to down',
      'swss#orchagent: :- updatePortOperStatus: Port Ethernet12 oper state set from up to down; Set operation status DOWN to host interface Ethernet12',
      '%ETHPORT-5-IF_DOWN_LINK_FAILURE: Interface Ethernet1/12 is down (Link failure)',
    ],
    ignores: ['%LINEPROTO-5-UPDOWN: Line protocol on Interface Ethernet12/1, changed state to up'],
  },
]);
