import { hexDigits, integer } from '../../noise.ts';
import { lustreDevice, lustreTargets, slowServers, type LustreTarget } from '../../physics/lustre/servers.ts';
import { lockedPid } from '../../physics/processes.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import { factSpans } from '../../state/facts/spans.ts';
import { clusterPlace } from '../../state/place.ts';
import type { WorldNode } from '../../world.ts';
import type { Timeline } from '../../physics/timeline.ts';
import type { KernelLine, KernelSource } from './kernel-source.ts';

/** Of a cause that lasts a line is written once in so long, up to so many in one question. */
const linesMax = 400;

/**
 * The Lustre client about its servers (2.15: `ptlrpc_expire_one_request` in client.c, `import.c`): requests that take
 * longer than their deadline, and eviction, after which the mount is of no use.
 */
export const lustreLines: KernelSource = (timeline, node, fromMs, toMs) => {
  const slow = factSpans(timeline, 'storage.lustre-slowdown', fromMs, toMs)
    // Adaptive timeouts bear a server that is several times slower than usual.
    .filter(({ place, value }) => place === clusterPlace && value >= 9)
    .flatMap((span) => {
      if (!timeline.segmentAt(Math.max(span.fromMs, fromMs)).busyNodes.has(node.name)) return [];
      const everyMs = 1_500_000 / span.value;
      return moments(timeline, node, 'lustre', span, fromMs, toMs, everyMs).flatMap((atMs) =>
        expired(timeline, node, atMs),
      );
    });
  const stale = factSpans(timeline, 'storage.mount', fromMs, toMs)
    .filter(({ place, key, value }) => place === node.name && key === '/lustre' && value === 'stale')
    .flatMap(({ fromMs: atMs }): readonly KernelLine[] => {
      const one = targetOf(timeline, node, 0);
      const target = one.name;
      const device = lustreDevice(timeline.world, node, one);
      return [
        {
          atMs,
          level: 'err',
          text: `LustreError: 11-0: ${device}: operation ost_read to node ${one.nid} failed: rc = -107`,
        },
        {
          atMs: atMs + 2,
          level: 'warn',
          text: `Lustre: ${device}: Connection to ${target} (at ${one.nid}) was lost; in progress operations using this service will wait for recovery to complete`,
        },
        {
          atMs: atMs + 31_000,
          level: 'err',
          text: `LustreError: 167-0: ${device}: This client was evicted by ${target}; in progress operations using this service will fail.`,
        },
        {
          atMs: atMs + 128_000,
          level: 'err',
          text: `INFO: task pt_data_worker:${20_000 + integer(timeline.world.seed, 9_000, 'hung-task', node.index)} blocked for more than 120 seconds.`,
        },
        {
          atMs: atMs + 128_001,
          level: 'err',
          text: '      Tainted: P           OE     5.15.0-113-generic #123-Ubuntu',
        },
        {
          atMs: atMs + 128_002,
          level: 'err',
          text: '"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.',
        },
      ];
    });
  return [...slow, ...stale];
};

function expired(timeline: Timeline, node: WorldNode, atMs: number): readonly KernelLine[] {
  const { seed } = timeline.world;
  const draw = (below: number, what: string) => integer(seed, below, what, node.index, Math.floor(atMs));
  const late = slowServers(timeline, atMs);
  const lateTargets = lustreTargets.filter((one) => late.includes(one.server));
  const one = lateTargets[draw(lateTargets.length, 'late')] ?? targetOf(timeline, node, draw(12, 'ost'));
  const { name: target, nid: server } = one;
  const device = lustreDevice(timeline.world, node, one);
  // Reads of data are operation 3 at OST_IO, opens a lock with an intent at MDS (lustre_idl.h).
  const [operation, portals] = one.kind === 'osc' ? ['o3', '6/4'] : ['o101', '12/10'];
  const sent = Math.floor(atMs / 1000) - 41 - draw(20, 'sent');
  const request = `req@${hexDigits(16, seed, 'req', node.index, Math.floor(atMs))} x${1_770_000_000_000_000 + draw(1e9, 'xid')}/t0(0)`;
  return [
    {
      atMs,
      level: 'warn',
      text: `Lustre: ${3_200 + draw(60, 'thread')}:0:(client.c:2289:ptlrpc_expire_one_request()) @@@ Request sent has timed out for slow reply: [sent ${sent}/real ${sent}]  ${request} ${operation}->${device}@${server}:${portals} lens 488/440 e 1 to 1 dl ${Math.floor(atMs / 1000)} ref 2 fl Rpc:XQr/0/ffffffff rc 0/-1 job:'pt_data_worker.${timeline.world.job.uid}'`,
    },
    {
      atMs: atMs + 1,
      level: 'warn',
      text: `Lustre: ${device}: Connection to ${target} (at ${server}) was lost; in progress operations using this service will wait for recovery to complete`,
    },
    { atMs: atMs + 900, level: 'warn', text: `Lustre: ${device}: Connection restored to ${target} (at ${server})` },
  ];
}

