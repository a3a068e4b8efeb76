import { dcgmTable } from './dcgm-codes.ts';
import { dcgmResultTable } from './dcgm-results.ts';
import { gpuGenerations, type CatalogueEntry, type GpuGeneration } from './entry.ts';
import { parseTable, said } from './table.ts';

const errors = 'https://github.com/NVIDIA/DCGM/blob/master/dcgmlib/dcgm_errors.h';
const structs = 'https://github.com/NVIDIA/DCGM/blob/master/dcgmlib/dcgm_structs.h';

// Ampere and later remap rows instead of retiring pages; multi-node NVLink begins with GB200.
const only: ReadonlyMap<string, readonly GpuGeneration[]> = new Map<string, readonly GpuGeneration[]>([
  ['DCGM_FR_PENDING_PAGE_RETIREMENTS', []],
  ['DCGM_FR_RETIRED_PAGES_LIMIT', []],
  ['DCGM_FR_RETIRED_PAGES_DBE_LIMIT', []],
  ['DCGM_FR_DBE_PENDING_PAGE_RETIREMENTS', []],
  ['DCGM_FR_IMEX_UNHEALTHY', ['GB200']],
]);

const companions: ReadonlyMap<string, readonly (number | string)[]> = new Map<string, readonly (number | string)[]>([
  ['DCGM_FR_VOLATILE_DBE_DETECTED', ['xid 48', 103]],
  ['DCGM_FR_NVLINK_DOWN', ['xid 74', 99]],
  ['DCGM_FR_NVSWITCH_FATAL_ERROR', ['xid 74', 109]],
  ['DCGM_FR_NVLINK_ERROR_CRITICAL', ['xid 74', 70]],
  ['DCGM_FR_CUDA_DBE', ['xid 48']],
  ['DCGM_FR_ROW_REMAP_FAILURE', ['xid 64', 84, 85]],
  ['DCGM_FR_PENDING_ROW_REMAP', ['xid 63', 80]],
  ['DCGM_FR_UNCORRECTABLE_ROW_REMAP', ['xid 63', 80]],
  ['DCGM_FR_UNCONTAINED_ERROR', ['xid 95']],
  ['DCGM_FR_CONTAINED_ERROR', ['xid 94']],
  ['DCGM_FR_FALLEN_OFF_BUS', ['xid 79']],
  ['DCGM_FR_SRAM_THRESHOLD', ['xid 48', 'xid 172']],
  ['DCGM_FR_GPU_RECOVERY_RESET', ['xid 154']],
  ['DCGM_FR_GPU_RECOVERY_REBOOT', ['xid 154']],
  ['DCGM_FR_GPU_RECOVERY_DRAIN_P2P', ['xid 154']],
  ['DCGM_FR_GPU_RECOVERY_DRAIN_RESET', ['xid 154']],
  ['DCGM_FR_THERMAL_VIOLATIONS', [41, 10]],
  ['DCGM_FR_CLOCKS_EVENT_THERMAL', [40, 42]],
  ['DCGM_ST_GPU_IS_LOST', ['xid 79']],
  ['DCGM_ST_RESET_REQUIRED', ['xid 154']],
]);

/** DCGM's codes of health checks and diagnostics (0 and above), and the return codes of its calls (below 0). */
export const dcgmCatalogue: readonly CatalogueEntry[] = [
  ...parseTable(dcgmTable, 6).map(
    ([code = '', symbol = '', words = '', severity = '', category = '', action = '']): CatalogueEntry => ({
      kind: 'dcgm',
      code: Number(code),
      name: symbol,
      symbol,
      words,
      meaning: `A finding of DCGM's health checks or diagnostics, category ${category}.`,
      gpus: only.get(symbol) ?? gpuGenerations,
      immediate: symbol === 'DCGM_FR_OK' ? 'DCGM_ERROR_NONE' : `DCGM_ERROR_${severity}`,
      followUp: said(action),
      related: companions.get(symbol) ?? [],
      source: errors,
    }),
  ),
  ...parseTable(dcgmResultTable, 3)
    .filter(([code]) => code !== '0')
    .map(([code = '', symbol = '', words = '']): CatalogueEntry => ({
      kind: 'dcgm',
      code: Number(code),
      name: symbol,
      symbol,
      words,
      meaning: 'What a call into DCGM returned.',
      gpus: gpuGenerations,
      immediate: null,
      followUp: null,
      related: companions.get(symbol) ?? [],
      source: structs,
    })),
];
