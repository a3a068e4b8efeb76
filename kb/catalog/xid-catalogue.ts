import { generationsOf, type CatalogueEntry } from './entry.ts';
import { parseTable, said } from './table.ts';
import { xidTable } from './xid-codes.ts';
import { xidMeanings } from './xid-meanings.ts';
import { xidRelated } from './xid-related.ts';

const catalogue = 'https://docs.nvidia.com/deploy/xid-errors/analyzing-xid-catalog.html';
const archive = 'https://docs.nvidia.com/deploy/xid-errors/archive/index.html';
const header = 'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/src/common/sdk/nvidia/inc/nverror.h';

/** An Xid code of NVIDIA's catalogue or of the driver's header. */
export interface XidEntry extends CatalogueEntry {
  readonly code: number;
  /** The catalogue calls the code unused on Ampere and later. */
  readonly unused: boolean;
  /** An Xid 154 with the recovery action follows, from the driver release on that introduced it. */
  readonly announcesRecovery: boolean;
}

export const xidCatalogue: readonly XidEntry[] = parseTable(xidTable, 7).map(
  ([code = '', symbol = '', name = '', letters = '', immediate = '', followUp = '', link = '']) => {
    const gpus = generationsOf(letters);
    const unused = gpus?.length === 0;
    return {
      kind: 'xid',
      code: Number(code),
      name: name === '' ? spoken(symbol) : name,
      symbol,
      words: name === '' ? spoken(symbol) : name,
      meaning: xidMeanings.get(Number(code)) ?? standInMeaning(name, unused),
      gpus,
      immediate: said(immediate),
      followUp: said(followUp),
      related: xidRelated.get(Number(code)) ?? [],
      source: gpus === null ? header : unused && name !== '' ? archive : catalogue,
      unused,
      announcesRecovery: link === '154',
    };
  },
);

export const xidEntryOf: ReadonlyMap<number, XidEntry> = new Map(xidCatalogue.map((entry) => [entry.code, entry]));

/** `ROBUST_CHANNEL_GR_ERROR_SINGLE_STEP` as words. */
function spoken(symbol: string): string {
  return symbol
    .replace(/^ROBUST_CHANNEL_/, '')
    .replaceAll('_', ' ')
    .toLowerCase();
}

function standInMeaning(name: string, unused: boolean): string {
  if (unused) return 'Not used on Ampere and later GPUs; older GPUs or drivers may report it.';
  return `The driver reports it as: ${name}.`;
}
