import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

const kind = 'ray.raylet.ended-at-start';

/**
 * A daemon that is told to end as soon as it has joined ends with what started it: a script or session that is over, whose
 * manager clears its children away. Limits, preemption and people come later.
 */
export const rayletEndedAtStart: SequenceDetector<LinePlace> = {
  id: 'raylet-ended-at-start',
  kinds: [
    {
      id: kind,
      summary:
        "a node's daemon of Ray is told to end seconds after it joined: with the script or session that started it",
      role: 'symptom',
      weighs: {
        'framework-bug': 1.3,
        'user-code-error': 1.2,
        'launcher-rank-misconfig': 0.5,
        'scheduler-action': -1.5,
      },
      source: 'https://docs.ray.io/en/latest/cluster/cli.html#ray-start',
    },
  ],
  listens: ['ray.raylet.joined', 'ray.raylet.told-to-end'],
  follow() {
    let joinedMs: number | null = null;
    let ended: LinePlace | null = null;
    return {
      note(line, match) {
        if (line.atMs === undefined) return;
        if (match.kind === 'ray.raylet.joined') joinedMs ??= line.atMs;
        else if (joinedMs !== null && line.atMs - joinedMs <= afterMaxMs) ended ??= placeOfLine(line);
      },
      summary: () => ended,
    };
  },
  conclude(sources) {
    const place = sources[0]?.summary;
    return place === undefined ? [] : [sequenceFinding(kind, 'symptom', place, sources.length)];
  },
};

// Ray itself gives a node thirty seconds to start: RAY_raylet_start_wait_time_s in
// https://github.com/ray-project/ray/blob/master/src/ray/common/ray_config_def.h
const afterMaxMs = 30_000;
