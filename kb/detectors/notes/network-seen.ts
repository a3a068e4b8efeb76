import { noteDetector } from './note-patterns.ts';
import { any, hangs, inOrder, near } from './words.ts';

const roce = 'https://enterprise-support.nvidia.com/s/article/howto-configure-roce-on-connectx-4';
const pathMtu = 'https://man7.org/linux/man-pages/man7/ip.7.html';
const resolver = 'https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/';
const firewalld = 'https://firewalld.org/documentation/';
const abstracts = 'https://man7.org/linux/man-pages/man5/hosts.5.html';
const filter =
  '\\b(?:firewalld?|ufw|iptables|nftables|security groups?|network polic(?:y|ies)|networkpolic(?:y|ies)|packet filter)\\b';
const small =
  '\\b(?:small|short|tiny|few bytes|up to \\d+ ?[kKmM]?i?B|below \\d+ ?[kKmM]?i?B|under \\d+ ?[kKmM]?i?B)\\b';
const large =
  '\\b(?:large|larger|big|bigger|long|longer|everything (?:above|over|beyond)|anything (?:above|over|beyond)|above|over|beyond) ?(?:\\d+ ?[kKmM]?i?B|ones?|messages?|packets?|sizes?|requests?|transfers?|payloads?|answers?)?';
const ofFacility =
  '\\b(?:storm|thunderstorm|lightning (?:struck|strikes?|hit)|struck by lightning|power (?:cut|dip|outage|failure|blip|flicker|event|loss)|outage of the (?:power|grid)|brown-?out|voltage (?:dip|sag)|(?:power|electric(?:al)?|utility) grid|fire (?:alarm|suppression)|flood(?:ing)?|earthquake)\\b';

