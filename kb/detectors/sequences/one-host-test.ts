import type { FindingKind } from '../../schemas/finding-kind.ts';
import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

/** No news by itself: it says what a hang that is told beside the log cannot be. */
export const ranksOnOneHost = 'nccl-tests.ranks.on-one-host';

const oneHost: FindingKind = {
  id: ranksOnOneHost,
  summary: 'all GPUs of the collective are in one machine',
  role: 'context',
  weighs: {},
  source: 'https://github.com/NVIDIA/nccl-tests/blob/master/src/common.cu',
};

/** A run of nccl-tests lists every rank with its host before it begins: several ranks and one host. */
export const oneHostTest: SequenceDetector<Listed> = {
  id: 'one-host-test',
  kinds: [oneHost],
  listens: [
    'nccl-tests.rank.first',
    'nccl-tests.rank.listed',
    'nccl-tests.rank.over-pcie',
    'nccl-tests.rank.without-peer-access',
  ],
  follow() {
    const hosts = new Set<string>();
    const ranks = new Set<number>();
    let last: LinePlace | null = null;
    return {
      note(line) {
        const { rank, host } = listing.exec(line.text)?.groups ?? {};
        if (rank === undefined || host === undefined) return;
        if (hosts.size < hostsMax) hosts.add(host.toLowerCase());
        if (ranks.size < ranksMax) ranks.add(Number(rank));
        const { rank: _rank, ...cited } = placeOfLine(line);
        last = cited;
      },
      summary: () => (last === null ? null : { hosts: [...hosts], ranks: [...ranks], last }),
    };
  },
  conclude(sources) {
    const seen = sources.map(({ summary }) => summary);
    const hosts = new Set(seen.flatMap((one) => one.hosts));
    const ranks = new Set(seen.flatMap((one) => one.ranks));
    const place = seen.at(-1)?.last;
    if (place === undefined || hosts.size !== 1 || ranks.size < 2) return [];
    return [sequenceFinding(oneHost.id, oneHost.role, place)];
  },
};

interface Listed {
  readonly hosts: readonly string[];
  readonly ranks: readonly number[];
  readonly last: LinePlace;
}

// Two tell all that is asked; the rest is bounded as every memory of a source.
const hostsMax = 2;
const ranksMax = 2;

// sees: #   Rank  1 Pid  28330 on   node-01 device  1 [0x41] NVIDIA RTX A6000
const listing =
  /\bRank {1,6}(?<rank>\d{1,4}) (?:Group {1,4}\d{1,4} )?Pid {1,8}\d{1,9} on {1,16}(?<host>[\w.-]{1,63}) device/;
