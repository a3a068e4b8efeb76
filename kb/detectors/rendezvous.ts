import { lineDetector } from './line-patterns.ts';

const processGroup = 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp';
const socket = 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/socket.cpp';
const envRendezvous = 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/rendezvous.py';
const dynamic =
  'https://github.com/pytorch/pytorch/blob/main/torch/distributed/elastic/rendezvous/dynamic_rendezvous.py';

/** How processes find each other before torch's first collective: store, environment, elastic rendezvous. */
export const rendezvous = lineDetector('rendezvous', [
  {
    id: 'torch.store.first-collective-awaited',
    summary: 'a rank waited in vain for another to begin the first collective: that one was alive and busy elsewhere',
    role: 'cause',
    weighs: {
      'long-rank0-work-timeout': 3.6,
      'collective-mismatch': 1.5,
      'dataloader-stall': 0.6,
      'user-code-error': 0.6,
      'launcher-rank-misconfig': 0.6,
      'socket-interface-mismatch': 0.4,
      'shared-fs-problem': 0.4,
    },
    source: processGroup,
    literals: ['but store->get('],
    pattern:
      /\[(?<rank>\d{1,6})\] is setting up NCCL communicator[^\n]{0,200}but store->get\('[^']{1,60}'\) got error: (?:Socket Timeout|Timeout waiting for key|[Ww]ait timeout after)/,
    sees: [
      "RuntimeError: [1] is setting up NCCL communicator and retreiving ncclUniqueId from [0] via c10d key-value store by key '0', but store->get('0') got error: Socket Timeout",
      "torch.distributed.DistBackendError: [3] is setting up NCCL communicator and retrieving ncclUniqueId from [0] via c10d key-value store by key '0', but store->get('0') got error: Timeout waiting for key: default_pg/0/0 after 1800000 ms",
    ],
    ignores: [
      "[1] is setting up NCCL communicator and retrieving ncclUniqueId from [0] via c10d key-value store by key '0', but store->get('0') got error: Connection reset by peer",
    ],
  },
  {
    id: 'torch.store.first-collective-broken',
    summary: 'the store went away before the first collective: the process that held it ended first',
    role: 'symptom',
    weighs: { 'user-code-error': 0.3 },
    source: processGroup,
    literals: ['but store->get(', 'but got error: ', 'but store->set('],
    pattern:
      /\[(?<rank>\d{1,6})\] is setting up NCCL communicator[^\n]{0,200}but (?:store->[gs]et\('[^']{1,60}'\) )?got error: (?!Socket Timeout|Timeout waiting|[Ww]ait timeout)/,
    sees: [
      "torch.distributed.DistBackendError: [1] is setting up NCCL communicator and retrieving ncclUniqueId from [0] via c10d key-value store by key '0', but store->get('0') got error: Connection reset by peer",
    ],
    ignores: [
      "[1] is setting up NCCL communicator and retrieving ncclUniqueId from [0] via c10d key-value store by key '0', but store->get('0') got error: Socket Timeout",
    ],
  },
  {
    id: 'torch.store.barrier-crowded',
    summary:
      'more processes joined than the world has: a second launch shares the address, or each rank was started twice',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4.8, 'rendezvous-resolution': 2.4, 'foreign-gpu-process': 0.5 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/distributed_c10d.py',
    literals: ['worker_count=', 'num_workers_joined='],
    pattern:
      /world_size=(?:1, (?:worker_count|num_workers_joined)=(?:[2-9]|\d{2,5})|2, (?:worker_count|num_workers_joined)=(?:[3-9]|\d{2,5})|3, (?:worker_count|num_workers_joined)=(?:[4-9]|\d{2,5})|4, (?:worker_count|num_workers_joined)=(?:[5-9]|\d{2,5})|[5-7], (?:worker_count|num_workers_joined)=(?:[89]|\d{2,5})|[89], (?:worker_count|num_workers_joined)=\d{2,5}|1[0-6], (?:worker_count|num_workers_joined)=(?:1[7-9]|[2-9]\d|\d{3,5})|(?:2\d|3[0-2]), (?:worker_count|num_workers_joined)=(?:3[3-9]|[4-9]\d|\d{3,5})|\d{2}, (?:worker_count|num_workers_joined)=\d{3,5}),/,
    sees: [
      'Waiting in store based barrier to initialize process group for rank: 0, key: store_based_barrier_key:1 (world_size=4, worker_count=8, timeout=0:30:00)',
    ],
    ignores: [
      'Waiting in store based barrier to initialize process group for rank: 0, key: store_based_barrier_key:1 (world_size=16, worker_count=8, timeout=0:30:00)',
    ],
  },
  {
    id: 'torch.store.barrier-missing-ranks',
    summary: 'the launcher names ranks that did not come to its barrier',
    role: 'symptom',
    weighs: { 'rendezvous-resolution': 0.6, 'launcher-rank-misconfig': 0.5, 'host-hardware-fault': 0.3 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/elastic/utils/store.py',
    literals: ['missing_ranks='],
    pattern:
      /Timed out waiting on barrier on rank (?<rank>\d{1,6})[^\n]{0,200}missing_ranks=(?<missing>[\d, [\]]{1,100})/,
    sees: [
      'torch.distributed.DistStoreError: Timed out waiting on barrier on rank 0, for key prefix: torchelastic/assigned_ranks (world_size=4, missing_ranks=1, 3, timeout=300)',
    ],
    ignores: ['missing_ranks=none'],
  },
  {
    id: 'torch.env-rendezvous.variable-missing',
    summary: 'the launcher did not tell a process its rank, the world size or the address',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 5.2, 'user-code-error': 2.4, 'rendezvous-resolution': 0.5 },
    source: envRendezvous,
    literals: [
      'error initializing torch.distributed',
      'is absent in rendezvousparameters',
      'endpoint is absent in',
      'port is absent in endpoint',
      'expected, but not set',
      'raise _env_error(',
    ],
    pattern:
      /Error initializing torch\.distributed using (?:env|tcp|file):\/\/ rendezvous|environment variable (?:RANK|WORLD_SIZE|LOCAL_RANK|MASTER_ADDR|MASTER_PORT) expected, but not set|(?:rank|endpoint) is absent in RendezvousParameters|Port is absent in endpoint|^[^\n]{0,40}?\s{2,12}raise _env_error\(/i,
    sees: [
      'ValueError: Error initializing torch.distributed using env:// rendezvous: environment variable RANK expected, but not set',
      '    raise _env_error("MASTER_ADDR")',
    ],
    ignores: ['MASTER_PORT not set, using 29500'],
  },
  {
    id: 'torch.rendezvous.endpoint-malformed',
    summary: 'the address or port of the rendezvous is no valid one',
    role: 'cause',
    weighs: { 'rendezvous-resolution': 3.2, 'launcher-rank-misconfig': 2.6, 'user-code-error': 1.2 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/elastic/rendezvous/utils.py',
    literals: ['of the rendezvous endpoint', 'port must have value from 0 to 65535'],
    pattern:
      /(?:hostname|port number) of the rendezvous endpoint '[^']{0,120}' must be|port must have value from 0 to 65535 but was/,
    sees: [
      "ValueError: The hostname of the rendezvous endpoint 'node_0:29500' must be a dot-separated list of labels, an IPv4 address, or an IPv6 address.",
    ],
    ignores: ['rdzv_endpoint   : node-00:29500'],
  },
  {
    id: 'torch.rendezvous.connect-timed-out',
    summary: 'packets to the rendezvous port get no answer at all',
    role: 'cause',
    weighs: { 'firewall-blocked': 3.2, 'rendezvous-resolution': 3, 'socket-interface-mismatch': 1.4 },
    source: socket,
    literals: ['(errno: 110'],
    pattern: /client socket has failed to connect to [^\n]{0,160}\(errno: 110/,
    sees: [
      '[W socket.cpp:663] [c10d] The client socket has failed to connect to [node-00]:29500 (errno: 110 - Connection timed out).',
    ],
    ignores: ['(errno: 111 - Connection refused)'],
  },
  {
    id: 'torch.rendezvous.connect-retried',
    summary: 'the rendezvous port was not open yet, or the loopback has no IPv6; torch tries again',
    role: 'context',
    weighs: { 'rendezvous-resolution': 0.6, 'launcher-rank-misconfig': 0.3 },
    source: socket,
    literals: ['(errno: 111', '(errno: 99', 'is listening yet, will retry'],
    pattern:
      /client socket has failed to connect to [^\n]{0,160}\(errno: (?:111|99)\b|No socket on \([^)\n]{1,120}\) is listening yet, will retry/,
    sees: [
      '[W socket.cpp:663] [c10d] The client socket has failed to connect to [localhost]:29500 (errno: 99 - Cannot assign requested address).',
    ],
    ignores: ['(errno: 110 - Connection timed out)'],
  },
  {
    id: 'torch.rendezvous.node-dropped',
    summary: 'the rendezvous lost a node: it sent no heartbeat or failed to reach the store',
    role: 'symptom',
    weighs: { 'host-hardware-fault': 0.4, 'firewall-blocked': 0.3, 'facility-fault': 0.3, 'host-oom': 0.2 },
    source: dynamic,
    literals: ['no heartbeat', 'send a keep-alive heartbeat', 'failed to shutdown the rendezvous'],
    pattern:
      /node\(s\)[^\n]{0,300}removed from the rendezvous[^\n]{0,200}no heartbeat|node '(?<node>[\w.-]{1,120}?)_\d{1,9}_\d{1,9}' has failed to (?:send a keep-alive heartbeat|shutdown the rendezvous)/,
    sees: [
      "WARNING:torch.distributed.elastic.rendezvous.dynamic_rendezvous:The node 'node-05_4242_0' has failed to send a keep-alive heartbeat to the rendezvous 'job-7' due to an error of type RendezvousConnectionError.",
    ],
    ignores: ['sending a keep-alive heartbeat'],
  },
  {
    id: 'net.service.unresolved',
    summary: 'a service on the internet has no address here; no matter of the rendezvous',
    role: 'context',
    weighs: { 'rendezvous-resolution': -3.5, 'user-code-error': 1.2, 'firewall-blocked': 0.4 },
    source: 'https://urllib3.readthedocs.io/en/stable/reference/urllib3.exceptions.html',
    literals: ['nameresolutionerror', 'httpsconnectionpool(', 'httpconnectionpool(', 'could not resolve host: '],
    pattern:
      /NameResolutionError|HTTPS?ConnectionPool\(host='[^']{3,120}'[^\n]{0,600}(?:Name or service not known|Temporary failure in name resolution|Failed to resolve|getaddrinfo)|Could not resolve host: [\w-]{1,60}(?:\.[\w-]{1,60}){1,6}/,
    sees: [
      "requests.exceptions.ConnectionError: (MaxRetryError('HTTPSConnectionPool(host=\\'huggingface.co\\', port=443): Max retries exceeded with url: /gpt2 (Caused by NameResolutionError(\"Failed to resolve \\'huggingface.co\\' ([Errno -3] Temporary failure in name resolution)\"))'))",
    ],
    ignores: ['ssh: Could not resolve hostname node-03: Temporary failure in name resolution'],
  },
]);
