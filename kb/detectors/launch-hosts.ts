import { lineDetector } from './line-patterns.ts';

const deepspeed = 'https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/launcher/runner.py';
const ssh = 'https://github.com/openssh/openssh-portable/blob/master/sshconnect.c';

/** How launchers reach the other hosts: ssh, pdsh and the host lists of DeepSpeed. */
export const launchHosts = lineDetector('launch-hosts', [
  {
    id: 'launch.ssh.check-failed',
    summary: 'the launcher cannot log in to a host without a password, or cannot reach it',
    role: 'cause',
    weighs: {
      'permission-misconfig': 3,
      'rendezvous-resolution': 1.6,
      'launcher-rank-misconfig': 1,
      'firewall-blocked': 0.8,
    },
    source: deepspeed,
    literals: ['was not reachable via ssh', 'ssh not successful for host'],
    pattern: /host=(?<node>[\w.-]{1,63}) was not reachable via ssh|ssh not successful for host/,
    sees: [
      'RuntimeError: Using hostfile at /job/hostfile but host=node-03 was not reachable via ssh. If you are running with a single node please remove /job/hostfile or setup passwordless ssh.',
      'ssh not successful for host node-03:',
    ],
    ignores: ['host=node-03 was reachable via ssh'],
  },
  {
    id: 'launch.ssh.unreachable',
    summary: 'a node cannot be reached by ssh: packets are dropped, the way is missing, or the node is down',
    role: 'cause',
    weighs: { 'firewall-blocked': 3, 'rendezvous-resolution': 1.8, 'host-hardware-fault': 1.4, 'facility-fault': 0.6 },
    source: ssh,
    literals: ['ssh: connect to host'],
    pattern:
      /ssh: connect to host (?<node>[\w.-]{1,63}) port \d{1,5}: (?:Connection timed out|Operation timed out|No route to host|Network is unreachable)/,
    sees: [
      'node-03: ssh: connect to host node-03 port 22: Connection timed out',
      'ssh: connect to host 10.0.0.3 port 22: No route to host',
    ],
    ignores: ['ssh: connect to host node-03 port 22: Connection refused'],
  },
  {
    id: 'launch.ssh.refused',
    summary: 'a node has no ssh server on the port in use',
    role: 'cause',
    weighs: {
      'rendezvous-resolution': 2.6,
      'launcher-rank-misconfig': 1.6,
      'firewall-blocked': 1.4,
      'permission-misconfig': 1.4,
    },
    source: ssh,
    literals: [': connect: connection ', 'ssh: connect to host', 'mcmd: connect failed'],
    pattern:
      /ssh: connect to host (?<node>[\w.-]{1,63}) port \d{1,5}: Connection refused|pdsh@[\w.-]{1,63}: [\w.-]{1,63}: (?:mcmd: connect failed|connect: Connection (?:refused|timed out))/,
    sees: [
      'ssh: connect to host node-03 port 2222: Connection refused',
      'pdsh@node-00: node-03: connect: Connection refused',
    ],
    ignores: ['ssh: connect to host node-03 port 22: Connection timed out'],
  },
  {
    id: 'launch.ssh.dropped',
    summary: 'an ssh connection was closed by the node before or during the login',
    role: 'cause',
    weighs: { 'permission-misconfig': 2, 'host-hardware-fault': 1.2, 'ulimit-too-low': 0.6, 'firewall-blocked': 0.8 },
    source: ssh,
    literals: [
      'closed by remote host',
      'kex_exchange_identification',
      'ssh_exchange_identification',
      'exited with exit code 255',
      'client_loop: send disconnect',
      'connection closed by ',
      'timeout, server ',
      'exited with status 255',
    ],
    pattern:
      /(?<!sshd(?:-session)?\[\d{1,8}\]: error: )(?:kex|ssh)_exchange_identification: (?:read: )?Connection (?:closed|reset)|client_loop: send disconnect: Broken pipe|pdsh@[\w.-]{1,63}: (?<node>[\w.-]{1,63}): ssh exited with exit code 255|Connection to \S{1,80} closed by remote host|(?<!sshd[\w-]{0,12}\[\d{1,8}\]: )Connection closed by (?:[\d.]{7,15}|[0-9a-f:]{3,39}) port 22\s{0,2}$|^(?:[^\n]{0,80}: )?Timeout, server [\w.-]{1,63} not responding\.|clush: [\w.,[\]-]{1,160}: exited with exit code 255|downstream from host [\w.-]{1,63} exited with status 255/,
    sees: [
      'kex_exchange_identification: Connection closed by remote host',
      'pdsh@node-00: node-03: ssh exited with exit code 255',
      'Connection closed by 10.0.0.5 port 22',
      'Timeout, server node-03 not responding.',
      'clush: node-03: exited with exit code 255',
    ],
    ignores: ['pdsh@node-00: node-03: ssh exited with exit code 1'],
  },
  {
    id: 'launch.remote.program-missing',
    summary: 'the program that was to be started is not on a remote node under that path',
    role: 'cause',
    weighs: { 'user-code-error': 2.6, 'shared-fs-problem': 1.6, 'launcher-rank-misconfig': 0.6 },
    source: 'https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/launcher/multinode_runner.py',
    literals: [': bash: '],
    pattern: /^(?<node>[\w.-]{1,63}): bash: (?:line \d{1,3}: )?\/?\S{1,200}: No such file or directory/,
    sees: ['node-03: bash: line 1: /opt/conda/bin/python: No such file or directory'],
    ignores: ['bash: /opt/x: No such file or directory'],
  },
  {
    id: 'launch.pdsh.ended',
    summary: 'the launch on a node ended with an error; the reason stands elsewhere',
    role: 'symptom',
    weighs: {},
    source: 'https://github.com/chaos/pdsh',
    literals: ['ssh exited with exit code'],
    pattern: /pdsh@[\w.-]{1,63}: (?<node>[\w.-]{1,63}): ssh exited with exit code (?!255)[1-9]\d{0,2}/,
    sees: ['pdsh@node-00: node-03: ssh exited with exit code 1'],
    ignores: ['pdsh@node-00: node-03: ssh exited with exit code 255'],
  },
  {
    id: 'launch.hostfile.wrong',
    summary: 'the list of hosts and slots does not say what the launch asks for',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 5, 'user-code-error': 1.2 },
    source: deepspeed,
    literals: [
      'not found in hostfile',
      'specified on host',
      'hostfile contains',
      'hostfile is empty',
      'hostfile is not formatted',
      'bad hostfile text',
      'no gpu resources available',
      'include_str and exclude_str',
    ],
    pattern:
      /Hostname '[^'\n]{1,80}' not found in hostfile|No slot '\d{1,4}' specified on host|Hostfile contains (?:multiple entries|a bad entry|duplicate)|Hostfile is (?:empty|not formatted)|Bad hostfile text|no GPU resources available|include_str and exclude_str are mutually exclusive/,
    sees: [
      "ValueError: No slot '4' specified on host 'worker-0'",
      "ValueError: Hostname 'worker-1' not found in hostfile",
      'RuntimeError: Unable to proceed, no GPU resources available',
    ],
    ignores: ['Using hostfile /job/hostfile'],
  },
  {
    id: 'launch.hostfile.not-found',
    summary: 'the launcher finds no list of hosts and uses this machine alone',
    role: 'context',
    weighs: { 'launcher-rank-misconfig': 0.2 },
    source: deepspeed,
    literals: ['unable to find hostfile'],
    pattern: /Unable to find hostfile, will proceed with training/,
    sees: [
      '[WARNING] [runner.py:190:fetch_hostfile] Unable to find hostfile, will proceed with training with local resources only.',
    ],
    ignores: ['hostfile found'],
  },
  {
    id: 'launch.mask.overridden',
    summary: 'the launcher ignores a GPU mask that was set before it',
    role: 'context',
    weighs: { 'launcher-rank-misconfig': 1.2 },
    source: deepspeed,
    literals: ['detected visible_devices=', 'detected cuda_visible_devices='],
    pattern: /Detected (?:CUDA_)?VISIBLE_DEVICES=\S{1,120}[^\n]{0,20} but ignoring it/,
    sees: [
      "[WARNING] Detected CUDA_VISIBLE_DEVICES=4,5 but ignoring it because one or several of --include/--exclude/--num_gpus/--num_nodes cl args were used. If you want to use CUDA_VISIBLE_DEVICES don't pass any of these arguments to deepspeed.",
    ],
    ignores: ['Detected VISIBLE_DEVICES=0,1: setting --include=localhost:0,1'],
  },
]);
