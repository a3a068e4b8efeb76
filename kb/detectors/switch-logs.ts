import { lineDetector } from './line-patterns.ts';

const portsOrch = 'https://github.com/sonic-net/sonic-swss/blob/master/orchagent/portsorch.cpp';
const nxos =
  'https://www.cisco.com/c/en/us/td/docs/switches/datacenter/sw/system_messages/reference/sysmsg/sl_nxos.html';

/** Logs of switches (SONiC, Cumulus, NX-OS, EOS, Onyx): links that flap, optics that fade, queues that are stuck. */
export const switchLogs = lineDetector('switch-logs', [
  {
    id: 'switch.link.flapping',
    summary: 'a switch saw a link go up and down and took it out of use',
    role: 'cause',
    weighs: { 'rdma-link-fault': 5.2, 'facility-fault': 0.5 },
    source: nxos,
    literals: ['link-flap', 'link flap', 'linkflap', 'flapping'],
    pattern:
      /\b[Ll]ink-flap\b[^\n]{0,40}(?:error|err-disable)|[Rr]eason:? ?link-flap|%\w{2,20}-\d-LINKFLAP|\blink flap(?:ping)? (?:detected|protection|error)|(?<!\bNo [^\n]{0,40})(?:exceeded|over) (?:the )?link flap threshold|\b(?:swp\d{1,3}|Ethernet[\d/]{1,8}|Eth\d[\d/]{0,6}|ib ?\d[\d/]{1,6}|mlx5_\d{1,2}|[Pp]ort \d{1,3}(?:\/\d{1,3}){0,2}) (?:is |was |keeps )?(?:link[- ])?flapping|unhealthy due to FLAPPING/,
    sees: [
      '%ETHPORT-5-IF_DOWN_ERROR_DISABLED: Interface Ethernet1/12 is down (Error disabled. Reason:link-flap)',
      '%PM-4-ERR_DISABLE: link-flap error detected on Gi0/12, putting Gi0/12 in err-disable state',
      'Peer Port sw02:12 is considered by SM as unhealthy due to FLAPPING.',
      'swp12 is flapping',
    ],
    ignores: ['link flap count: 0', 'No IB devices exceeded link flap threshold (1) in the last 24 hours'],
  },
  {
    id: 'switch.port.in-error',
    summary: 'a port of a switch reports a fault of its signal',
    role: 'cause',
    weighs: { 'rdma-link-fault': 5, 'facility-fault': 0.3 },
    source: portsOrch,
    literals: ['oper error event: ', 'link down reason', 'uncorrectable fec', 'fec uncorrectable'],
    pattern:
      /Port \S{3,30} oper error event: (?:mac_(?:local|remote)_fault|fec_\w{3,20}|high_[bs]er_error|crc_rate|data_unit_\w{3,30}|code_group_error|signal_local_error|no_rx_reachability) occurred|(?:[Ll]ink down reason:? )(?:No cable|Bad signal|Cable|Auto-?neg|Link training|Remote fault|[Ll]ogical mismatch|Module)|Uncorrectable FEC codewords? (?:detected|exceed|increas)|FEC uncorrectable errors? (?:detected|exceed|increas)/i,
    sees: [
      'swss#orchagent: :- updatePortErrorStatus: Port Ethernet12 oper error event: fec_sync_loss occurred',
      'swp12: Link down reason: Bad signal integrity',
    ],
    ignores: ['Port Ethernet12 oper error event: crc_rate cleared', 'FEC uncorrectable errors: 0'],
  },
  {
    id: 'switch.port.lost',
    summary: 'a switch lost the link of a port',
    role: 'cause',
    weighs: { 'rdma-link-fault': 3.6, 'facility-fault': 0.8 },
    echoes: ['switch.port.down'],
    source: portsOrch,
    literals: ['oper state set from up to down', 'changed state to down', ' link down', 'is down ('],
    pattern:
      /Port \S{3,30} oper state set from up to down|Interface (?:ethernet|ib|Ethernet|IB) ?\d[\d/]{0,8},? changed state to [Dd]own|\bswp\d{1,3}(?:s\d)?: link down\b|\bmlxsw_spectrum\d? \S{7,16} \S{2,16}: link down/i,
    sees: [
      'swss#orchagent: :- updatePortOperStatus: Port Ethernet12 oper state set from up to down',
      'Interface ethernet 1/12 changed state to Down',
      'cumulus kernel: swp12: link down',
    ],
    ignores: ['Port Ethernet12 oper state set from down to up', 'Interface ethernet 1/12 changed state to Up'],
  },
  {
    id: 'switch.transceiver.alarm',
    summary: 'a transceiver in a switch is gone, unsupported or outside its limits',
    role: 'cause',
    weighs: { 'rdma-link-fault': 4.6, 'facility-fault': 0.4 },
    echoes: ['ib.cable.fault'],
    source: 'https://github.com/sonic-net/sonic-platform-daemons/blob/master/sonic-xcvrd/xcvrd/xcvrd.py',
    literals: [
      'got sfp ',
      'threshold_violation',
      'sfp_alarm',
      'unsupported_transceiver',
      'power alarm',
      'high alarm',
      "timeout for '",
    ],
    pattern:
      /\S{3,30}: Got SFP (?:removed|error) event|%SFF8472-\d-THRESHOLD_VIOLATION|IF_SFP_ALARM|IF_UNSUPPORTED_TRANSCEIVER|(?:Low|High) (?:Rx|Tx) Power Alarm|(?:module|transceiver|Ethernet\S{1,8})[^\n]{0,30}[Tt]emperature high alarm(?! {0,30}: Off)|CMIS: \S{3,30}: timeout for '/,
    sees: [
      'pmon#xcvrd[31]: Ethernet12: Got SFP removed event',
      '%SFF8472-3-THRESHOLD_VIOLATION: Te1/1/1: Temperature high alarm; Operating value: 80.0 C, Threshold value: 75.0 C.',
      '%ETHPORT-4-IF_SFP_ALARM: Interface Ethernet1/12, Low Rx Power Alarm',
    ],
    ignores: ['pmon#xcvrd[31]: Ethernet12: Got SFP inserted event', 'Module temperature high alarm             : Off'],
  },
  {
    id: 'switch.pause-storm',
    summary: 'a port or a card is paused without end: a storm of pause frames',
    role: 'cause',
    weighs: { 'rdma-link-fault': 4.4, 'host-hardware-fault': 0.6 },
    echoes: ['roce.congestion.not-lossless'],
    source: 'https://github.com/sonic-net/sonic-swss/blob/master/orchagent/pfcactionhandler.cpp',
    literals: ['pause storm', 'pfc storm', 'pfc watchdog', 'pfc_watchdog', '%pfc'],
    pattern:
      /[Pp]ause [Ss]torm detected|stuck in PFC storm|PFC watchdog (?:drop|detected|triggered)|%\w{2,12}-\d-\w{0,12}PFC_WATCHDOG\w{0,30}(?:STUCK|DROP)|%PFC-\d-WATCHDOG/i,
    sees: [
      'bnxt_en 0000:41:00.0 ens3f0np0: Pause Storm detected!',
      '%ETHPFC-4-ETH_PFC_WATCHDOG_QUEUE_ACTION_DROP: qos-group 3 on interface Ethernet1/12',
    ],
    ignores: ['PFC watchdog: enabled', 'pause storm prevention: on'],
  },
  {
    id: 'switch.failed',
    summary: "a switch's chip or its control program failed",
    role: 'cause',
    weighs: { 'rdma-link-fault': 3, 'facility-fault': 2.8 },
    source: 'https://github.com/sonic-net/sonic-swss/blob/master/orchagent/switchorch.cpp',
    literals: [
      'sdk health event',
      'fatal sai error',
      'exiting orchagent',
      'module status fault on switch',
      'switch is down',
    ],
    pattern:
      /\[(?:fatal|FATAL)\] ASIC\/SDK health event occurred|aborted due to fatal SAI error|Encountered failure in \w{2,10} operation, exiting orchagent|Module status FAULT on switch|(?<!NV)\b(?:Director )?Switch is down\b/,
    sees: [
      'swss#orchagent: [fatal] ASIC/SDK health event occurred at 2026-11-21 03:12:59, category firmware: hang',
      'swss#orchagent: :- handleSaiFailure: Encountered failure in get operation, exiting orchagent, SAI API: SAI_API_PORT',
    ],
    ignores: ['[notice] ASIC/SDK health event occurred at 2026-11-21 03:12:59, category asic: corrected'],
  },
]);
