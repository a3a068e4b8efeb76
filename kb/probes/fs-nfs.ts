import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { rounded } from './rounded.ts';
import { growth } from './second-read.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man8/mountstats.8.html';

const silent: FindingKind = {
  id: 'fs.nfs.no-answer',
  summary: 'an NFS server leaves requests unanswered for longer than the time-out',
  role: 'cause',
  weighs: { 'shared-fs-problem': 3, 'dataloader-stall': 0.3 },
  source,
};
const slow: FindingKind = {
  id: 'fs.nfs.slow',
  summary: 'requests to an NFS server take very long',
  role: 'symptom',
  weighs: { 'shared-fs-problem': 1.8, 'dataloader-stall': 0.7 },
  source: 'https://nku.edu/~longa/public_html/sys_admin/sysadm-409.html',
};
const repeated: FindingKind = {
  id: 'fs.nfs.retransmits',
  summary: 'many requests to an NFS server had to be sent again',
  role: 'symptom',
  weighs: { 'shared-fs-problem': 1.5, 'rdma-link-fault': 0.2 },
  source: 'https://nku.edu/~longa/public_html/sys_admin/sysadm-409.html',
};
const none: FindingKind = {
  id: 'fs.nfs.none-mounted',
  summary: 'no NFS file system is mounted',
  role: 'context',
  weighs: {},
  source,
};
const quick: FindingKind = {
  id: 'fs.nfs.quick',
  summary: 'NFS servers answer soon',
  role: 'clean',
  weighs: { 'shared-fs-problem': -0.6, 'dataloader-stall': -0.1 },
  source,
};
const unlike = unlikeSiblings('fs.nfs', 'the time that an NFS server takes', {
  'shared-fs-problem': 1,
  'dataloader-stall': 0.4,
});
const kinds = [silent, slow, repeated, none, quick, unlike];

/** Sums over all kinds of requests, since the mount or between two reads. */
interface Requests {
  readonly requests: number;
  readonly transmissions: number;
  /** Requests that waited longer than the time-out of the mount. */
  readonly timeouts: number;
  /** Milliseconds from sending to the answer. */
  readonly answerMs: number;
}
interface Mount {
  readonly mount: string;
  readonly line: number;
  readonly total: Requests;
  readonly now?: Requests;
}
interface Reading {
  readonly mounts: readonly Mount[];
}

// The guide that is the source calls a mount slow from 50 ms and on (smoothed round trip), reads from 150 ms; we take
// twice the first. It calls a server unreachable from 5 % of requests sent again.
const slowMs = 100;
const repeatedShare = 0.05;
// Fewer are no mean.
const requestsMin = 20;
const mountsKeptMax = 64;

/** How NFS servers answer this node. */
export const fsNfs: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'fs.nfs',
  summary: 'answers of NFS servers: time, repeats and time-outs of requests by mount',
  question: 'Do NFS servers answer slowly, or not at all?',
  aspect: 'performance',
  costMs: 50,
  outputBytesMax: 2 * 1024 * 1024,
  argv: () => ['cat', '/proc/self/mountstats'],
  parse: (output) => ({ mounts: mountsIn(requiredLines(output, 'cat')).slice(0, mountsKeptMax) }),
  outcomes: kinds,
  meaning({ mounts }) {
    if (mounts.length === 0) return [{ kind: none.id, text: 'no NFS file system is mounted' }];
    return orClean(mounts.flatMap(judge), kinds, { kind: quick.id, text: `${mounts.length} NFS mounts answer` });
  },
  again: {
    gapMs: 2_000,
    combine: (first, second) => ({
      mounts: second.mounts.map((one) => {
        const before = first.mounts.find(({ mount }) => mount === one.mount);
        return before === undefined ? one : { ...one, now: between(before.total, one.total) };
      }),
    }),
  },
  siblings: {
    kind: unlike,
    numbers: ({ mounts }) =>
      mounts.flatMap(({ mount, line, now }) =>
        now === undefined || now.requests < requestsMin
          ? []
          : [
              {
                name: 'answerMs',
                value: meanMs(now),
                unit: 'ms',
                device: { kind: 'disk' as const, name: mount },
                line,
              },
            ],
      ),
    rules: [{ name: 'answerMs', side: 'high', relative: 2, absolute: 20, source: unlike.source }],
  },
};

