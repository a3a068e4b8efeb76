import { lineDetector } from './line-patterns.ts';

const ports = 'https://man7.org/linux/man-pages/man7/ip.7.html';
// ip_unprivileged_port_start is 1024 where nobody has changed it; 0 asks for any free port.
const privileged = String.raw`(?:[1-9]\d{0,2}|10[01]\d|102[0-3])(?![\d\]]|[.:]\d)`;

/** Ports below 1024, which only root and what has its capability may listen on: asked for, and refused. */
export const privilegedPorts = lineDetector('privileged-ports', [
  {
    id: 'port.bind.privileged',
    summary: 'a program may not listen on a port below 1024, which it was told to use',
    role: 'cause',
    weighs: { 'user-code-error': 3.8, 'launcher-rank-misconfig': 2.6, 'permission-misconfig': 1.4 },
    source: ports,
    literals: ['permission denied'],
    pattern: new RegExp(
      String.raw`\b(?:bind|listen)\b[^\n]{0,120}?(?::| port |, )${privileged}[^\n]{0,60}[Pp]ermission denied`,
      'i',
    ),
    sees: [
      '[W socket.cpp:426] [c10d] The server socket has failed to bind to [::]:1 (errno: 13 - Permission denied).',
      'listen tcp :80: bind: permission denied',
      'nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)',
      'Bind to port 22 on 0.0.0.0 failed: Permission denied.',
    ],
    ignores: [
      'The server socket has failed to bind to [::1]:29500 (errno: 13 - Permission denied).',
      'listen unix /run/app.sock: bind: permission denied',
    ],
  },
  {
    // Root may listen there, in a container as well: what is asked for alone says little.
    id: 'launcher.port.privileged',
    summary: 'the ranks are told to meet at a port below 1024, which is kept for root',
    role: 'context',
    weighs: { 'user-code-error': 0.6, 'launcher-rank-misconfig': 0.6 },
    source: ports,
    literals: [
      'master_port',
      'master-port',
      'main_process_port',
      'main-process-port',
      'rdzv_endpoint',
      'rdzv-endpoint',
      'dist-url',
      'dist_url',
      'init_method',
      'init-method',
    ],
    pattern: new RegExp(
      String.raw`(?:--?|\b)(?:master|main[_-]process)[_-]port["']?(?:\s{0,2}[=:]\s{0,2}|\s{1,4})["']?${privileged}|(?:--?|\b)(?:rdzv[_-]endpoint|dist[_-]url|init[_-]method)["']?(?:\s{0,2}[=:]\s{0,2}|\s{1,4})["']?(?:tcp:\/\/)?[\w.$\[\]{}-]{1,80}:${privileged}`,
      'i',
    ),
    sees: [
      '$ python -m torch.distributed.run --nproc_per_node 2 --master_port 1 train.py',
      'export MASTER_PORT=80',
      'torchrun --nnodes 2 --rdzv_endpoint=node-01:443 train.py',
      'accelerate launch --main_process_port 999 train.py',
    ],
    ignores: [
      'torchrun --master_port 29500 train.py',
      'torchrun --master_port=0 train.py',
      'export MASTER_PORT=1024',
      '--rdzv_endpoint=10.0.0.1:29400',
    ],
  },
  {
    // Whoever opens a file is told its name; a socket, a signal or a call to the kernel has none.
    id: 'permission.denied.unnamed',
    summary: 'something is refused, and the error names no file: a socket, a signal or a call to the kernel',
    role: 'cause',
    weighs: { 'permission-misconfig': 3.6, 'user-code-error': 1.2, 'launcher-rank-misconfig': 0.6 },
    source: 'https://man7.org/linux/man-pages/man2/bind.2.html',
    literals: ['permission denied'],
    pattern:
      /\b(?:RuntimeError|OSError|PermissionError|socket\.error|system_error)(?::|\s{0,4}-)\s(?:\[Errno 13\]\s)?[Pp]ermission denied[."',\s]{0,6}$/,
    sees: [
      'RuntimeError: Permission denied',
      '    "message": "RuntimeError: Permission denied",',
      'PermissionError: [Errno 13] Permission denied',
    ],
    ignores: [
      "PermissionError: [Errno 13] Permission denied: '/data/run/ckpt'",
      "mkdir: cannot create directory '/data/run': Permission denied",
    ],
  },
]);
