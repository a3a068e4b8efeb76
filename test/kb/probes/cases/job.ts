import type { ProbeCases } from '../probe-case.ts';
import { jobContainerCases } from './job-container.ts';
import { jobHolderCases } from './job-holders.ts';
import { jobSettingCases } from './job-settings.ts';
import { jobStackCases } from './job-stacks.ts';

/** Containers and jobs. */
export const jobCases: Readonly<Record<string, ProbeCases>> = {
  ...jobContainerCases,
  ...jobHolderCases,
  ...jobSettingCases,
  ...jobStackCases,
};
