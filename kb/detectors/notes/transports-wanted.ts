import { noteDetector } from './note-patterns.ts';
import { any, inOrder, near } from './words.ts';

const ncclEnv = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html';
const sockets =
  '\\b(?:(?:plain |pure |only )?(?:tcp(?:/ip)?|(?:ip )?sockets?|net/socket|ethernet)(?: only)?|no (?:rdma|roce|ib|infiniband)|(?:rdma|roce|ib|infiniband) (?:off|disabled|not to be used))\\b';
const wanted =
  '\\b(?:wants?|wanted|intend\\w*|desired?|supposed|meant|should (?:be used|use|run|go|have)|expected|in order to (?:use|force)|to force|forc(?:e|ing))\\b';
const scan =
  '\\b(?:(?:security|port|vulnerability|network|nessus|qualys|nmap|compliance)[- ]?(?:scan(?:s|ner|ners|ning)?|sweeps?|probes?|audits?)|nmap|nessus|qualys|penetration tests?|scanners?|(?:health|liveness|readiness|tcp)[- ](?:checks?|probes?)|(?:stray|foreign|unknown|outside|unrelated|unexpected|external|third[- ]party|rogue|spurious) (?:tcp |network |short[- ]lived |incoming )?(?:connections?|clients?|connects?|traffic|packets?))\\b';
const listening =
  '\\b(?:listen\\w*|ports?|sockets?|bootstrap|rendezvous|tcp ?store|master_port|nccl|gloo|connect(?:s|ed|ing)? to)\\b';

/** What people tell of the transport that a job was meant to take, and of strangers on its ports. */
export const transportsWanted = noteDetector('notes-transports-wanted', [
  {
    id: 'seen.nccl.sockets-wanted',
    summary: 'RDMA was switched off by a variable because plain sockets were wanted',
    role: 'cause',
    // Whoever wants sockets and asks for help does not get them; how RDMA fails then is beside the point.
    weighs: {
      'nccl-env-misconfig': 4.2,
      'net-plugin-mismatch': 0.4,
      'roce-gid-misconfig': -1.2,
      'rdma-link-fault': -1.2,
      'rdma-device-missing-in-container': -0.8,
    },
    source: ncclEnv,
    pattern: any(
      near(
        '\\b(?:NCCL_IB_DISABLE|NCCL_NET(?:_PLUGIN)?\\s?=\\s?"?(?:Socket|none)|NCCL_IBEXT_DISABLE|(?:ib|infiniband|rdma|roce) (?:was |is |were |has been )?(?:disabled|switched off|turned off))\\b',
        `(?:${sockets}).{0,40}?(?:${wanted})|(?:${wanted}).{0,40}?(?:${sockets})`,
        80,
      ),
      inOrder(
        '\\b(?:NCCL_IB_DISABLE|NCCL_NET\\s?=\\s?"?Socket)',
        '\\b(?:has no effect|is ignored|was ignored|has no influence|does not take effect|seems (?:to be )?ignored|(?:still|nevertheless|anyway) (?:\\w+ ){0,2}(?:uses?|picks?|takes?|chooses?|prints?|shows?|opens?|goes) (?:\\w+ ){0,3}(?:net/ib|ib|ibext\\w*|infiniband|rdma|roce))\\b',
        80,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\b(?:works?|worked|helps?|helped|fix\w*|solv\w*|runs? fine|gone)\b/i.test(sentence) &&
      !/\b(?:rdma|ib|infiniband|roce) (?:is|was) (?:wanted|expected)\b/i.test(sentence),
    sees: [
      'mpirun was started with NCCL_IB_DISABLE set because plain TCP over eth0 was wanted',
      'NCCL_IB_DISABLE=1 is exported, the job should use sockets only',
      'we set NCCL_NET=Socket to force TCP',
      'RoCE was disabled as traffic is supposed to go over plain Ethernet',
      'NCCL_IB_DISABLE=1 is ignored: NCCL_IB_DISABLE=1 has no effect',
      'with NCCL_IB_DISABLE=1 it still picks IBext',
    ],
    ignores: [
      'works with NCCL_IB_DISABLE=1 over TCP as expected',
      'NCCL_IB_DISABLE=1 is set',
      'the job should use InfiniBand, it uses TCP',
    ],
  },
  {
    id: 'seen.net.strangers-connect',
    summary: 'something that is no part of the job connects to its ports: a scan, a probe, a stray client',
    role: 'cause',
    // A listener has to survive it. NCCL's bootstrap gave up on it before 2.27, torch's store before 2.1.
    weighs: { 'nccl-bug': 3.4, 'framework-bug': 1.4, 'launcher-rank-misconfig': 0.4, 'firewall-blocked': -0.8 },
    source: 'https://github.com/NVIDIA/nccl/blob/master/src/misc/socket.cc',
    pattern: near(scan, listening, 80),
    check: (_said, sentence) =>
      !/\b(?:blocked|refused|rejected|dropped|shows? (?:that )?(?:the )?ports? (?:is|are)|ports? (?:\d{2,5} )?(?:is|are|was|were) (?:\w+ )?(?:open|closed|filtered)|(?:liveness|readiness|health)[- ]\w+ fail\w*)\b/i.test(
        sentence,
      ),
    sees: [
      'short-lived outside TCP connections (a security scan) touch the listening ports on this network',
      'a vulnerability scanner connects to every open port of the nodes',
      'health checks of the load balancer hit the bootstrap port',
      'a stray connection reaches the port of the TCPStore',
    ],
    ignores: [
      'nmap shows that port 29500 is filtered',
      'no security scan touches the ports',
      'the readiness probe failed on port 8000: the readiness probe failed',
      'the ranks connect to the master port',
    ],
  },
]);
