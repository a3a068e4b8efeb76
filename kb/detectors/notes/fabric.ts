import { amounts } from './amounts.ts';
import { noteDetector } from './note-patterns.ts';
import { any, near, network, inOrder } from './words.ts';

const ibDiags = 'https://github.com/linux-rdma/rdma-core/tree/master/infiniband-diags';
const counters =
  'https://enterprise-support.nvidia.com/s/article/understanding-mlx5-linux-counters-and-status-parameters';
const roce = 'https://enterprise-support.nvidia.com/s/article/howto-configure-roce-on-connectx-4';
const rateDiffers = 'https://github.com/openucx/ucx/issues/2684';

/** Rates in Gb/s that the sentence names. */
function rates(sentence: string): readonly number[] {
  return amounts(sentence, /(?:gb\/?s|gbit\/?s?|gbps|g\b|gb\b)/);
}

/** Ports, cables and packets; what addresses them. */
export const fabricSeen = noteDetector('notes-fabric', [
  {
    id: 'seen.ib.cable-bad',
    summary: 'a cable, optic or connector was seen bad',
    role: 'cause',
    weighs: { 'rdma-link-fault': 5, 'host-hardware-fault': 0.2 },
    source: ibDiags,
    pattern: near(
      '\\b(?:cables?|transceivers?|optics?|optical modules?|aoc|dac|connectors?|qsfp\\w*|osfp|fib(?:er|re)s?|sfp\\+?)\\b',
      '\\b(?:bad|dirty|loose|damaged|faulty|defective|broken|bent|hot|overheat\\w*|low (?:light|optical power|rx power|power)|no light|(?:not|badly) (?:fully )?(?:seated|plugged)|alarm|unplugged|disconnected|pulled|replaced|swapped|failing|failed|dead|wrong port)\\b',
      50,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\bpower cable|\bsata|\busb|\bdata ?base|\briser/i.test(sentence) &&
      !/\bnot (?:bad|dirty|loose|damaged|faulty)|\b(?:did|does) not help|\bno (?:help|change|effect|difference)\b/i.test(
        sentence,
      ),
    sees: [
      'the optic of mlx5_3 is dirty',
      'cable of port 12 was loose',
      'transceiver shows low RX power',
      'the QSFP module overheats',
      'the cable was replaced',
    ],
    ignores: ['the power cable is loose', 'cables are fine', 'replacing the cable did not help'],
  },
  {
    id: 'seen.ib.port-flaps',
    summary: 'a port or link was seen going down and up',
    role: 'cause',
    weighs: { 'rdma-link-fault': 5, 'facility-fault': 0.3 },
    source: ibDiags,
    pattern: any(
      near(
        `${network}|\\b(?<!nv)(?:link|port|interface|eth\\d|ib\\d|bond\\d|carrier|rail|uplink)s?\\b`,
        '\\b(?:flaps?|flapped|flapping|bounc(?:es|ed|ing)|up and down|down and up|link[_ ]?downed|lost carrier|carrier lost|drops? and (?:returns|recovers|comes back)|toggl\\w+)\\b',
        50,
      ),
    ),
    check: (_said, sentence) => !/\bnvlink/i.test(sentence),
    sees: [
      'mlx5_0 flaps every few minutes',
      'the switch log shows link flapping on port 14',
      'ib0 goes up and down',
      'LinkDowned counter of port 3 grows',
    ],
    ignores: ['no link flaps', 'GPU utilization goes up and down'],
  },
  {
    id: 'seen.ib.port-down',
    summary: 'a port or adapter was seen down',
    role: 'cause',
    weighs: { 'rdma-link-fault': 5, 'facility-fault': 0.2, 'host-hardware-fault': 0.3 },
    source: ibDiags,
    pattern: any(
      /\b(?:PORT|LINK)_(?:DOWN|INIT|DISABLED)\b/,
      near(
        `${network}|\\b(?:ibstat|ibstatus|ibv_devinfo|ibdev2netdev|ibdiagnet|port \\d|(?<!nv)links?|ports?|rail \\d|eth\\d|ib\\d|bond\\d|ens\\d\\w{0,5})\\b`,
        '\\b(?:down|disabled|polling|disconnected|unplugged|(?<!un)physical state: disabled|no carrier|no[- ]link|not (?:active|up|connected)|missing|gone|dead|inactive|initiali[sz]ing|state:? init)\\b',
        45,
      ),
    ),
    saysNot: true,
    check: (said, sentence) =>
      /\b(?:ib|hca|nic|infiniband|roce|rdma|port|mlx|ibstat\w*|ibv_\w+|ibdev\w+|link|rail|eth\d|ib\d|bond\d|ens)/i.test(
        said,
      ) &&
      !/\b(?:slow|slows|slowed|break|breaks|tear|torn|shut|shuts|boil|scal\w+|writ\w+|count\w*|narrow\w*|pin\w*|cool\w*|clock\w*|went|goes) down\b(?! on)|\bdown to\b|\bmaster[_ ]port|\bport \d{4,5}\b|\bnvlink|\bcontainer|\bdocker|\bpod\b|\bimage\b|\bfirewall|\bdisabled (?:for|by|in) (?:nccl|the job|NCCL_\w+)|\b(?:only (?:the )?(?:first |second )?port(?: \d)? is (?:used|cabled|connected))|\bno (?:port|link)s? (?:is |are |was |were )?down|\bnot down\b|\bnever down\b|_DISABLE=/i.test(
        sentence,
      ),
    sees: [
      'ibstat: mlx5_2 port 1 Down',
      'port 1 of mlx5_4 is in Polling state',
      'ibdev2netdev shows mlx5_1 port 1 (Down) on node-06',
      'HCA mlx5_3 is disabled',
      'one IB link on node-02 is disconnected',
      'the roce link of node-09 is not up',
    ],
    ignores: [
      'all ports are Active',
      'the training slows down over IB',
      'port 29500 is down',
      'no port was down',
      'mlx5_0 is for storage and disabled for NCCL',
      'port 2 of the cards is not connected, only port 1 is used',
      'NVLink is down',
      'works with NCCL_IB_DISABLE=1',
    ],
  },
  {
    id: 'seen.ib.rate-low',
    summary: 'a port runs slower or narrower than built',
    role: 'cause',
    weighs: { 'rdma-link-fault': 4.2, 'host-hardware-fault': 0.3 },
    source: rateDiffers,
    pattern: any(
      near(
        "\\bports?(?:['’]s?)?\\b|\\bhcas?(?:['’]s)?\\b|\\badapters?\\b",
        '\\b(?:rates?|speeds?)\\b.{0,30}?\\b(?:not (?:\\w+ )?(?:identical\\w*|the same|equal)|differ\\w*|different one)\\b',
        40,
      ),
      near(
        `${network}|\\b(?<!nv)(?:link|port|rate|ibstat\\w*|active[_ ](?:speed|width)|negotiat\\w+)s?\\b`,
        '\\b(?:1x|2x|sdr|ddr|qdr|fdr|(?:10|20|25|40|50|56|100|200) ?(?:gb/?s|gbit/?s?|gbps|g)(?![\\w]).{0,25}?\\b(?:instead|rather|not|but|while|others?|should|only|vs)|only (?:10|20|25|40|50|56|100|200) ?(?:gb/?s|gbit/?s?|gbps|g)(?![\\w])|different (?:rate|speed)s?|wrong (?:rate|speed)|lower (?:rate|speed)|half (?:rate|speed|width)|degraded)\\b',
        50,
      ),
    ),
    saysNot: true,
    check: (said, sentence) =>
      /\bgb|\bg\b|\dg\b|\b[12]x\b|dr\b|rate|speed|width|degraded/i.test(said) &&
      !/\buses? only\b|\bonly \d+ (?:of|hcas?|nics?|ports?|nodes?|gpus?)\b/i.test(sentence) &&
      !/\bnvlink|\bpcie|\bwrite_bw|\bbusbw|nccl-tests|\bmemory\b/i.test(sentence) &&
      (rates(sentence).length > 0 || !/\b(?:only|instead)\b/i.test(said)),
    sees: [
      'mlx5_2 runs at 100 Gb/s instead of 200',
      'ibstat: rate 40 Gb/s, others 200',
      'port 1 negotiated 1x width',
      'the HCA ports have different rates',
    ],
    ignores: [
      'all ports run at 200 Gb/s',
      'PCIe link x8',
      'NVLink degraded',
      'all ports are 200 Gb/s, the job uses only 4 of the 8 HCAs',
    ],
  },
  {
    id: 'seen.ib.errors',
    summary: 'error counters of a port were seen to grow',
    role: 'cause',
    weighs: { 'rdma-link-fault': 4.5, 'mtu-mismatch': 0.2 },
    source: counters,
    pattern: near(
      '\\b(?:symbol ?_?errors?\\w*|port_?rcv_?errors?|rcv ?errors?|local_?link_?integrity\\w*|link_?error_?recovery|linkdowned\\w*|bit error rate|ber|fec|crc errors?|rx_\\w*err\\w*|packet_seq_err|out_of_sequence|local_ack_timeout_err|rnr_nak\\w*|port errors?|link errors?|port counters?|error counters?|ibqueryerrors|perfquery)\\b',
      '\\b(?:grow(?:s|ing)?|increas(?:es|ed|ing)|ris(?:es|ing)|rose|high|climb\\w*|count(?:s|ing) up|non-?zero|not zero|[1-9]\\d{1,12}|thousands?|millions?|many|large|huge|errors? on|reports?|jump\\w*|excessive)\\b',
      50,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\bnvlink|\becc\b|\b(?:no|zero) (?:\w+ )?(?:symbol|port|link|crc) ?errors?|errors? (?:are |is )?(?:zero|0\b)|\b(?:do|does|did) not (?:grow|increase|rise)|\bnot (?:growing|increasing)/i.test(
        sentence,
      ),
    sees: [
      'symbol errors grow on mlx5_1',
      'perfquery shows PortRcvErrors 1042 on node-03',
      'LinkErrorRecovery counter increases',
      'out_of_sequence is high on one HCA',
      'ibqueryerrors reports leaf port 14',
    ],
    ignores: ['symbol errors are zero', 'error counters do not grow', 'NVLink CRC errors grow'],
  },
  {
    id: 'seen.roce.lossy',
    summary: 'flow control of the RoCE network was seen wrong, or packets lost',
    role: 'cause',
    weighs: { 'rdma-link-fault': 3.8, 'mtu-mismatch': 0.2 },
    source: roce,
    pattern: any(
      near(
        '\\b(?:[rt]x_\\w*(?:discard|drop)\\w*|\\w*discards\\w*|out_of_buffer)',
        '\\b(?:grow\\w*|increas\\w+|ris(?:es|ing)|climb\\w*|high|[1-9]\\d{2,})\\b',
        40,
      ),
      near(
        '\\b(?:pfc|priority flow control|pause frames?|ecn|dcqcn|cnps?|lossless|qos|dscp|traffic class|trust mode|congestion)\\b',
        '\\b(?:not (?:configured|enabled|set|active)|disabled|missing|off|storm|wrong|differs?|different|grow\\w*|increas\\w+|high|heavy|without|no longer|unset|severe|misconfigured)\\b',
        50,
      ),
      near(
        `${network}|\\b(?:switch|port|fabric|rx|tx|uplink|eth\\d|ethtool)\\b`,
        '\\b(?:packets?|frames?|discards?|drops?)\\b.{0,20}?\\b(?:lost|dropped|discarded|grow\\w*|increas\\w+|loss|counters?|[1-9]\\d{2,})\\b|\\b(?:drops?|loses|discards?|dropping|losing) (?:packets|frames)\\b|\\b(?:packet )?(?:loss|drops) of \\d',
        60,
      ),
    ),
    saysNot: true,
    check: (said, sentence) =>
      !/\b0 ?% (?:packet )?loss|\bno (?:packet )?(?:loss|drops?)|\bnot congested|\bfirewall|\biptables/i.test(
        sentence,
      ) &&
      // "on a lossless fabric, on different scales": what differs is the runs.
      !/\blossless\b.{0,40}?\bdifferent (?:scales?|sizes?|numbers?|counts?|runs?|tests?|jobs?|times?|errors?)\b/i.test(
        sentence,
      ) &&
      !/\bno (?:pause|cnp)/i.test(said),
    sees: [
      'PFC is not configured on leaf 3',
      'the switch drops packets on the RoCE ports',
      'rx discards on mlx5_0 increase: packets lost',
      'pause frames increase heavily',
      'ECN disabled on one switch',
    ],
    ignores: [
      'no packet loss on the RoCE ports',
      'PFC is configured everywhere',
      'the tests fail on a lossless fabric, on different scales',
    ],
  },
  {
    id: 'seen.net.switch-bad',
    summary: 'a switch or its port was seen at fault',
    role: 'cause',
    weighs: { 'rdma-link-fault': 3.6, 'facility-fault': 1.2 },
    source: ibDiags,
    pattern: near(
      '\\b(?:leaf |spine |ib |infiniband |tor |core |edge |top[- ]of[- ]rack )?switch(?:es)?\\b(?! (?:to|from|off|on|back|over|between))',
      '\\b(?:port errors?|rebooted|restarted|failed|fails|broken|faulty|dead|overheat\\w*|buggy|bad port|replaced|firmware (?:bug|update|too old|old)|line card|asic|lost power|defective)\\b',
      50,
    ),
    check: (_said, sentence) =>
      !/\breplaced by a newer|\b(?:last|previous) (?:year|month)|\b(?:years?|months?) ago/i.test(sentence) &&
      !/\bnvswitch|\bpcie switch|\bkill ?switch|\bcontext switch/i.test(sentence),
    sees: ['leaf switch 3 rebooted during the run', 'a bad port on the switch', 'the IB switch has failed'],
    ignores: ['the PCIe switch failed', 'no switch failed', 'the leaf switch was replaced by a newer one last year'],
  },
  {
    id: 'seen.ib.firmware',
    summary: 'adapter firmware differs or does not fit',
    role: 'cause',
    weighs: { 'rdma-link-fault': 2.8, 'net-plugin-mismatch': 0.6 },
    source: ibDiags,
    pattern: near(
      `${network}|\\bcards?\\b`,
      '\\b(?:firmware|fw(?:_ver)?|psid)\\b.{0,40}?\\b(?:differs?|different|old(?:er)?|newer|mismatch|outdated|does not (?:fit|match)|too old|not the same|downgraded|upgraded)\\b',
      40,
    ),
    saysNot: true,
    check: (_said, sentence) => !/\bgsp|\bvbios|\bgpu firmware/i.test(sentence),
    sees: ['the HCA firmware of node-07 is older than on the others', 'mlx5 fw_ver differs between the nodes'],
    ignores: ['same HCA firmware everywhere', 'GSP firmware differs'],
  },
  {
    id: 'seen.net.pair-bad',
    summary: 'a collective test fails between certain nodes and works between others',
    role: 'symptom',
    weighs: {
      'rdma-link-fault': 1.4,
      'roce-gid-misconfig': 0.7,
      'mtu-mismatch': 0.6,
      'socket-interface-mismatch': 0.5,
      'firewall-blocked': 0.5,
      'net-plugin-mismatch': 0.4,
      'nccl-bug': -0.5,
      'framework-bug': -0.8,
      'user-code-error': -0.8,
    },
    source: 'https://github.com/NVIDIA/nccl/issues/1634',
    pattern: near(
      '\\b(?:nccl[-_ ]?tests?|all_?reduce(?:_perf)?|sendrecv|ib_\\w+_bw|jobs?|tests?|runs?|it)\\b',
      '\\b(?:between|with|using|involving|including|pairs? (?:of|with))\\b.{0,40}?\\b(?:node|host|server|rack)s?\\b.{0,60}?\\b(?:hangs?|fails?|slow\\w*|stuck|times? out|never|bad)\\b',
      40,
    ),
    check: (_said, sentence) => /\bothers?\b|\brest\b|\bfine\b|\bworks?\b|\bok\b|\bonly\b/i.test(sentence),
    sees: [
      'nccl-tests between node-01 and node-02 is slow, others fine',
      'all_reduce between nodes of rack A and B hangs, the other pairs work',
    ],
    ignores: ['nccl-tests pass between all nodes'],
  },
  {
    id: 'seen.ib.bandwidth-low',
    summary: 'a bandwidth test between nodes is slow',
    role: 'symptom',
    weighs: {
      'rdma-link-fault': 1.5,
      'mtu-mismatch': 0.5,
      'gdr-peermem-missing': 0.6,
      'acs-iommu-p2p-broken': 0.5,
      'cpu-affinity-misconfig': 0.2,
      'rdma-device-missing-in-container': 0.4,
    },
    source: 'https://github.com/linux-rdma/perftest',
    pattern: near(
      '\\b(?:ib_(?:write|read|send)_(?:bw|lat)|perftest|busbw|bus bandwidth|iperf3?|nccl[-_ ]tests?|all_reduce_perf|sendrecv_perf|inter-?node bandwidth)\\b',
      '\\b(?:slow\\w*|low|lower|only|half|drops? to|poor|below|bad|a (?:third|quarter|tenth|fraction)|degraded|collapses?|less than)\\b',
      60,
    ),
    sees: [
      'ib_write_bw reaches only 40 Gb/s on node-03',
      'nccl-tests are slow between the two racks',
      'busbw drops to a tenth with 4 nodes',
    ],
    ignores: ['ib_write_bw reaches line rate', 'nccl-tests pass'],
  },
  {
    id: 'seen.ib.healthy',
    summary: 'ports, links and bandwidth between nodes look right',
    role: 'context',
    weighs: { 'rdma-link-fault': -1.4, 'mtu-mismatch': -0.4, 'roce-gid-misconfig': -0.4 },
    source: ibDiags,
    saysNot: true,
    pattern: any(
      near(
        `${network}|\\b(?:ports?|links?|ibstat\\w*|ibdiagnet|fabric|cables?)\\b`,
        '\\b(?:(?:are |is |all |show |shows )(?:active|linkup|up\\b|ok|okay|fine|clean|healthy|good|normal)|active|linkup|no (?:\\w+ )?errors?|(?:errors?|counters) (?:are |is )?(?:zero|0\\b|clean))\\b',
        50,
      ),
      /\b(?:symbol|port|link|rcv|local link integrity) ?errors?(?: counters?)? (?:are |is |all |stay |: ?){1,3}(?:zero|0\b)/,
      near(
        '\\b(?:ib_(?:write|read|send)_(?:bw|lat)|nccl[-_ ]?tests?|all_reduce_perf|perftest|iperf3?)\\b',
        '\\b(?:pass(?:es|ed)?|full (?:speed|bandwidth|rate)|line rate|fine|ok|good|normal|as expected|works?|healthy)\\b',
        50,
      ),
    ),
    check: (said, sentence) =>
      !/\b(?:not|\w{1,5}n['’]t|isn['’]t|aren['’]t|inactive|down|but|except|others?|only|hang\w*|fail\w*|slow\w*)\b/i.test(
        sentence,
      ) &&
      !/\bnvlink|\bport \d{4,5}|\b(?:with|when|after|without)\b/i.test(sentence) &&
      !/_DISABLE/.test(said),
    sees: [
      'all ports are Active',
      'ibstat shows all links up: LinkUp',
      'ib_write_bw reaches line rate',
      'nccl-tests pass on all nodes',
      'port error counters are zero',
    ],
    ignores: [
      'the ports are not active',
      'nccl-tests pass on one node but hang on two',
      'works with NCCL_IB_DISABLE=1',
    ],
  },
  {
    id: 'seen.net.ping-works',
    summary: 'the nodes can ping each other',
    role: 'context',
    weighs: {
      'firewall-blocked': 0.5,
      'mtu-mismatch': 0.3,
      'rendezvous-resolution': -0.3,
      'socket-interface-mismatch': -0.1,
    },
    source: 'https://man7.org/linux/man-pages/man8/ping.8.html',
    pattern: inOrder(
      '\\bping(?:s|ing)?\\b',
      '\\b(?:works?|ok|okay|fine|succeeds?|possible|replies|answers?|each other|0 ?% (?:packet )?loss)\\b',
      40,
    ),
    sees: ['ping works but the port is not reachable', 'the nodes ping each other'],
    ignores: ['ping fails'],
  },
  {
    id: 'seen.rdma.fails-from-the-first',
    summary:
      'it fails with the very first transfer, as where the addresses are wrong, not after a time as with bad links',
    role: 'context',
    weighs: { 'roce-gid-misconfig': 0.9, 'firewall-blocked': 0.3, 'rdma-link-fault': -0.7 },
    source: 'https://github.com/NVIDIA/nccl-tests/issues/24',
    pattern: any(
      near(
        '\\b(?:errors?|fails?|failed|failing|times? out|timed out|timeouts?|comes?|came|breaks?|dies?)\\b',
        '\\b(?:at|with|on|in|during|from) the (?:very )?first (?:transfers?|messages?|collectives?|all[-_ ]?reduces?|all[-_ ]?gathers?|broadcasts?|operations?|sends?|communications?|packets?|writes?)\\b',
        30,
      ),
      /\b(?:has |have )?never worked\b|\b(?:the )?very first (?:transfer|message|collective|all[-_ ]?reduce|operation)s? fails?\b/,
    ),
    saysNot: true,
    sees: [
      'the error comes at the first transfers',
      'it fails with the very first all_reduce',
      'RDMA between them has never worked',
    ],
    ignores: ['it fails after the first epoch', 'the first transfers are fast'],
  },
]);
