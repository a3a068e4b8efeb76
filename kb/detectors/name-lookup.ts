import { lineDetector } from './line-patterns.ts';

/** Public services have a reader of their own: their names say nothing about how the ranks find each other. */
const elsewhere = String.raw`(?![^\n]{0,600}(?:huggingface|hf\.co\b|pypi|pythonhosted|github|gitlab|amazonaws|googleapis|docker\.io|nvcr\.io|wandb|comet|mlflow|neptune|anaconda|https?:|modelscope|kaggle|\bproxy\b|registry))`;

/** Names of the job's own hosts that do not resolve: resolvers of Go, gRPC, C and Python, and tools that ask for names. */
export const nameLookup = lineDetector('name-lookup', [
  {
    id: 'name.host.unresolved',
    summary: 'the name of a host of the job does not resolve',
    role: 'cause',
    weighs: { 'rendezvous-resolution': 4.6, 'socket-interface-mismatch': 0.5 },
    source: 'https://github.com/grpc/grpc/blob/master/src/core/resolver/dns/c_ares/grpc_ares_wrapper.cc',
    literals: [
      'no such host',
      'dns resolution failed',
      'c-ares status is not',
      'dns server returned',
      "can't resolve",
      "can't find",
      'nxdomain',
      'gethostbyname',
      'does not resolve',
      'not resolvable',
      'be resolved',
      'resolve ',
      'unknown host',
      'unknownhostexception',
      'host not found',
      'herror',
    ],
    pattern: new RegExp(
      String.raw`^${elsewhere}[^\n]{0,2000}?(?:\blookup [\w.-]{2,120}(?: on \S{3,50})?: no such host|DNS resolution failed for|C-ares status is not ARES_SUCCESS|nslookup: can't resolve|server can't find [\w.-]{2,120}: (?:NXDOMAIN|SERVFAIL)|\*\* server can't find|gethostbyname(?:_r|2)?\([^)\n]{0,120}\)[^\n]{0,20}(?:failed|returned|error)|\b(?:host ?name|host|node|address|endpoint|master|MASTER_ADDR|peer)\b[^\n]{0,60}(?:does not resolve|not resolvable|(?:cannot|could not|can't) be resolved)|(?:[Uu]nable|[Ff]ailed|[Cc]annot|[Cc]ould not) (?:to )?resolve (?:the )?(?:(?:master|rendezvous|remote|peer|head|coordinator|server) )?(?:host ?name|hostname|host|address|node|endpoint)\b(?! to a \(local\) address)|UnknownHostException|[Uu]nknown host:? [\w.-]{2,80}$|\bsocket\.herror)`,
    ),
    sees: [
      'dial tcp: lookup train-worker-0.train.default.svc.cluster.local on 10.96.0.10:53: no such host',
      'E0101 00:00:00.1 1 wrapped_grpc.cc:12] DNS resolution failed for coordinator-0:8476: C-ares status is not ARES_SUCCESS qtype=A name=coordinator-0 is_balancer=0: Domain name not found',
      "nslookup: can't resolve 'worker-0.workers'",
      "** server can't find train-master-0: NXDOMAIN",
      'gethostbyname(master-0) failed',
      'RuntimeError: hostname of node-07 does not resolve; MASTER_ADDR=node-07',
    ],
    ignores: [
      'lookup huggingface.co on 10.96.0.10:53: no such host',
      'unable to resolve conflict between versions',
      'Warning: Unable to resolve hostname to a (local) address. Using the loopback address as fallback.',
      "ERROR: Cannot resolve host name in 'https://pypi.org/simple'",
    ],
  },
  {
    id: 'rendezvous.store.unreachable',
    summary: 'the key-value store over which the ranks meet cannot be reached',
    role: 'cause',
    weighs: { 'rendezvous-resolution': 3.4, 'firewall-blocked': 1.8, 'socket-interface-mismatch': 0.8 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/elastic/rendezvous/etcd_rendezvous.py',
    literals: ['etcd'],
    pattern:
      /\bEtcd(?:ConnectionFailed|Exception)\b(?![^\n]{0,40}import)|etcd[^\n]{0,60}(?:connection (?:refused|failed|timed out)|unable to connect|cannot connect|no machines available|MaxRetryError)/i,
    sees: [
      'etcd.EtcdConnectionFailed: Connection to etcd failed due to MaxRetryError("HTTPConnectionPool(host=\'10.0.0.1\', port=2379)")',
      'EtcdStoragePlugin: unable to connect etcd://10.0.0.1:2379: context deadline exceeded',
    ],
    ignores: ['Etcd machines: [http://10.0.0.1:2379]'],
  },
  {
    id: 'rendezvous.store.call-failed',
    summary: 'a call to the store of the rendezvous did not come back well',
    role: 'context',
    weighs: { 'rendezvous-resolution': 0.9, 'firewall-blocked': 0.7, 'socket-interface-mismatch': 0.3 },
    source:
      'https://github.com/pytorch/pytorch/blob/main/torch/distributed/elastic/rendezvous/c10d_rendezvous_backend.py',
    literals: [
      'c10d_rendezvous_backend.py',
      'etcd_rendezvous_backend.py',
      'static_tcp_rendezvous.py',
      '_create_tcp_store',
    ],
    pattern:
      /(?:c10d|etcd)_rendezvous_backend\.py", line \d{1,5}, in (?:_call_store|_create_tcp_store|get_state|set_state)|static_tcp_rendezvous\.py", line \d{1,5}, in next_rendezvous/,
    sees: [
      '  File "/opt/conda/lib/python3.10/site-packages/torch/distributed/elastic/rendezvous/c10d_rendezvous_backend.py", line 115, in _call_store',
      '  File "/x/torch/distributed/elastic/rendezvous/static_tcp_rendezvous.py", line 55, in next_rendezvous',
    ],
    ignores: ['  File "/x/torch/distributed/elastic/rendezvous/dynamic_rendezvous.py", line 408, in sync'],
  },
]);