/** What people tell of the network and what feeds it, beyond the plain names of the trouble. */
export const networkSeen = noteDetector('notes-network', [
  {
    id: 'seen.gid.index-differs',
    summary: 'the index of the usable GID differs between hosts or devices',
    role: 'cause',
    weighs: { 'roce-gid-misconfig': 4.6 },
    source: roce,
    pattern: any(
      /\bindex (\d{1,2})\b(?! (?:everywhere|on all|on every)).{0,60}?(?:\b(?:but|while|whereas|and)\b|,).{0,40}?\bindex (?!\1\b)\d{1,2}\b/,
      /\b(?:gids?|gid index)\b.{0,60}?\b\d{1,2} on (?:one|the first|node\S*|host\S*|some|most)\b.{0,60}?\b\d{1,2} on (?:the other|others?|the second|node\S*|host\S*|the rest|another)\b/,
    ),
    check: (_said, sentence) => /\bgids?\b|\bshow_gids\b|\broce\b/i.test(sentence),
    sees: [
      'show_gids on one node lists the IPv4 address at index 3, on the other at index 5',
      'the GID with the address has index 3 on node-01 and index 1 on node-02',
      'gid index 3 on most nodes, 5 on the rest',
      'RoCE v2 is index 5 on the new hosts, while the old ones have index 3',
    ],
    ignores: ['the GID has index 3 everywhere', 'show_gids lists index 3'],
  },
  {
    id: 'seen.trial.perftest-gid',
    summary: 'a verbs tool passes only with another GID index',
    role: 'cause',
    weighs: { 'roce-gid-misconfig': 4.2 },
    source: 'https://github.com/linux-rdma/perftest',
    pattern:
      /\b(?:ib_(?:write|read|send)_(?:bw|lat)|rping|perftest|ibv_\w+pingpong|ucx_perftest)\b.{0,40}?\b(?:works|passes|runs|succeeds|connects|is fine)\b.{0,40}?(?:-x|-g|--gid-index) ?\d/,
    check: (_said, sentence) => /\b(?:fails?|not|without|hangs?|else|otherwise|only|error)\b/i.test(sentence),
    saysNot: true,
    sees: [
      'ib_write_bw works with -x 3 and fails without it',
      'ib_send_bw passes only with -x 5',
      'ibv_rc_pingpong works with -g 3, without it the QP cannot be moved to RTR',
      'perftest runs with --gid-index 3 but not with the default',
    ],
    ignores: ['ib_write_bw works with -x 3', 'ib_write_bw fails'],
  },
  {
    id: 'seen.mtu.frag-needed',
    summary: 'hosts or routers were seen to ask for smaller packets',
    role: 'cause',
    weighs: { 'mtu-mismatch': 4.8 },
    source: pathMtu,
    pattern: any(
      /\b(?:icmp|tcpdump|wireshark|capture|router|gateway|switch|storm)\b.{0,60}?\b(?:frag\w* (?:is )?needed|need to frag\w*|needs? (?:to )?frag\w*|packet too big|too[- ]big (?:messages?|packets?))/,
      /\b(?:pmtu|path mtu)\b.{0,60}?\b(?:1[0-4]\d\d|1500|below|smaller|lower|less|cached|discovery (?:fails?|does not|is (?:off|blocked|broken)))/,
      /\bfragmentation needed\b/,
    ),
    saysNot: true,
    check: (_said, sentence) => !/\bno (?:icmp )?(?:fragmentation|frag)/i.test(sentence),
    sees: [
      'tcpdump shows a storm of ICMP fragmentation needed messages',
      'the router answers with packet too big',
      'ip route get shows a cached PMTU of 1450',
      'path MTU discovery is blocked between the racks',
      'ICMP need to frag comes back from the gateway',
    ],
    ignores: ['no ICMP fragmentation needed was seen', 'GPU memory fragmentation'],
  },
  {
    id: 'seen.mtu.size-decides',
    summary: 'small transfers pass and large ones do not',
    role: 'cause',
    weighs: { 'mtu-mismatch': 2.8, 'nccl-bug': 0.4, 'gdr-peermem-missing': 0.4, 'shm-too-small': 0.3 },
    source: pathMtu,
    pattern: inOrder(
      `${small}.{0,60}?\\b(?:works?|pass(?:es)?|fine|ok|answered|complete\\w*|go(?:es)? through|succeed\\w*|return\\w*|run|runs)\\b`,
      `${large}.{0,40}?(?:${hangs}|\\b(?:fails?|lost|dropp?e?d?s?|time out|times out|never arrive))`,
      60,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      /\b(?:requests?|messages?|packets?|sizes?|transfers?|connection|tcp|net\w*|all-?reduce|payload\w*|rpc|socket|bytes?|\d+ ?[kKmM]?i?B)\b/i.test(
        sentence,
      ) && !/\bbatch|\bmodel|\bdata ?set|\bimage size|\bscale/i.test(sentence),
    sees: [
      'small all-reduce sizes work, everything above 8 KB hangs',
      'small requests on the same connection are answered at once, large ones stall',
      'messages below 1 KB pass, over 4 KB they are lost',
      'short RPCs go through while large payloads time out',
    ],
    ignores: ['small batches work, large models hang', 'large messages are slower than small ones'],
  },
  {
    id: 'seen.mtu.switch-below-hosts',
    summary: 'the switch passes smaller frames than the hosts send',
    role: 'cause',
    weighs: { 'mtu-mismatch': 5 },
    source: pathMtu,
    pattern: any(
      near(
        '\\b(?:switch(?:es)?|switch ports?|leaf|spine|vlan|bridge|bond|overlay|tunnel|vxlan|cni|flannel|calico|veth|vtep)\\b.{0,40}?\\b(?:1[0-5]\\d\\d|2[0-2]\\d\\d|4\\d{3})\\b',
        '\\b(?:hosts?|nodes?|nics?|adapters?|servers?|pods?|interfaces?)\\b.{0,30}?\\b(?:jumbo(?: frames)?|9000|9\\d{3}|4\\d{3})\\b',
        60,
      ),
      near(
        '\\bjumbo frames?\\b',
        '\\b(?:only on|on one side|not on (?:the )?(?:switch|leaf|spine|all)|except|never enabled)\\b',
        50,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) => !/\bport \d{4}\b|\bsame\b/i.test(sentence),
    sees: [
      'the switch ports are set to 1500 and the hosts to jumbo frames',
      'the hosts send 9000, the leaf passes 1500: hosts 9000, leaf 1500',
      'the overlay of the CNI has 1450 while the nodes use 9000',
      'jumbo frames are enabled only on two of the hosts',
    ],
    ignores: ['the switch ports and the hosts have the same 9000', 'jumbo frames are enabled'],
  },
  {
    id: 'seen.trial.packet-filter-off',
    summary: 'the job works once the packet filter is stopped or its ports are opened',
    role: 'cause',
    weighs: { 'firewall-blocked': 5 },
    source: firewalld,
    pattern: any(
      near(
        '\\b(?:works?|worked|runs?|ran|connects?|starts?|fixed|solved|resolved|gone|helped|succeeds?)\\b',
        `\\b(?:stop(?:s|ped|ping)?|disabl(?:e|es|ed|ing)|flush(?:ed|ing)?|turn(?:ed|ing)? off|switch(?:ed|ing)? off|-F\\b|opening|opened|allowing|allowed|adding|added|removing|removed)\\b.{0,40}?${filter}`,
        60,
      ),
      near(
        '\\b(?:works?|worked|runs?|ran|connects?|starts?|fixed|solved|resolved|gone|helped|succeeds?)\\b',
        '\\b(?:ufw disable|iptables -F|setenforce 0|firewall(?:d|s)? (?:was |were |is |are )?(?:off|stopped|disabled|down)|(?:inbound|ingress|outbound|self-referencing) rules? (?:for|to|that|was|were)|all traffic (?:between|within|inside))',
        60,
      ),
    ),
    check: (_said, sentence) =>
      !/\b(?:not|never|no) (?:help|work|change|difference)|n['’]t (?:help|work|change)|\b(?:ssh|iperf3?|ping|nc|netcat|telnet|ib_\w+|perftest) (?:works?|runs?|connects?|is fine)|\b(?:but|and|still)\b.{0,30}?\b(?:times? out|hangs?|fails?)/i.test(
        sentence,
      ),
    sees: [
      'it works after systemctl stop firewalld',
      'after ufw disable the ranks connect: it works after ufw disable',
      'the job runs when the firewall is off',
      'adding a self-referencing rule to the security group fixed it',
    ],
    ignores: ['stopping firewalld did not help', 'it works on one node', 'the firewall is disabled, SSH works'],
  },
  {
    id: 'seen.firewall.random-ports',
    summary: 'only chosen ports are open between the hosts, and the job takes others',
    role: 'cause',
    weighs: { 'firewall-blocked': 3.6, 'rendezvous-resolution': 0.5, 'socket-interface-mismatch': 0.4 },
    source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html#networking-issues',
    pattern: any(
      /\b(?:only|just) (?:the )?(?:tcp )?ports? \S{1,40}.{0,30}?\b(?:open\w*|allowed|reachable|forwarded|published|exposed|mapped)\b/,
      /\b(?:open\w*|allow\w*|forward\w*|publish\w*|expose[sd]?|mapp\w*|publishes) (?:only|just) (?:the )?(?:tcp )?(?:ports? )?\d{2,5}\b/,
      /\b(?:only|just) \S{1,40} (?:is|are|was|were) (?:open\w*|allowed|published|exposed|forwarded|mapped)\b.{0,60}?\bports?\b/,
      /\b(?:listen\w*|connect\w*|open\w*|use[sd]?|choose|chooses|takes?|picks?)\b.{0,30}?\b(?:random|ephemeral|dynamic|arbitrary|high) (?:tcp )?ports?\b/,
      /\b(?:random|ephemeral|dynamic) (?:tcp )?ports? (?:are|is|were|was) (?:closed|not open|blocked|filtered|refused)\b/,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\ball (?:are |of them )?(?:allowed|open)\b|\ballowed by\b/i.test(sentence) &&
      !/\bibv?_?|\bmlx|\bswitch port|\busb/i.test(sentence),
    sees: [
      'both nodes are in the same VPC; the workers listen on random ports',
      'only ports 22 and 29500 are open between the nodes',
      'the container publishes only 29500',
      'NCCL connects on ephemeral ports',
      'only 29500 is exposed, no other port',
    ],
    ignores: [
      'the workers open random ports, all allowed by the security group',
      'port 29500 is reachable',
      'only port 1 of mlx5_0 is up',
    ],
  },
  {
    id: 'seen.name.some-only',
    summary: 'a name resolves for some of the workers only, or too late',
    role: 'cause',
    weighs: { 'rendezvous-resolution': 4.6 },
    source: resolver,
    pattern: any(
      near(
        '(?:/etc/hosts|\\b(?:nslookup|dig|getent|dns|host ?name|host names|name of (?:the )?(?:master|head|first)\\w*|master name|headless service|service name|coredns|kube-dns|resolv\\.conf)\\b)',
        '\\b(?:(?:works?|resolves?|succeeds?|answers?|exists?|known|listed|present) (?:on|in|for|from) (?:some|one|a few|half|only|two)\\b|(?:on|in|for|from) (?:some|a few|half|only (?:some|one|a few)|one)(?: of)?(?: the)? (?:pods?|nodes?|hosts?|workers?|ranks?|containers?)|only after|seconds? later|minutes? later|not yet|too late|before the (?:record|pod|name)|after (?:a|some|the) (?:restart|while|seconds?|minutes?)|does not know|is not (?:known|listed))',
        80,
      ),
      /\bno (?:headless )?service\b.{0,40}?\b(?:for|named|in front|of)\b.{0,40}?\b(?:master|worker|job|pod)s?\b/,
      /\bcoredns\b.{0,40}?\b(?:crash\w*|overload\w*|restart\w*|down|not running|timeouts?|slow)\b/,
    ),
    saysNot: true,
    sees: [
      'nslookup of the master name works on some pods only',
      'the headless service exists only after the second worker started',
      '/etc/hosts of node-02 does not know node-01',
      'coredns was overloaded at that time',
      'the DNS record of the master appears seconds later',
    ],
    ignores: ['nslookup works on all pods', 'the host name is node-01'],
  },
  {
    id: 'seen.address.of-bridge',
    summary: 'the address that a host gives for itself is one of a bridge, a tunnel or itself',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 4.6, 'rendezvous-resolution': 1.2 },
    source: abstracts,
    pattern: any(
      near(
        '\\b(?:hostname -[iI]|hostname|gethostbyname|ray|gloo|nccl|tensorpipe|mpi|horovod|the (?:worker|rank|node|process)s?)\\b.{0,30}?\\b(?:prints?|returns?|gives?|picks?|chose|chooses|takes?|took|selects?|selected|advertis\\w+|registers?|announces?|uses?|used|binds?|bound|reports?)\\b',
        '\\b(?:docker0|docker bridge|(?:address|ip|interface) of the docker|virbr\\d?|cni0|flannel\\S*|tailscale\\S*|wg\\d|vpn|tun\\d|bridge (?:address|interface|first)|172\\.17\\.\\S+|169\\.254\\.\\S+|link-local|usb\\d|bmc (?:interface|address)|management (?:network|interface)|wi-?fi|wlan\\d|idrac)\\b',
        60,
      ),
    ),
    sees: [
      'hostname -I prints the address of the docker bridge first',
      'NCCL picks docker0 on the second host',
      'gloo binds to the VPN interface: gloo binds to tun0',
      'the worker advertises 172.17.0.2',
      'MPI chose virbr0',
    ],
    ignores: ['docker0 exists', 'NCCL picks eth0'],
  },
  {
    id: 'seen.name.own-is-loopback',
    summary: 'a host maps its own name to a loopback address',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 4, 'rendezvous-resolution': 0.8 },
    source: abstracts,
    pattern:
      /(?:\b(?:own|its|their|local|machine'?s?) (?:host ?)?names?\b|\bhost ?name of (?:the|each|every) (?:node|host|machine)(?: itself)?\b|\/etc\/hosts\b[^.]{0,40}?\bown\b).{0,60}?\b(?:127\.0\.[01]\.1|loopback|localhost)\b/,
    sees: [
      '/etc/hosts maps the own host name to 127.0.1.1',
      'each node resolves its own name to 127.0.0.1',
      'their hostnames resolve to the loopback: their hostnames give the loopback',
      'the machine name is bound to localhost',
    ],
    ignores: ['MASTER_ADDR is localhost', 'the own name resolves to 10.0.0.4'],
  },
  {
    // Filters drop; a refusal comes from a host that has nobody listening at that address: it was the wrong one.
    id: 'seen.tcp.refused',
    summary: 'a connection between the processes is refused: nobody listens where they try',
    role: 'symptom',
    weighs: { 'socket-interface-mismatch': 1.3, 'rendezvous-resolution': 1.2, 'firewall-blocked': 0.6 },
    source: 'https://man7.org/linux/man-pages/man2/connect.2.html',
    pattern: any(
      /\brefus(?:ed|al of (?:a|the)) (?:\w+ )?(?:tcp |socket |gloo |nccl )?connections?\b/,
      /\b(?:tcp|socket|gloo|nccl|connections?|connect\w*)\b.{0,30}?\b(?:is|are|was|were|gets?|got|be|being|with)? ?(?:["'“]?connection )?refused\b/,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\b(?:port|ports|nc|netcat|telnet|nmap|ssh|docker|daemon|nfs|mount\w*|http\w*|url|download\w*|registry|proxy|redis|database|api|hub|s3|slurmctld|wandb)\b/i.test(
        sentence,
      ),
    sees: [
      'the error is a refused TCP connection',
      'every rank but the first ends with Connection refused: connection refused',
    ],
    ignores: ['ssh connection refused', 'nc: connection to port 29500 refused', 'the daemon refused it'],
  },
  {
    id: 'seen.facility.event',
    summary: 'something hit the building: weather, mains, water or fire protection',
    role: 'cause',
    weighs: { 'facility-fault': 5.2 },
    source: 'https://arxiv.org/abs/2410.21680',
    pattern: any(
      near(
        ofFacility,
        '\\b(?:hit|struck|site|building|hall|campus|area|cluster|cent(?:er|re)|nodes?|racks?|rebooted|went down|triggered|at the same|machines?)\\b',
        60,
      ),
      /\b(?:chilled|cooling|facility|process) water\b.{0,40}?\b(?:interrupt\w*|lost|los[es]s?|fail\w*|shut off|low|stopp\w*|pressure|leak\w*|warm\w*)\b/,
      /\b(?:cooling|chillers?|pumps?|crahs?|cracs?|heat exchangers?|cdus?|air handlers?)\b.{0,30}?\b(?:tripped|interrupt\w*|shut (?:off|down)|lost|los[es]|out of (?:service|order)|at (?:its|their) limit|cannot keep up|overwhelmed|maintenance)\b/,
      /\b(?:maintenance|electrician|technician|work) (?:of|on|at|by) (?:the )?(?:power|electrical|mains|ups|pdus?|cooling|breaker|switchgear)/,
    ),
    check: (_said, sentence) =>
      !/\b(?:failure|surge|outage) protection/i.test(sentence) &&
      !/\b(?:broadcast|pause|interrupt|retry|packet|xid|icmp|log|pfc|irq|alert|event) storm|\bno (?:storm|power|outage)|\bpower cap/i.test(
        sentence,
      ) &&
      !/\b(?:gpu|cpu|node|pump of the node)['’]?s? (?:pump|cooling)/i.test(sentence),
    sees: [
      'a storm hit the site and forty nodes rebooted at once',
      'the chilled water supply was interrupted',
      'lightning struck near the data center',
      'work on the power of hall 2 was announced',
      'the fire alarm went off in the building',
      'a pump of the row tripped: pumps tripped',
    ],
    ignores: [
      'power failure protection exists, all nodes stayed up',
      'a broadcast storm hit the nodes',
      'no power outage was reported for the site',
      'a Lightning job on the nodes of the cluster hangs at the same step',
      'the GRID driver of the nodes was updated',
    ],
  },
]);
