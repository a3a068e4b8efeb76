import { readers } from '../detectors/index.ts';
import { compileMatchers, type Matchers } from '../logs/matchers.ts';
import { probes } from '../probes/index.ts';
import { reservedProbeIds } from '../probes/reserved.ts';
import { knowledge } from '../reasoning/index.ts';
import { remediations } from '../remediations/index.ts';
import { reservedRemediationIds } from '../remediations/reserved.ts';
import type { Nameable } from './check-records.ts';

let matchers: Matchers | undefined;

/** What this build knows by name. */
export const nameable: Nameable = {
  probeIds: new Set([...probes.map(({ id }) => id), ...reservedProbeIds]),
  remediationIds: new Set([...remediations.map(({ id }) => id), ...reservedRemediationIds]),
  kindIds: new Set(knowledge.kinds.keys()),
  // Trouble that nobody reads announces nothing.
  kindsOfLine(line) {
    matchers ??= compileMatchers(readers);
    return matchers.matchText({ text: line }).map(({ kind }) => kind);
  },
};
