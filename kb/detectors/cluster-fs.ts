import { lineDetector } from './line-patterns.ts';

/** Cluster file systems beside Lustre: GPFS, BeeGFS, Weka, Ceph. */
export const clusterFs = lineDetector('cluster-fs', [
  {
    id: 'gpfs.node.expelled',
    summary: 'GPFS put this node out of its cluster, or gave up a file system',
    role: 'cause',
    weighs: { 'shared-fs-problem': 5.4, 'rdma-link-fault': 0.8 },
    source: 'https://www.ibm.com/docs/en/storage-scale/5.2.0?topic=messages-6027-300-6027-399',
    literals: [
      'lost membership in cluster',
      'being expelled',
      'has been expelled',
      'disk lease',
      'unmounted by the system with return code',
      'mmfsd',
      'mmfs: ',
      '6027-',
    ],
    pattern:
      /Lost membership in cluster|is being expelled (?:because|from|due)|has been expelled from|[Dd]isk lease (?:overdue|period expired|renewal (?:is )?overdue)|unmounted by the system with return code|mmfsd?\b[^\n]{0,80}(?:abnormal termination|shutting down|not responding|stale|Disk failure|unmounted|disconnected)|6027-(?:680|2710|2706|604|635|1613)\b/,
    sees: [
      'mmfs: [E] Node 10.0.0.5 (node-03) is being expelled because of an expired lease.',
      'mmfs: [N] Disk lease period expired 1.5 seconds ago in cluster data. Attempting to reacquire lease.',
      'mmfs: [E] Lost membership in cluster data. Unmounting file systems.',
    ],
    ignores: ['mmfs: [N] mmfsd ready', 'mmfsd starting at Fri Nov 20 03:12:59 2026'],
  },
  {
    id: 'ceph.client.lost',
    summary: 'a Ceph client lost a metadata server, a monitor or its right to write',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.6, 'rdma-link-fault': 0.4 },
    source: 'https://github.com/torvalds/linux/blob/master/fs/ceph/mds_client.c',
    literals: ['ceph: mds', 'ceph: ', 'slow ops', 'slow requests are blocked', 'health_err', 'mds_slow'],
    pattern:
      /ceph: mds\d{1,4} (?:hung|caps stale|reconnect (?:denied|failed)|rejected session|came back without)|ceph: [^\n]{0,60}mds\d{1,4} (?:hung|caps stale)|libceph: mon\d{1,3} [^\n]{0,60}(?:session lost|connect error)|libceph: mds\d{1,4} [^\n]{0,60}(?:connection reset|connect error)|ceph: [^\n]{0,60}(?:client )?(?:blocklisted|blacklisted)|\b[1-9]\d{0,6} slow (?:ops|requests are blocked)|HEALTH_ERR\b|MDS_SLOW_(?:REQUEST|METADATA_IO)/,
    sees: [
      'ceph: mds0 hung',
      'libceph: mon0 (1)10.0.1.2:6789 session lost, hunting for new mon',
      'ceph: mds0 rejected session',
      '3 slow ops, oldest one blocked for 120 sec, osd.12 has slow ops',
    ],
    ignores: [
      'libceph: client4242 fsid 1a2b',
      'libceph: osd3 (1)10.0.1.2:6801 socket closed (con state OPEN)',
      'health: HEALTH_OK',
    ],
  },
  {
    id: 'ceph.osd.reconnected',
    summary: 'a Ceph client connected to a store anew, or a store left',
    role: 'context',
    weighs: { 'shared-fs-problem': 0.8 },
    source: 'https://github.com/torvalds/linux/blob/master/net/ceph/osd_client.c',
    literals: ['libceph: osd'],
    pattern: /libceph: osd\d{1,5} [^\n]{0,60}(?:down|socket (?:closed|error)|connect error|weight 0x0)/,
    sees: ['libceph: osd3 (1)10.0.1.2:6801 socket closed (con state OPEN)', 'libceph: osd12 down'],
    ignores: ['libceph: osd12 up'],
  },
  {
    id: 'beegfs.server.unreachable',
    summary: 'a BeeGFS client cannot reach a server',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.8, 'rdma-link-fault': 0.6 },
    source: 'https://github.com/ThinkParQ/beegfs/blob/master/client_module/source/common/net/message/NetMessage.c',
    literals: ['beegfs'],
    pattern:
      /beegfs[^\n]{0,100}(?:[Cc]ommunication error|[Cc]onnect(?:ion)? (?:error|failed|timed out)|[Uu]nable to (?:connect|communicate)|not responding|unmounted|disconnected|stale|Retrieval of [^\n]{0,40} failed|unreachable|probably-offline)/i,
    sees: [
      'beegfs: Messaging (RPC): Communication error: Receive timed out from: beegfs-storage 12 [ID: 12]',
      'beegfs: python(4242) [MessagingTk (communicate)] >> Connect failed: beegfs-meta node-03 [ID: 3]',
    ],
    ignores: ['beegfs: enabling RDMA support', 'beegfs: BeeGFS mount ready.'],
  },
  {
    id: 'weka.client.blocked',
    summary: 'a Weka client is blocked or lost its cluster',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.8, 'rdma-link-fault': 0.6 },
    source: 'https://docs.weka.io/operation-guide/alerts/list-of-alerts',
    literals: ['wekafs', 'wekanode', 'wekaio', 'weka ', 'weka:'],
    pattern:
      /\bweka(?:fs\w{0,6}|io|node)?\b[^\n]{0,100}(?:not responding|IO (?:is )?(?:blocked|stuck|hang)|disconnected|stale|communication error|\blost\b|unmounted)/i,
    sees: [
      'wekafs: [wekafsgw] driver: IO is blocked, waiting for the frontend node',
      'wekafs: node 12 is not responding',
    ],
    ignores: ['wekafsio: module loaded', 'weka: mounted /data'],
  },
]);
