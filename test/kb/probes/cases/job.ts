import type { ProbeCases } from '../probe-case.ts';
import { jobContainerCases } from './job-container.ts';
import { jobContainerdCases } from './job-containerd.ts';
import { jobEnrootCases } from './job-enroot.ts';
import { jobHolderCases } from './job-holders.ts';
import { jobSettingCases } from './job-settings.ts';
import { jobStackCases } from './job-stacks.ts';

/** Containers and jobs. */
export const jobCases: Readonly<Record<string, ProbeCases>> = {
  ...jobContainerCases,
  ...jobContainerdCases,
  ...jobEnrootCases,
  ...jobHolderCases,
  ...jobSettingCases,
  ...jobStackCases,
};
