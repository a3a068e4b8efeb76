import { lineDetector } from './line-patterns.ts';
import { harmlessNccl } from './known-harmless-nccl.ts';
import { harmlessKernel } from './known-harmless-kernel.ts';
import { harmlessTools } from './known-harmless-tools.ts';
import { harmlessTorch } from './known-harmless-torch.ts';
import { harmlessTransport } from './known-harmless-transport.ts';

/** Lines that look frightening, in the wording that those who print them declare harmless. */
export const knownHarmless = lineDetector('known-harmless', [
  ...harmlessTransport,
  ...harmlessNccl,
  ...harmlessTorch,
  ...harmlessTools,
  ...harmlessKernel,
]);
