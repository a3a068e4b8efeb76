import type { Tool } from '../command.ts';
import { lsDeviceNodes } from '../container/device-nodes.ts';
import { lsConfiguration } from '../container/ls-configuration.ts';
import { nvidiaContainerCli } from '../container/nvidia-container-cli.ts';
import { wardroundJob } from '../wardround-job/index.ts';

/** Containers and the processes of the job. */
export const jobTools: readonly Tool[] = [wardroundJob, nvidiaContainerCli, lsConfiguration, lsDeviceNodes];
