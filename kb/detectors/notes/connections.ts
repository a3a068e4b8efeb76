import { noteDetector } from './note-patterns.ts';
import { any, near, inOrder } from './words.ts';

const ncclEnv = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html';
const elastic = 'https://pytorch.org/docs/stable/elastic/run.html';
const mpiFirewall = 'https://github.com/open-mpi/ompi/issues/46';
const ncclTrouble = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html';

const firewall =
  '\\b(?:iptables|ip6tables|nftables|nft|firewalld|firewall-cmd|ufw|(?:host |cluster |node )?firewalls?|security groups?|network polic(?:y|ies)|networkpolic(?:y|ies)|selinux|calico polic(?:y|ies))\\b';
const hostName =
  '(?:/etc/hosts\\b|\\b(?:host ?names?|dns|nslookup|dig|getent(?: hosts)?|resolv\\.conf|fqdn|master[ _]addr(?:ess)?|rendezvous (?:endpoint|host|address)|rdzv[_ -]endpoint|name of (?:the )?(?:master|node|host)|name resolution)\\b)';

/** Who can reach whom: firewalls, names, interfaces, the rendezvous. */
export const connectionsSeen = noteDetector('notes-connections', [
  {
    id: 'seen.firewall.blocks',
    summary: 'a firewall was seen to block or drop connections',
    role: 'cause',
    weighs: { 'firewall-blocked': 5.2 },
    source: mpiFirewall,
    pattern: any(
      near(
        firewall,
        '\\b(?:drops?|dropped|dropping|reject\\w*|block(?:s|ed|ing)?|den(?:y|ies|ied)|does not (?:allow|permit)|not (?:open|allowed)|closed|forbids?|only (?:allows?|ports?|ssh|22)|filter\\w*|policy drop|default deny)\\b',
        60,
      ),
      /\bports?\b.{0,40}?\b(?:(?:is|are|was|were) (?:not open(?:ed)?|blocked|filtered|closed by)|filtered|not opened)\b/,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\b(?:does|did|do|is|are) not (?:block|drop|reject|deny)|\w{1,5}n['’]t (?:block|drop|reject)|\bno (?:drops|rejects|blocked)/i.test(
        sentence,
      ),
    sees: [
      'iptables drops everything but port 22',
      'the security group does not allow traffic between the nodes',
      'ports 29500-29600 are blocked by firewalld',
      'nmap shows port 29500 filtered',
      'network policy denies the pods',
    ],
    ignores: ['the firewall does not block these ports', 'firewalld is off'],
  },
  {
    id: 'seen.firewall.off',
    summary: 'no firewall is active',
    role: 'context',
    weighs: { 'firewall-blocked': -1.4 },
    source: mpiFirewall,
    saysNot: true,
    pattern: any(
      near(
        firewall,
        '\\b(?:off|inactive|disabled|stopped|not (?:active|running|enabled|used|in use)|none|empty|no rules|flushed|permissive|accepts? (?:all|everything)|policy accept|open|(?:was |is )?(?:ruled out|excluded))\\b',
        40,
      ),
      inOrder('\\b(?:no|without(?: a| any)?)\\b', firewall, 12),
    ),
    check: (_said, sentence) =>
      !/\b(?:works?|worked|helps?|helped|gone|fix\w*|solv\w*|after|with|once|since|when)\b/i.test(sentence) ||
      /\bno firewall\b/i.test(sentence),
    sees: [
      'firewalld is inactive on all nodes',
      'there is no firewall between the nodes',
      'ufw disabled',
      'iptables has no rules',
    ],
    ignores: ['iptables is active', 'with the firewall off it works'],
  },
  {
    id: 'seen.firewall.on',
    summary: 'a firewall was seen active on a node',
    role: 'cause',
    weighs: { 'firewall-blocked': 3.4 },
    source: mpiFirewall,
    pattern: near(
      firewall,
      '\\b(?:active|running|enabled|(?:is|was|are|were|turned|switched|still) on|up|installed|rules?|started|enforcing|loaded)\\b',
      40,
    ),
    check: (said, sentence) =>
      !/\blogin node only\b/i.test(sentence) &&
      !/\brules (?:are|were) (?:the same|empty|identical)|\brules (?:that |which )?allow|\ballows? all\b/i.test(
        sentence,
      ) &&
      (!/\bselinux\b/i.test(said) || /enforc/i.test(said)),
    sees: [
      'iptables/firewalld active',
      'ufw is enabled on node-03',
      'firewalld was running on the new node',
      'the firewall is still on',
    ],
    ignores: [
      'SELinux is enforcing on the login node only',
      'firewall rules are the same everywhere',
      'firewalld is not active',
      'SELinux is enabled',
      'no firewall is active',
    ],
  },
  {
    id: 'seen.port.unreachable-though-ping',
    summary: 'a node answers pings while its port cannot be reached',
    role: 'cause',
    weighs: { 'firewall-blocked': 3.4, 'socket-interface-mismatch': 0.9, 'rendezvous-resolution': 1 },
    source: mpiFirewall,
    pattern: near(
      '\\bping(?:s|able)?\\b(?! (?:fails|does not))',
      '\\b(?:port|nc|netcat|telnet|tcp|connect\\w*|socket|ssh works)\\b.{0,50}?\\b(?:not reachable|unreachable|not (?:work|connect)\\w*|fails?|refused|times? out|timed out|timeout|no route|hangs?|blocked|cannot|closed)',
      60,
    ),
    saysNot: true,
    sees: [
      'ping works but the port is not reachable',
      'nodes ping each other, nc to port 29500 times out',
      'I can ping the master but TCP connect fails',
    ],
    ignores: ['ping fails', 'ping works and the port is open'],
  },
  {
    id: 'seen.port.unreachable',
    summary: 'a port of another node cannot be reached',
    role: 'symptom',
    weighs: { 'firewall-blocked': 1.5, 'rendezvous-resolution': 1.2, 'socket-interface-mismatch': 0.9 },
    source: elastic,
    pattern: any(
      near(
        '\\b(?:ports? ?\\d{0,5}|nc|netcat|telnet|nmap)\\b',
        "\\b(?:not reachable|unreachable|cannot (?:be reached|reach|connect)|can['’]?t (?:be reached|reach|connect)|refused|times? out|timed out|no route to host|does not (?:answer|connect)|fails? to connect)\\b",
        50,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) => !/\b(?:mlx|ibstat|switch port|hca)\b/i.test(sentence),
    sees: ['port 29500 is not reachable from node-02', 'telnet to the master times out', 'nc: connection refused'],
    ignores: ['port 1 of mlx5_0 is down', 'the port is reachable'],
  },
  {
    id: 'seen.rdzv.name-unresolved',
    summary: 'a host name does not resolve, or to the wrong address',
    role: 'cause',
    weighs: { 'rendezvous-resolution': 4.8, 'socket-interface-mismatch': 0.5 },
    source: elastic,
    pattern: any(
      near(
        hostName,
        "\\b(?:(?:does|do|did|could|can) ?not (?:be )?resolve\\w*|\\w{1,5}n['’]t resolve\\w*|cannot (?:be )?(?:resolve\\w*|found)|not resolv\\w+|unresolv\\w+|nxdomain|127\\.0\\.[01]\\.1|localhost|wrong (?:address|ip|host|node|one)?|missing|fails?|failed|unknown|broken|old (?:address|ip)|stale|outdated|no (?:entry|answer|such host))",
        60,
      ),
      /\bresolves?\b.{0,30}?\bto (?:127\.|localhost|the wrong|a wrong|another|different|an old|the loopback|ipv6)/,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\bdns works\b|\bdns is fine\b|\bMASTER_ADDR (?:is|was) (?:the |also |then |\w+ ){0,3}missing\b/i.test(
        sentence,
      ) &&
      !/\bnot wrong|\bno (?:dns|name) (?:problem|error)s?/i.test(sentence) &&
      !/\b(?:only|just) (?:one|a single|1) (?:node|machine|host|server)|\b(?:one|single|1) (?:node|machine|host|server) only|\bstandalone\b|\bcannot be localhost/i.test(
        sentence,
      ),
    sees: [
      'the master host name does not resolve on node-02',
      'getent hosts node-01 fails',
      '/etc/hosts maps the name to 127.0.1.1',
      'MASTER_ADDR is localhost on both nodes',
      'DNS lookup of the pod fails: name not resolvable',
      'head node resolves to the loopback',
    ],
    ignores: [
      'DNS works, a reverse lookup is missing',
      'host names resolve on all nodes',
      'no DNS problem',
      'MASTER_ADDR is localhost, as there is only one machine',
    ],
  },
  {
    id: 'seen.rdzv.setting-wrong',
    summary: 'address or port of the rendezvous was set wrong or taken',
    role: 'cause',
    weighs: { 'rendezvous-resolution': 4.2, 'launcher-rank-misconfig': 0.8 },
    source: elastic,
    pattern: any(
      near(
        '\\b(?:master[ _](?:addr|port|address|ip)|rdzv[_ -](?:endpoint|id|backend)|rendezvous (?:port|endpoint|id|address)|init_method|port 29500|tcp ?store(?: port)?)\\b',
        '\\b(?:wrong|differs?|different|not (?:set|the same|equal)|unset|empty|missing|points? (?:to|at)|already (?:in use|used|taken|bound)|in use|taken|typo|mismatch|changed|another (?:node|host|job)|old)\\b',
        50,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\busing (?:the )?(?:default|\d{4,5})|\bpoints? (?:to|at) the (?:first|head|master|main)\b/i.test(sentence),
    sees: [
      'MASTER_PORT differs between the two nodes',
      'the rendezvous endpoint points to another node',
      'port 29500 is already in use by another job',
      'MASTER_ADDR was not set on node-02',
    ],
    ignores: [
      'MASTER_ADDR is the same on all nodes',
      'MASTER_PORT is 29500',
      'the rdzv endpoint points to the first node',
    ],
  },
  {
    id: 'seen.rdzv.node-missing',
    summary: 'not all nodes or ranks joined',
    role: 'symptom',
    weighs: {
      'rendezvous-resolution': 1.3,
      'firewall-blocked': 0.8,
      'socket-interface-mismatch': 0.7,
      'launcher-rank-misconfig': 0.8,
      'scheduler-action': 0.2,
    },
    source: elastic,
    pattern: any(
      /\bonly \d+ (?:of|out of|\/) ?(?:the )?\d+ (?:\w+ )?(?:nodes?|ranks?|workers?|processes|hosts?)\b/,
      near(
        '\\b(?:second|other|one|last|worker|some) (?:\\w+ )?(?:nodes?|ranks?|workers?|pods?|machines?|hosts?)\\b',
        '\\b(?:never (?:joins?|connects?|registers?|starts?)|does not (?:join|connect|register|show up)|did not (?:join|connect|register|show up)|missing from the (?:rendezvous|group)|cannot (?:join|connect to the master)|not join\\w*)\\b',
        40,
      ),
    ),
    saysNot: true,
    sees: ['only 3 of 4 nodes join the rendezvous', 'the second node never connects', 'one worker did not join'],
    ignores: ['all nodes joined', 'only 2 of 8 GPUs are used'],
  },
  {
    id: 'seen.net.interface-wrong',
    summary: 'an interface was seen in use that cannot reach the peers, or names differ',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 4.4, 'rendezvous-resolution': 0.4 },
    source: ncclEnv,
    pattern: any(
      near(
        '\\b(?:docker\\d|virbr\\d|veth\\w*|br-\\w+|cni\\d|flannel\\S*|lo\\b|loopback|ib\\d|eth\\d|eno\\d\\w*|bond\\d|ens\\d\\w{0,5}|enp\\w+|usb\\d|tailscale\\d|wg\\d|interfaces?|nics?|bridge)\\b',
        '\\b(?:picked|picks|chosen|chooses|selected|selects|binds?|bound|bootstraps?|wrong|mismatch\\w*|different(?:ly)? named?|named differently|other name|not routable|unroutable|cannot reach|not reach\\w*|unreachable|other subnet|another subnet|different subnets?|no route|not (?:the )?same|not exist|has no (?:ip|address|ipv4))\\b',
        60,
      ),
      /\b(?:NCCL|GLOO)_SOCKET_IFNAME\b.{0,50}?\b(?:wrong|does not exist|not exist|names|matches (?:no|several)|typo|another|mismatch|differs?)\b/,
      /\b(?:interface names?|names? of the interfaces?)\b.{0,30}?\b(?:differ|not the same|are different)\b/,
    ),
    saysNot: true,
    check: (said, sentence) =>
      !/\bas (?:expected|intended|planned|it (?:connects|should))|\ball nodes the same\b|\bof the pcie\b/i.test(
        sentence,
      ) &&
      /\b(?:docker\d|virbr|veth|br-|cni|flannel|lo\b|loopback|ib\d|eth\d|eno|bond|ens|enp|usb\d|tailscale|wg\d|interface|bridge|nic)|IFNAME/i.test(
        said,
      ) &&
      !/\bnvlink|\bgid\b|\bmtu\b|\bflap|\bport \d\b|\bdown\b|\b(?:works?|helps?|fix\w*|solv\w*)\b/i.test(sentence),
    sees: [
      'NCCL picked docker0 for bootstrap',
      'the interface is eth0 on one node and named differently on the other',
      'Gloo binds to lo',
      'NCCL_SOCKET_IFNAME names an interface that does not exist on node-02',
      'ens3 is in another subnet and cannot reach the peers',
    ],
    ignores: [
      'eth0 was chosen, as it connects both nodes',
      'bond0 is used on all nodes',
      'eth0 is down',
      'MTU of eth0 differs',
    ],
  },
  {
    id: 'seen.net.two-routes',
    summary: 'addresses or routes of the nodes overlap',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 3.6, 'roce-gid-misconfig': 0.6, 'rendezvous-resolution': 0.4 },
    source: ncclTrouble,
    pattern: any(
      /\b(?:two|several|both|multiple|double|duplicate|same)\b.{0,30}?\b(?:default routes?|routes?|interfaces? (?:in|on) (?:the )?same subnet|ip address(?:es)?|ips? (?:twice|on two)|default gateways?)\b/,
      /\b(?:rp_filter|arp flux|asymmetric rout\w+|policy routing|multi-?homed)\b/,
    ),
    check: (_said, sentence) => !/\bno (?:duplicate|two)/i.test(sentence),
    sees: [
      'two interfaces in the same subnet',
      'rp_filter drops the answers: asymmetric routing',
      'duplicate IP addresses on the rails',
      'the hosts are multi-homed',
    ],
    ignores: ['two nodes', 'same IP plan everywhere'],
  },
  {
    id: 'seen.net.proxy',
    summary: 'an HTTP proxy is set',
    role: 'context',
    weighs: { 'rendezvous-resolution': 1.2, 'socket-interface-mismatch': 0.6, 'user-code-error': 0.4 },
    source: 'https://grpc.github.io/grpc/core/md_doc_environment_variables.html',
    pattern: /\b(?:https?_proxy|no_proxy|(?:http|corporate|squid) proxy)\b/,
    sees: ['http_proxy is set in the job environment'],
    ignores: ['the proxy thread of NCCL'],
  },
  {
    id: 'seen.net.containers-on-bridge',
    summary: 'the ranks run in containers on a bridge network',
    role: 'context',
    weighs: {
      'socket-interface-mismatch': 1.2,
      'rendezvous-resolution': 0.5,
      'firewall-blocked': 0.3,
      'rdma-device-missing-in-container': 0.3,
    },
    source: 'https://docs.docker.com/engine/network/',
    pattern: any(
      /\b(?:bridge|overlay|nat) (?:network(?:ing)?|mode)\b|\bwithout (?:--network[ =]host|--net[ =]host|host network(?:ing)?|hostnetwork)\b/,
      near(
        '\\b(?:docker|containers?|podman|pods?)\\b',
        '\\b(?:on each|two machines|two hosts|two nodes|several (?:machines|hosts|nodes)|both (?:machines|hosts|nodes)|each (?:machine|host|node|server)|own (?:ip|address|network))\\b',
        60,
      ),
    ),
    saysNot: true,
    sees: [
      'two machines, training is started inside docker on each',
      'the containers use a bridge network',
      'docker was started without --network host',
    ],
    ignores: ['the container runs on one machine with --network host'],
  },
  {
    id: 'seen.net.tcp-instead-of-rdma',
    summary: 'traffic was seen on TCP where RDMA was expected',
    role: 'symptom',
    weighs: {
      'rdma-device-missing-in-container': 1.5,
      'net-plugin-mismatch': 1,
      'nccl-env-misconfig': 0.7,
      'rdma-link-fault': 0.6,
      'gdr-peermem-missing': 0.2,
      'permission-misconfig': 0.2,
    },
    source: ncclTrouble,
    pattern: any(
      near(
        '\\b(?:tcp|net/socket|sockets?|ethernet|eth\\d|the slow network)\\b',
        '\\b(?:instead of|rather than|not|falls? back|fell back|fallback|although|expected)\\b.{0,30}?\\b(?:ib|infiniband|rdma|roce|net/ib|efa|tcp)?\\b',
        50,
      ),
      /\b(?:infiniband|rdma|roce|efa|ib)\b.{0,30}?\b(?:is|was|are|were)? ?(?:not used|unused|ignored|no traffic|shows? no traffic|counters? (?:stay|do not))\b/,
      /\bset up for (?:rdma|infiniband|ib|roce)\b.{0,60}?\b(?:tcp|socket)\b/,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      /\b(?:ib|infiniband|rdma|roce|efa|net\/ib|verbs)\b/i.test(sentence) &&
      /\b(?:tcp|socket|ethernet|eth\d|unused|not used|no traffic|ignored)/i.test(sentence) &&
      !/_DISABLE/.test(sentence),
    sees: [
      'the job is set up for RDMA on Kubernetes, the NCCL log shows TCP',
      'NCCL falls back to sockets instead of IB',
      'InfiniBand is not used at all, no traffic on the ports',
    ],
    ignores: ['works over TCP with NCCL_IB_DISABLE=1', 'RDMA is used'],
  },
  {
    id: 'seen.net.ping-fails',
    summary: 'the nodes cannot ping each other',
    role: 'symptom',
    weighs: {
      'socket-interface-mismatch': 1.2,
      'rendezvous-resolution': 1,
      'rdma-link-fault': 0.8,
      'facility-fault': 0.4,
      'firewall-blocked': 0.6,
    },
    source: 'https://man7.org/linux/man-pages/man8/ping.8.html',
    pattern: inOrder(
      '\\bping(?:s|ing)?\\b',
      "\\b(?:fails?|lost|times? out|does not|doesn['’]t|unreachable|100 ?% (?:packet )?loss|no (?:reply|answer|response)|not possible|impossible)\\b",
      50,
    ),
    saysNot: true,
    check: (_said, sentence) => !/-s ?\d{4}|-m do|large packet|jumbo/i.test(sentence),
    sees: ['ping from node-01 to node-02 fails', 'ping: 100 % packet loss'],
    ignores: ['ping works', 'ping -M do -s 8972 fails'],
  },
]);
