import type { Carrier, HostileCase } from './hostile-case.ts';
import { peopleTexts, recalledTexts, recordTexts } from './knowledge.ts';
import { logLines } from './log-lines.ts';
import { modelAnswers } from './model-answers.ts';
import { alertTexts, fileNames, inventoryTexts } from './names.ts';
import { probeTexts } from './probe-outputs.ts';
import { programs } from './programs.ts';

export const corpus: Readonly<Record<Carrier, readonly HostileCase[]>> = {
  'log line': logLines,
  'file name': fileNames,
  alert: alertTexts,
  inventory: inventoryTexts,
  'probe output': probeTexts,
  record: recordTexts,
  recalled: recalledTexts,
  people: peopleTexts,
  'model answer': modelAnswers,
  program: programs,
};
