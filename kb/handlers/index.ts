import type { Handler } from '../schemas/handler.ts';
import { anyAlert } from './any-alert.ts';
import { gpuHardware } from './gpu-hardware.ts';
import { hostMemory } from './host-memory.ts';
import { jobHang } from './job-hang.ts';
import { network } from './network.ts';
import { scheduling } from './scheduling.ts';
import { slowTraining } from './slow-training.ts';
import { storage } from './storage.ts';

/** The first that matches is taken; the last one matches all. */
export const handlers: readonly Handler[] = [
  slowTraining,
  jobHang,
  gpuHardware,
  scheduling,
  network,
  hostMemory,
  storage,
  anyAlert,
];

export function selectHandler(labels: Readonly<Record<string, string>>): Handler {
  const chosen = handlers.find((handler) =>
    Object.entries(handler.matches).every(([label, pattern]) => pattern.test(labels[label] ?? '')),
  );
  return chosen ?? anyAlert;
}
