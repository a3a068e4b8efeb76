import { lineDetector } from './line-patterns.ts';

const pair = 'https://github.com/facebookincubator/gloo/blob/main/gloo/transport/tcp/pair.cc';
const device = 'https://github.com/facebookincubator/gloo/blob/main/gloo/transport/tcp/device.cc';

/** Gloo, which torch uses on the CPU side: its full mesh of connections and what breaks it. */
export const gloo = lineDetector('gloo', [
  {
    id: 'gloo.connect.loopback',
    summary: 'a process announced the loopback address, where no other node can reach it',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 5, 'rendezvous-resolution': 2.4, 'firewall-blocked': 0.3 },
    source: device,
    literals: ['connectfullmesh failed', 'connect timeout [', 'timed out connecting', 'failed to connect, willretry'],
    pattern:
      /(?:connectFullMesh failed|Connect timeout (?=\[)|timed out connecting|failed to connect, willRetry=0)[^\n]{0,300}?(?:\[127\.\d{1,3}\.\d{1,3}\.\d{1,3}\]|\[::1\])/,
    sees: [
      'RuntimeError: Gloo connectFullMesh failed with [/pytorch/third_party/gloo/gloo/transport/tcp/pair.cc:152] timed out connecting: SO_ERROR: Connection refused, remote=[127.0.0.1]:40561 (rank=8, size=16, local=[127.0.0.1])',
      'RuntimeError: [../third_party/gloo/gloo/transport/tcp/pair.cc:211] Connect timeout [127.0.1.1]:21477',
    ],
    ignores: ['[Gloo] Rank 0 is connected to 7 peer ranks. Expected number of connected peer ranks is : 7'],
  },
  {
    id: 'gloo.connect.failed',
    summary: 'Gloo cannot connect the processes with each other',
    role: 'cause',
    weighs: {
      'socket-interface-mismatch': 2.8,
      'firewall-blocked': 2.6,
      'rendezvous-resolution': 1.2,
      'host-oom': 0.3,
    },
    source: pair,
    literals: [
      'connectfullmesh failed',
      'connect timeout [',
      'timed out connecting',
      'gloo/transport/tcp/',
      'failed to connect, willretry=0',
    ],
    pattern:
      /Gloo connectFullMesh failed|failed to connect, willRetry=0,|Connect timeout \[[^\]]{2,60}\]|timed out connecting: |gloo\/transport\/tcp\/\w{2,20}\.cc:\d{1,5}\][^\n]{0,60}connect[^\n]{0,80}(?:timed out|refused|unreachable)/,
    sees: [
      'RuntimeError: Gloo connectFullMesh failed with [../third_party/gloo/gloo/transport/tcp/pair.cc:144] no error',
      'RuntimeError: [../third_party/gloo/gloo/transport/tcp/pair.cc:799] connect [10.0.0.5]:49234: Connection refused',
      '[W906 12:00:00.123 helpers.cc:120] failed to connect, willRetry=0, retry=3, retryLimit=3, rank=3, size=8, local=[10.0.0.5]:1, remote=[10.0.0.6]:43210, error=SO_ERROR: Connection refused',
    ],
    ignores: [
      '[W906 12:00:00.123 helpers.cc:120] failed to connect, willRetry=1, retry=0, retryLimit=3, rank=3, size=8',
      'RuntimeError: [../third_party/gloo/gloo/transport/tcp/pair.cc:525] Connection closed by peer [10.0.0.5]:43210',
    ],
  },
  {
    id: 'gloo.interface.empty',
    summary: 'Gloo was given an empty interface or host name',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 3.6, 'user-code-error': 1.2 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/GlooDeviceFactory.cpp',
    literals: ["interface or hostname can't be empty", 'invalid ip address'],
    pattern: /makeTCPDevice\(\): interface or hostname can't be empty|gloo[^\n]{0,120}Invalid IP address/,
    sees: ["RuntimeError: GlooDeviceFactory::makeTCPDevice(): interface or hostname can't be empty"],
    ignores: ['hostname is empty, using localhost'],
  },
  {
    id: 'gloo.message.size-differs',
    summary: 'two processes exchange messages of different sizes: they are not in the same collective',
    role: 'cause',
    weighs: { 'collective-mismatch': 5, 'uneven-data': 1.2, 'user-code-error': 0.9, 'framework-bug': 0.7 },
    source: pair,
    literals: ['<= op.nbytes', 'op.preamble.'],
    pattern: /op\.(?:getNumBytes|preamble)\S{0,30} <= op\.nbytes|op\.preamble\.\w{3,12} (?:<=|==) /,
    sees: [
      'RuntimeError: [enforce fail at ../third_party/gloo/gloo/transport/tcp/pair.cc:446] op.preamble.length <= op.nbytes. 8 vs 4',
    ],
    ignores: ['[enforce fail at device.cc:83] ifa != nullptr. Unable to find address for: eth0'],
  },
  {
    id: 'gloo.operation.timed-out',
    summary: 'a process waited for another in a Gloo collective until its time was over',
    role: 'symptom',
    weighs: {
      'long-rank0-work-timeout': 1.3,
      'collective-mismatch': 0.8,
      'uneven-data': 0.5,
      'dataloader-stall': 0.4,
    },
    source: 'https://github.com/facebookincubator/gloo/blob/main/gloo/transport/tcp/unbound_buffer.cc',
    literals: ['operation to complete', 'application timeout caused pair', 'gloo/transport/tcp/buffer.cc'],
    pattern:
      /Timed out waiting (?<waitedMs>\d{1,12})ms for (?:recv|send) operation to complete|Application timeout caused pair closure|gloo\/transport\/tcp\/buffer\.cc:\d{1,5}\] (?:Read|Write) timeout/,
    sees: [
      'RuntimeError: [../third_party/gloo/gloo/transport/tcp/unbound_buffer.cc:81] Timed out waiting 1800000ms for recv operation to complete',
    ],
    ignores: ['waiting for the copy operation to complete'],
  },
  {
    id: 'gloo.start.peer-absent',
    summary: 'a process waited for what another was to announce at start, and that one never did',
    role: 'cause',
    weighs: {
      'rendezvous-resolution': 1.4,
      'launcher-rank-misconfig': 1.4,
      'long-rank0-work-timeout': 0.8,
      'user-code-error': 0.6,
      'host-oom': 0.3,
    },
    source: 'https://github.com/facebookincubator/gloo/blob/main/gloo/rendezvous/hash_store.cc',
    literals: ['wait timeout for key(s): '],
    pattern: /Wait timeout for key\(s\): /,
    sees: ['RuntimeError: [../third_party/gloo/gloo/rendezvous/file_store.cc:200] Wait timeout for key(s): [rank_5]'],
    ignores: ['waiting for key(s) of the store'],
  },
  {
    id: 'gloo.connection.silent',
    summary: 'a Gloo connection that had worked gives no more answer',
    role: 'symptom',
    weighs: { 'host-hardware-fault': 0.5, 'facility-fault': 0.4, 'firewall-blocked': 0.5 },
    source: pair,
    literals: ['gloo/transport/tcp/'],
    pattern:
      /gloo\/transport\/tcp\/\w{2,20}\.cc:\d{1,5}\] (?:(?:Read|Write) error|read|write|readv|writev|::recv\(\))[^\n]{0,80}: Connection timed out/,
    sees: [
      'RuntimeError: [../third_party/gloo/gloo/transport/tcp/pair.cc:525] Read error [10.0.0.5]:43210: Connection timed out',
    ],
    ignores: [
      'RuntimeError: [../third_party/gloo/gloo/transport/tcp/pair.cc:799] connect [10.0.0.5]:49234: Connection timed out',
    ],
  },
  {
    id: 'gloo.peer-gone',
    summary: 'the Gloo connection to another process broke: that process ended first',
    role: 'symptom',
    weighs: {},
    source: 'https://github.com/facebookincubator/gloo/blob/main/gloo/transport/tcp/error.cc',
    literals: ['gloo/transport/tcp/', 'backing context not fully connected'],
    pattern:
      /gloo\/transport\/tcp\/\w{2,20}\.cc:\d{1,5}\][^\n]{0,200}(?:reset by peer|Broken pipe|short (?:read|write)|closed by peer)|Backing context not fully connected/,
    sees: [
      'RuntimeError: [../third_party/gloo/gloo/transport/tcp/pair.cc:598] Connection closed by peer [10.0.0.5]:43210',
      'RuntimeError: [../third_party/gloo/gloo/transport/tcp/pair.cc:534] writev [10.0.0.5]:43210: Connection reset by peer',
    ],
    ignores: ['[../third_party/gloo/gloo/transport/tcp/pair.cc:799] connect [10.0.0.5]:49234: Connection refused'],
  },
  {
    // The store that tells the addresses has been reached by then; Gloo takes the one that the own name leads to.
    id: 'gloo.group.in-the-making',
    summary: 'the stack of the failure stands in the making of a further group, which Gloo connects',
    role: 'context',
    weighs: {
      'socket-interface-mismatch': 1.3,
      'rendezvous-resolution': -0.6,
      'rdma-link-fault': -0.9,
      'roce-gid-misconfig': -0.9,
    },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/distributed_c10d.py',
    literals: ['gloo'],
    pattern:
      /^(?:[^\n]{0,40}\]:?)?\s{2,24}(?:[\w.]{1,60} ?= ?)?(?:\w{1,30}\.){0,3}new_(?:group|subgroups\w{0,20})\((?:[^)\n]{0,200}[ ,(])?backend ?= ?["']gloo["']|^(?:[^\n]{0,40}\]:?)?\s{2,24}\w{1,40} ?= ?ProcessGroupGloo\(/,
    sees: [
      '    self.group = dist.new_group(backend="gloo", timeout=timedelta(minutes=10))',
      "[rank3]:     cpu_group = torch.distributed.new_group(ranks, backend='gloo')",
      '    backend_class = ProcessGroupGloo(',
    ],
    ignores: [
      'using new_group(backend="gloo") for the CPU side',
      'torch.distributed.init_process_group(backend="gloo")',
    ],
  },
  {
    id: 'gloo.loopback-fallback',
    summary: 'Gloo binds to the loopback address because the host name does not lead to an interface',
    // Harmless within one host; between hosts nobody else reaches it.
    role: 'context',
    weighs: { 'socket-interface-mismatch': 1.8, 'rendezvous-resolution': 1.4 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroupGloo.cpp',
    literals: ['loopback address as fallback'],
    pattern: /[Uu]sing the loopback address as fallback/,
    sees: [
      '[W ProcessGroupGloo.cpp:721] Warning: Unable to resolve hostname to a (local) address. Using the loopback address as fallback. Manually set the network interface to bind to with GLOO_SOCKET_IFNAME. (function operator())',
    ],
    ignores: ['loopback address 127.0.0.1 is up'],
  },
]);
