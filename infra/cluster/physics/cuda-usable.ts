import { factsOf } from '../state/facts/fact-at.ts';
import type { Settings } from '../state/settings.ts';
import type { WorldNode } from '../world.ts';
import { fabricIsBeingConfigured } from './fabricmanager.ts';
import { libraryMismatch, moduleLoaded, unitState } from './driver-state.ts';
import { presenceOf } from './gpu-presence.ts';
import { migMode } from './resets.ts';

/** Why CUDA of a node's processes does not come up, with its number and in its words (`cuda.h`). */
export interface CudaProblem {
  readonly code: number;
  readonly name: string;
  readonly text: string;
}

/** What keeps CUDA from starting on a whole node. */
export function cudaProblem(settings: Settings, node: string, ms: number): CudaProblem | null {
  const problem = (code: number, name: string, text: string): CudaProblem => ({ code, name, text });
  if (libraryMismatch(settings, node, ms))
    return problem(
      803,
      'CUDA_ERROR_SYSTEM_DRIVER_MISMATCH',
      'system has unsupported display driver / cuda driver combination',
    );
  if (!moduleLoaded(settings, node, 'nvidia', ms)) return noDevice;
  if (!moduleLoaded(settings, node, 'nvidia_uvm', ms)) return problem(999, 'CUDA_ERROR_UNKNOWN', 'unknown error');
  const fabric = unitState(settings, node, 'nvidia-fabricmanager', ms) === 'active' && !switchDown(settings, node, ms);
  return fabric ? null : notReady;
}

const notReady: CudaProblem = {
  code: 802,
  name: 'CUDA_ERROR_SYSTEM_NOT_READY',
  text: 'system not yet initialized',
};

/** The same for one GPU and a process that starts now: it is lost, or split, or its fabric is about to be ready. */
export function cudaProblemOf(settings: Settings, node: WorldNode, gpu: number, ms: number): CudaProblem | null {
  const whole = cudaProblem(settings, node.name, ms);
  if (whole !== null) return whole;
  if (fabricIsBeingConfigured(settings, node.name, ms)) return notReady;
  const usable = presenceOf(settings, node, gpu, ms) === 'there' && migMode(settings, node, gpu, ms) !== 'Enabled';
  return usable ? null : noDevice;
}

const noDevice: CudaProblem = { code: 100, name: 'CUDA_ERROR_NO_DEVICE', text: 'no CUDA-capable device is detected' };

function switchDown(settings: Settings, node: string, ms: number): boolean {
  return factsOf(settings, 'hardware.nvswitch-sxid', ms).some(({ place }) => place === node);
}
