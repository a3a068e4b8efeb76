import { describe, expect, it } from 'vitest';
import { logFindingKinds } from '../../../../kb/detectors/index.ts';
import { noteDetectors, noteKinds } from '../../../../kb/detectors/notes/index.ts';
import type { NoteDetector, NotePattern } from '../../../../kb/detectors/notes/note-patterns.ts';
import type { Trial } from '../../../../kb/detectors/notes/trials.ts';
import { noteCharsMax } from '../../../../kb/logs/notes.ts';
import { categories } from '../../../../kb/taxonomy.ts';

type Row = Pick<NotePattern, 'id' | 'role' | 'sees' | 'ignores'> & { readonly fails?: Trial['fails'] };

/** Detectors are made of patterns or of trials; both show samples of their own. */
function rowsOf(detector: NoteDetector & { patterns?: readonly Row[]; trials?: readonly Row[] }): readonly Row[] {
  return detector.patterns ?? detector.trials ?? [];
}

function told(detector: NoteDetector, sentence: string): readonly string[] {
  return detector.read(sentence).map(({ kind }) => kind.id);
}

describe('the list of note detectors', () => {
  it('has unique ids that begin with seen, and none of the kinds of logs', () => {
    const ids = noteKinds.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    for (const id of ids) expect(id).toMatch(/^seen(?:\.[a-z0-9-]+){2,3}$/);
    const ofLogs = new Set(logFindingKinds.map(({ id }) => id));
    expect(ids.filter((id) => ofLogs.has(id))).toEqual([]);
  });

  it('says of every kind what it is and where its meaning comes from', () => {
    const untold = noteKinds.filter(({ source, summary }) => !source.startsWith('https://') || summary.length < 9);
    expect(untold.map(({ id }) => id)).toEqual([]);
  });

  it('weighs known categories, people less than a decisive line, and hints next to nothing', () => {
    const known = new Set<string>([...categories, 'unlisted']);
    const most = { cause: 5.4, symptom: 1.5, context: 1.5, clean: 1.5 };
    const outside = noteKinds.filter(({ role, weighs }) =>
      Object.entries(weighs).some(([category, weight]) => !known.has(category) || Math.abs(weight) > most[role]),
    );
    expect(outside.map(({ id }) => id)).toEqual([]);
  });

  it('lets nothing that was looked for in vain speak for a category', () => {
    const absent = noteKinds.filter(({ id }) => id.endsWith('.denied'));
    expect(absent.length).toBeGreaterThan(100);
    const speaking = absent.filter(
      ({ role, weighs }) => role !== 'context' || Object.values(weighs).some((weight) => weight >= 0),
    );
    expect(speaking.map(({ id }) => id)).toEqual([]);
  });

  it('reaches every category by an observation of its own', () => {
    const reached = new Set(
      noteKinds.flatMap(({ role, weighs }) =>
        Object.entries(weighs).flatMap(([category, weight]) => (role === 'cause' && weight >= 2.5 ? [category] : [])),
      ),
    );
    expect(categories.filter((category) => !reached.has(category))).toEqual([]);
  });
});

describe.each(noteDetectors.map((detector) => [detector.id, detector] as const))(
  'note detector %s',
  (_id, detector) => {
    const rows = rowsOf(detector);

    it('recognises its own wordings', () => {
      expect(rows.length).toBeGreaterThan(0);
      const missed = rows.flatMap(({ id, sees }) =>
        sees.filter((text) => !told(detector, text).includes(id)).map((text) => `${id}: ${text}`),
      );
      expect(missed).toEqual([]);
    });

    it('leaves other wordings alone', () => {
      const wrong = rows.flatMap(({ id, ignores }) =>
        ignores.filter((text) => told(detector, text).includes(id)).map((text) => `${id}: ${text}`),
      );
      expect(wrong).toEqual([]);
    });

    it('takes what was tried in vain as evidence against', () => {
      const wrong = rows.flatMap(({ id, role, fails = [] }) =>
        fails
          .filter(
            (text) =>
              told(detector, text).includes(id) || (role === 'cause' && !told(detector, text).includes(`${id}.denied`)),
          )
          .map((text) => `${id}: ${text}`),
      );
      expect(wrong).toEqual([]);
    });

    it('stays quick on long hostile notes', () => {
      const words = rows.flatMap(({ sees }) => sees).slice(0, 60);
      const slow = words
        .map((text) => ({
          text,
          ms: readMs(detector, text.repeat(Math.ceil(noteCharsMax / text.length)).slice(0, noteCharsMax)),
        }))
        .filter(({ ms }) => ms > readMsMax);
      expect(slow).toEqual([]);
    });
  },
);

/** The process's own time, and of a slow reading the best of three: other work on the machine is no fault of a pattern. */
function readMs(detector: NoteDetector, text: string): number {
  const once = (): number => {
    const before = process.cpuUsage();
    detector.read(text);
    return process.cpuUsage(before).user / 1000;
  };
  const first = once();
  return first <= readMsMax ? first : Math.min(first, once(), once());
}

// All patterns of one theme over the longest sentence; an ordinary one takes well under a millisecond.
const readMsMax = 250;
