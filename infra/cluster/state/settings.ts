import { a800 } from '../physics/a800.ts';
import type { Change } from './actions.ts';

/** What an administrator can set on a GPU. */
export interface GpuSettings {
  readonly lockedMhz: { readonly minMhz: number; readonly maxMhz: number } | null;
  readonly powerLimitW: number;
}

/** Deviations from a healthy cluster; what is not listed is healthy. */
export interface Settings {
  readonly gpus: ReadonlyMap<string, GpuSettings>;
  readonly unplugged: ReadonlySet<string>;
}

export const healthyGpu: GpuSettings = { lockedMhz: null, powerLimitW: a800.powerLimitW };
export const healthy: Settings = { gpus: new Map(), unplugged: new Set() };

export function gpuSettings(settings: Settings, node: string, gpu: number): GpuSettings {
  return settings.gpus.get(`${node}/${gpu}`) ?? healthyGpu;
}

export function applyChange(settings: Settings, change: Change): Settings {
  switch (change.kind) {
    case 'lock-clocks':
      return withGpu(settings, change, { lockedMhz: { minMhz: change.minMhz, maxMhz: change.maxMhz } });
    case 'reset-clocks':
      return withGpu(settings, change, { lockedMhz: null });
    case 'power-limit':
      return withGpu(settings, change, { powerLimitW: change.watts });
    case 'management-network': {
      const unplugged = new Set(settings.unplugged);
      if (change.up) unplugged.delete(change.node);
      else unplugged.add(change.node);
      return { ...settings, unplugged };
    }
  }
}

function withGpu(
  settings: Settings,
  at: { readonly node: string; readonly gpu: number },
  update: Partial<GpuSettings>,
): Settings {
  const gpus = new Map(settings.gpus);
  const merged = { ...gpuSettings(settings, at.node, at.gpu), ...update };
  const same = merged.lockedMhz === null && merged.powerLimitW === healthyGpu.powerLimitW;
  if (same) gpus.delete(`${at.node}/${at.gpu}`);
  else gpus.set(`${at.node}/${at.gpu}`, merged);
  return { ...settings, gpus };
}
