import { budgets } from './domain/budgets.ts';
import type { EvidenceRef } from './domain/evidence.ts';
import type { ProgramRef } from './domain/model-data.ts';
import type { IncidentKey } from './domain/phase-data.ts';
import { programs } from './activity-proxies.ts';
import type { IncidentChart } from './incident-chart.ts';
import { orWithout } from './or-without.ts';

/** A program that an answer of the model holds. */
export interface WishedProgram {
  readonly exchange: EvidenceRef;
  /** Of the question that was answered with it. */
  readonly round: 1 | 2 | 3;
}

export interface ProgramRunner {
  /** The next one to run; at most so many in one incident. */
  readonly wish: (wished: WishedProgram) => void;
  /** Runs what is wished for over everything that probes have read by now; nothing where nothing is. */
  readonly run: () => Promise<void>;
  /** What came of them until now. */
  readonly done: () => readonly ProgramRef[];
}

/**
 * Programs of the model wait until the probes that came with them were read: they are run before the next question, or
 * before the last round. What they find is shown and asked about, and weighs nothing.
 */
export function programRunner(chart: IncidentChart, key: IncidentKey): ProgramRunner {
  let wished: WishedProgram | null = null;
  let taken = 0;
  const done: ProgramRef[] = [];
  return {
    wish(next) {
      if (taken >= budgets.modelProgramsMax) return;
      taken += 1;
      wished = next;
    },
    async run() {
      if (wished === null) return;
      const { exchange, round } = wished;
      wished = null;
      const results = chart.view().probeBatches.map((batch) => batch.result.results);
      const result = await orWithout(chart, 'a program of the model', () =>
        programs.runWishedProgram({ key, exchange, results }),
      );
      if (result === null) return;
      done.push({ analysis: result.analysis, findings: result.findings });
      chart.note((view) => ({ ...view, programs: [...(view.programs ?? []), { ...result, round }] }));
    },
    done: () => [...done],
  };
}