function mountsIn(lines: ReturnType<typeof requiredLines>): readonly Mount[] {
  const mounts: Mount[] = [];
  let inside = false;
  let operations = false;
  let devices = 0;
  for (const { text, line } of lines) {
    const device = /^device (.+) mounted on (\/.*?) with fstype (\S+)(?: statvers=[\d.]+)?$/.exec(text);
    const nothing = text.startsWith('no device mounted on ');
    if (device !== null || nothing) {
      devices += 1;
      operations = false;
      inside = /^nfs4?$/.test(device?.[3] ?? '');
      if (inside) mounts.push({ mount: (device?.[2] ?? '').slice(0, 100), line, total: noRequests });
      continue;
    }
    if (!inside) {
      // What other file systems say of themselves is indented; anything else is not this file.
      if (devices === 0 || !/^\s/.test(text)) throw new ProbeParseError(`line ${line}: not a line of mountstats`);
      continue;
    }
    if (/^\s+per-op statistics$/.test(text)) operations = true;
    const last = mounts.at(-1);
    // NAME: requests transmissions timeouts bytes bytes queued answered done, and errors from 5.3 on; milliseconds.
    const operation = /^\s+[A-Z0-9_]+: (\d+) (\d+) (\d+) \d+ \d+ \d+ (\d+) \d+(?: \d+)*$/.exec(text);
    if (operations && operation !== null && last !== undefined)
      mounts[mounts.length - 1] = { ...last, total: added(last.total, operation.slice(1).map(Number)) };
  }
  return mounts;
}

const noRequests: Requests = { requests: 0, transmissions: 0, timeouts: 0, answerMs: 0 };

function added(
  total: Requests,
  [requests = 0, transmissions = 0, timeouts = 0, answerMs = 0]: readonly number[],
): Requests {
  return {
    requests: total.requests + requests,
    transmissions: total.transmissions + transmissions,
    timeouts: total.timeouts + timeouts,
    answerMs: total.answerMs + answerMs,
  };
}

function between(before: Requests, after: Requests): Requests {
  return {
    requests: growth(before.requests, after.requests) ?? 0,
    transmissions: growth(before.transmissions, after.transmissions) ?? 0,
    timeouts: growth(before.timeouts, after.timeouts) ?? 0,
    answerMs: growth(before.answerMs, after.answerMs) ?? 0,
  };
}

function judge({ mount, line, total, now }: Mount): readonly ProbeFinding[] {
  const of = now ?? total;
  const when = now === undefined ? 'since the mount' : 'between two reads';
  const values = { mount, requests: of.requests, answerMs: meanMs(of), timeouts: of.timeouts };
  // Time-outs since the mount may be months old; only new ones tell of now.
  if (now !== undefined && now.timeouts > 0)
    return [{ kind: silent.id, text: `${mount}: ${now.timeouts} requests timed out ${when}`, line, values }];
  if (of.requests < requestsMin) return [];
  if (meanMs(of) >= slowMs)
    return [{ kind: slow.id, text: `${mount}: ${meanMs(of)} ms a request ${when}`, line, values }];
  const again = Math.max(0, of.transmissions - of.requests);
  if (again < repeatedShare * of.requests) return [];
  return [
    { kind: repeated.id, text: `${mount}: ${again} of ${of.requests} requests sent again ${when}`, line, values },
  ];
}

function meanMs({ requests, answerMs }: Requests): number {
  return requests === 0 ? 0 : rounded(answerMs / requests, 2);
}
