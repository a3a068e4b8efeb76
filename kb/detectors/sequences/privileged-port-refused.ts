import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

const kind = 'launcher.port.privileged-refused';

/** Ranks that are told to meet at a port kept for root, and a refusal that names no file: the store could not listen there. */
export const privilegedPortRefused: SequenceDetector<Seen> = {
  id: 'privileged-port-refused',
  kinds: [
    {
      id: kind,
      summary: 'the ranks are told to meet at a port below 1024, and something that is no file is refused',
      role: 'cause',
      weighs: { 'user-code-error': 4.8, 'launcher-rank-misconfig': 2.6, 'permission-misconfig': -3 },
      source: 'https://man7.org/linux/man-pages/man7/ip.7.html',
    },
  ],
  listens: ['launcher.port.privileged', 'permission.denied.unnamed'],
  follow() {
    let asked = false;
    let refused: LinePlace | null = null;
    return {
      note(line, match) {
        if (match.kind === 'launcher.port.privileged') asked = true;
        else refused ??= placeOfLine(line);
      },
      summary: () => (asked || refused !== null ? { asked, refused } : null),
    };
  },
  conclude(sources) {
    const refused = sources.flatMap(({ summary }) => summary.refused ?? [])[0];
    return refused !== undefined && sources.some(({ summary }) => summary.asked)
      ? [sequenceFinding(kind, 'cause', refused)]
      : [];
  },
};

interface Seen {
  readonly asked: boolean;
  readonly refused: LinePlace | null;
}
