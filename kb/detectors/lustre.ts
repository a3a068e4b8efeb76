import { lineDetector } from './line-patterns.ts';

const ptlrpc = 'https://github.com/lustre/lustre-release/blob/master/lustre/ptlrpc/import.c';
const client = 'https://github.com/lustre/lustre-release/blob/master/lustre/ptlrpc/client.c';
const lnet = 'https://github.com/lustre/lustre-release/blob/master/lnet/klnds/o2iblnd/o2iblnd_cb.c';

/** Lustre and its network: clients that lose a target, are thrown out, or wait. */
export const lustre = lineDetector('lustre', [
  {
    id: 'lustre.client.evicted',
    summary: 'a Lustre server threw this client out',
    role: 'cause',
    weighs: { 'shared-fs-problem': 6, 'rdma-link-fault': 0.5 },
    source: ptlrpc,
    literals: ['evicted by', 'evicted from', 'was evicted', 'am evicting', 'this client was banned'],
    pattern:
      /This client was (?:evicted|banned) by|\bEvicted from \S{1,80} \(at|A client on nid \S{1,80} was evicted|I think it's dead, and I am evicting it/,
    sees: [
      'LustreError: 167-0: data-OST0003-osc-ffff: This client was evicted by data-OST0003; in progress operations using this service will fail.',
      "Lustre: data-MDT0000: haven't heard from client 1a2b (at 10.0.0.5@o2ib) in 227 seconds. I think it's dead, and I am evicting it. exp 1, cur 2 deadline 3 last 4",
    ],
    ignores: ['Lustre: Lustre: Build Version: 2.15.3'],
  },
  {
    id: 'lustre.connection.lost',
    summary: 'a Lustre client lost a target',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.8, 'rdma-link-fault': 0.7 },
    source: ptlrpc,
    literals: ['was lost', 'connection denied by', 'failed due bad handle'],
    pattern:
      /Connection to \S{1,80} \(at [^)\n]{1,80}\) was lost|Lustre(?:Error)?: [^\n]{0,120}(?:connection denied by|failed due bad handle)/,
    sees: [
      'Lustre: data-MDT0000-mdc-ffff: Connection to data-MDT0000 (at 10.0.1.9@o2ib) was lost; in progress operations using this service will wait for recovery to complete',
    ],
    ignores: ['Lustre: data-MDT0000-mdc-ffff: Connection restored to 10.0.1.9@o2ib (at 10.0.1.9@o2ib)'],
  },
  {
    // It was sent in time: the server was slow, or request or reply were lost.
    id: 'lustre.request.timed-out',
    summary: 'a Lustre request had no answer in time',
    role: 'cause',
    weighs: { 'shared-fs-problem': 3.8, 'rdma-link-fault': 1 },
    source: client,
    literals: ['ptlrpc_expire_one_request', 'request sent has', 'processing requests too slowly', 'service thread pid'],
    pattern:
      /^(?![^\n]{0,600}has (?:failed due to network error|timed out for sent delay))[^\n]{0,300}?(?:ptlrpc_expire_one_request|@@@ Request sent has timed out|is processing requests too slowly, client may timeout|service thread pid \d+ was inactive for)/,
    sees: [
      'Lustre: 3315:0:(client.c:2116:ptlrpc_expire_one_request()) @@@ Request sent has timed out for slow reply: [sent 1619790610/real 1619790610]  req@00 x1/t0(0)',
      "Lustre: 'ldlm_cbd' is processing requests too slowly, client may timeout. Late by 12s",
    ],
    ignores: [
      'Lustre: Mounted data-client',
      'Lustre: 3315:0:(client.c:2116:ptlrpc_expire_one_request()) @@@ Request sent has failed due to network error: [sent 1619790610/real 1619790610]  req@00 x1/t0(0)',
    ],
  },
  {
    // rq_net_err: the network gave the request or its bulk data up. So it does where a server is dead.
    id: 'lustre.request.network-error',
    summary: "Lustre's network could not deliver a request or its data",
    role: 'cause',
    weighs: { 'shared-fs-problem': 2.8, 'rdma-link-fault': 2, 'facility-fault': 0.7 },
    source: client,
    literals: ['has failed due to network error'],
    pattern: /\bRequest (?:x\d{1,20} )?sent (?:[^\n]{0,160}? )?has failed due to network error/,
    sees: [
      'Lustre: 3315:0:(client.c:2116:ptlrpc_expire_one_request()) @@@ Request sent has failed due to network error: [sent 1619790610/real 1619790610]  req@00 x1/t0(0)',
    ],
    ignores: [
      'Lustre: 3315:0:(client.c:2116:ptlrpc_expire_one_request()) @@@ Request sent has timed out for slow reply: [sent 1619790610/real 1619790610]  req@00 x1/t0(0)',
    ],
  },
  {
    // Until its deadline the network did not say that it had sent it: no credits of the peer, which is slow or out of reach.
    id: 'lustre.request.not-sent',
    summary: 'a Lustre request did not leave the node in time',
    role: 'cause',
    weighs: { 'shared-fs-problem': 2.8, 'rdma-link-fault': 1.8, 'facility-fault': 0.5 },
    source: client,
    literals: ['has timed out for sent delay'],
    pattern: /\bRequest (?:x\d{1,20} )?sent (?:[^\n]{0,160}? )?has timed out for sent delay/,
    sees: [
      'Lustre: 3315:0:(client.c:2116:ptlrpc_expire_one_request()) @@@ Request sent has timed out for sent delay: [sent 1619790610/real 0]  req@00 x1/t0(0)',
    ],
    ignores: [
      'Lustre: 3315:0:(client.c:2116:ptlrpc_expire_one_request()) @@@ Request sent has timed out for slow reply: [sent 1619790610/real 1619790610]  req@00 x1/t0(0)',
    ],
  },
  {
    id: 'lustre.server.recovering',
    summary: 'a Lustre server starts anew and takes its clients back, or is too busy to answer one',
    role: 'context',
    weighs: { 'shared-fs-problem': 1.8 },
    source: 'https://github.com/lustre/lustre-release/blob/master/lustre/ldlm/ldlm_lib.c',
    literals: [
      'recovery over after',
      'in recovery for at least',
      'refused connection, still busy',
      'not sending early reply',
    ],
    pattern:
      /Lustre: [^\n]{0,160}(?:Recovery over after \d|[Ww]ill be in recovery for at least|refused connection, still busy|not sending early reply)/,
    sees: [
      'Lustre: data-MDT0000: Will be in recovery for at least 2:30, or until 12 clients reconnect',
      "Lustre: 4242:0:(service.c:1339:ptlrpc_at_send_early_reply()) @@@ Couldn't add any time (5/5), not sending early reply",
    ],
    ignores: ['Lustre: data-MDT0000-mdc-ffff: Connection restored to 10.0.1.9@o2ib (at 10.0.1.9@o2ib)'],
  },
  {
    id: 'lustre.operation.failed',
    summary: 'a Lustre operation failed on its server',
    role: 'cause',
    weighs: { 'shared-fs-problem': 5, 'rdma-link-fault': 0.5 },
    source: client,
    literals: ['lustreerror'],
    pattern: /LustreError: /,
    sees: [
      'LustreError: 11-0: data-OST0003-osc: operation ost_read to node 10.0.1.9@o2ib failed: rc = -107',
      'LustreError: 4242:0:(file.c:4321:ll_inode_revalidate_fini()) data: revalidate FID [0x2:0x1:0x0] error: rc = -108',
    ],
    ignores: ['Lustre: Lustre: Build Version: 2.15.3'],
  },
  {
    id: 'lustre.network.failed',
    summary: "Lustre's network lost a peer",
    role: 'cause',
    weighs: { 'shared-fs-problem': 2.8, 'rdma-link-fault': 2 },
    source: lnet,
    literals: ['lneterror', 'lnet: '],
    pattern:
      /LNetError: |LNet: [^\n]{0,200}(?:\bCan't accept conn from|\bTimed out (?:tx|RDMA)|no routes? to|node may be down|connection failed)/i,
    sees: [
      'LNetError: 4242:0:(o2iblnd_cb.c:3420:kiblnd_check_txs_locked()) Timed out tx: active_txs, 1 seconds',
      'LNet: 4242:0:(socklnd_cb.c:2000:ksocknal_find_timed_out_conn()) A connection with 12345-10.0.1.9@tcp (10.0.1.9:988) timed out; the network or node may be down.',
    ],
    ignores: [
      'LNet: Added LNI 10.0.0.5@o2ib [8/256/0/180]',
      'LNet: HW NUMA nodes: 2, HW CPU cores: 128, npartitions: 2',
    ],
  },
]);