/** Of the targets for data, the files of every node begin on another one. */
function targetOf({ world: { seed } }: Timeline, node: WorldNode, at: number): LustreTarget {
  const data = lustreTargets.filter(({ kind }) => kind === 'osc');
  const [first] = data;
  const found = data[(integer(seed, data.length, 'ost-first', node.index) + at) % data.length] ?? first;
  if (found === undefined) throw new Error('the file system has targets for data');
  return found;
}

/** drivers/nvme/host/pci.c of 5.15: a request that took longer than 30 s was done all the same when the driver looked. */
export const driveTimeoutLines: KernelSource = (timeline, node, fromMs, toMs) =>
  factSpans(timeline, 'storage.nvme-slowdown', fromMs, toMs)
    .filter(({ place, value }) => place === node.name && value >= 25)
    .flatMap((span) => {
      const controller = (span.key ?? 'nvme0n1').replace(/n1$/, '');
      return moments(timeline, node, 'nvme', span, fromMs, toMs, 6_000_000 / span.value).map((atMs): KernelLine => {
        const draw = (below: number, what: string) =>
          integer(timeline.world.seed, below, 'nvme-timeout', what, node.index, Math.floor(atMs));
        return {
          atMs,
          level: 'warn',
          text: `nvme ${controller}: I/O ${draw(1_023, 'tag')} QID ${1 + draw(127, 'queue')} timeout, completion polled`,
        };
      });
    });

/** kernel/watchdog.c of 5.15: every 22 s or so while a core does not come back. */
export const lockupLines: KernelSource = (timeline, node, fromMs, toMs) =>
  factSpans(timeline, 'host.soft-lockup', fromMs, toMs)
    .filter(({ place }) => place === node.name)
    .flatMap((span) => {
      const cpu = factAt(timeline, { fact: 'host.locked-cpu', place: node.name }, span.fromMs);
      const from = span.fromMs + 26_000;
      const times = moments(timeline, node, 'lockup', { fromMs: from, toMs: span.toMs }, fromMs, toMs, 28_000);
      return times.flatMap((atMs): readonly KernelLine[] => {
        const seconds = Math.round((atMs - span.fromMs) / 1000);
        const line = (afterMs: number, level: KernelLine['level'], text: string): KernelLine => ({
          atMs: atMs + afterMs,
          level,
          text,
        });
        return [
          line(
            0,
            'emerg',
            `watchdog: BUG: soft lockup - CPU#${cpu} stuck for ${seconds}s! [kworker/${cpu}:1H:${lockedPid}]`,
          ),
          line(
            1,
            'warn',
            'Modules linked in: nvidia_uvm(POE) nvidia_peermem(POE) nvidia(POE) lustre(OE) lmv(OE) osc(OE) ptlrpc(OE) mlx5_ib(OE) mlx5_core(OE) overlay nvme nvme_core',
          ),
          line(
            2,
            'warn',
            `CPU: ${cpu} PID: ${lockedPid} Comm: kworker/${cpu}:1H Tainted: P           OEL    5.15.0-113-generic #123-Ubuntu`,
          ),
          line(3, 'warn', 'Hardware name: Inspur NF5488A5/YZMB-02382-101, BIOS 4.1.20 03/14/2024'),
          line(4, 'warn', 'Workqueue: kblockd blk_mq_timeout_work'),
          line(5, 'warn', 'RIP: 0010:smp_call_function_many_cond+0x13a/0x360'),
          line(6, 'warn', 'Call Trace:'),
          line(7, 'warn', ' <TASK>'),
          line(8, 'warn', ' on_each_cpu_cond_mask+0x1d/0x30'),
          line(9, 'warn', ' flush_tlb_kernel_range+0x3a/0xa0'),
          line(10, 'warn', ' __purge_vmap_area_lazy+0xb9/0x730'),
          line(11, 'warn', ' </TASK>'),
        ];
      });
    });

/** What the kernel says when a swap file is put to use, once. */
export const swapLines: KernelSource = (timeline, node, fromMs, toMs) =>
  factSpans(timeline, 'host.swap-mib-per-second', fromMs, toMs)
    .filter(({ place }) => place === node.name)
    .map(({ fromMs: atMs }): KernelLine => ({
      atMs,
      level: 'info',
      text: 'Adding 67108860k swap on /swap.img.  Priority:-2 extents:61 across:71303164k SSFS',
    }));

/** The times of something that comes back while a cause lasts, with a beat of the node's own. */
function moments(
  { world: { seed } }: Timeline,
  node: WorldNode,
  what: string,
  span: { readonly fromMs: number; readonly toMs: number },
  fromMs: number,
  toMs: number,
  everyMs: number,
): readonly number[] {
  const first = span.fromMs + integer(seed, Math.floor(everyMs * 0.4), 'beat', what, node.index);
  const until = Math.min(span.toMs, toMs);
  const times: number[] = [];
  for (
    let at = Math.max(0, Math.ceil((fromMs - first) / everyMs));
    first + at * everyMs < until && times.length < linesMax;
    at += 1
  )
    times.push(first + at * everyMs);
  return times;
}
