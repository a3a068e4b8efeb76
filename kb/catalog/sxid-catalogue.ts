import { generationsOf, type CatalogueEntry } from './entry.ts';
import { sxidLinkTable } from './sxid-link-codes.ts';
import { sxidPortTable } from './sxid-port-codes.ts';
import { parseTable, said } from './table.ts';

const guide = 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html';
const header =
  'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/src/common/nvswitch/interface/ctrl_dev_nvswitch.h';

/** Non-fatal, fatal (for the partitions on the port), always fatal (for the whole fabric), or notable, in the guide. */
export type SxidClass = 'non-fatal' | 'fatal' | 'always-fatal' | 'notable';

/** A code that the NVSwitch driver reports. */
export interface SxidEntry extends CatalogueEntry {
  readonly code: number;
  /** `null` where only the driver's header lists the code. */
  readonly severity: SxidClass | null;
}

const classes: ReadonlyMap<string, SxidClass> = new Map([
  ['N', 'non-fatal'],
  ['F', 'fatal'],
  ['A', 'always-fatal'],
  ['O', 'notable'],
]);

const companions: ReadonlyMap<number, readonly (number | string)[]> = new Map<number, readonly (number | string)[]>([
  [11004, ['xid 45']],
  [12028, ['xid 45', 'xid 74']],
  [10004, [10005]],
  [10005, [10004]],
  [28001, [28002, 28003]],
  [19084, ['xid 74']],
]);

const meanings: ReadonlyMap<number, string> = new Map([
  [11004, 'A GPU used a route that its partition does not have: the fabric manager set the partitions up wrongly.'],
  [12028, 'A GPU accessed a port that may not be reached: its NVLink traffic stalls and its jobs end with Xid 45.'],
  [19084, 'The heartbeat of a link stopped; a fatal SXid mostly comes with it.'],
  [20001, 'A packet had to be sent again; many of them cost bandwidth.'],
  [20012, 'The connection of a link is broken or unsteady, or its other end was shut down without notice.'],
  [22012, 'The connection of a link is broken or unsteady, or its other end was shut down without notice.'],
  [22013, 'A request of the link firmware; safe to ignore.'],
  [24007, 'A request that left the switch was never answered: a GPU or another switch on its way hangs or is gone.'],
  [10003, 'The host interface of the switch met an interrupt that it can not handle; fatal to the fabric.'],
  [10004, 'The switch is too hot: its links may go to a slower state.'],
  [10005, 'The switch has cooled down again.'],
]);

export const sxidCatalogue: readonly SxidEntry[] = parseTable(`${sxidPortTable}${sxidLinkTable}`, 6).map(
  ([code = '', symbol = '', name = '', letters = '', letter = '', action = '']) => {
    const severity = classes.get(letter) ?? null;
    return {
      kind: 'sxid',
      code: Number(code),
      name: name === '' ? spoken(symbol) : name,
      symbol: `NVSWITCH_ERR_${symbol}`,
      words: name === '' ? spoken(symbol) : name,
      meaning: meaningOf(Number(code), severity),
      // Nothing raises it in today's driver: older ones may have.
      gpus: letters === '-' ? null : generationsOf(letters),
      immediate: said(action),
      followUp: followUpOf(severity, action),
      related:
        severity === 'fatal' || severity === 'always-fatal'
          ? ['xid 74', 'xid 45']
          : (companions.get(Number(code)) ?? []),
      source: severity === null ? header : guide,
      severity,
    };
  },
);

export const sxidEntryOf: ReadonlyMap<number, SxidEntry> = new Map(sxidCatalogue.map((entry) => [entry.code, entry]));

function meaningOf(code: number, severity: SxidClass | null): string {
  const own = meanings.get(code);
  if (own !== undefined) return own;
  switch (severity) {
    case 'non-fatal':
      return 'The switch corrected the error by itself; jobs go on.';
    case 'fatal':
      return 'Fatal to the jobs whose traffic uses the port: their GPUs report Xid 74, jobs end with Xid 45. On a trunk port every partition across the baseboards is affected.';
    case 'always-fatal':
      return 'Fatal to the whole NVSwitch fabric of the machine: every job on it ends.';
    case 'notable':
      return 'Reported by the switch without an effect of its own on jobs; look at what comes with it.';
    case null:
      return 'An error of the NVSwitch that the fabric manager guide does not describe.';
  }
}

function followUpOf(severity: SxidClass | null, action: string): string | null {
  if (severity === 'always-fatal') return 'RESTART_BM';
  if (severity === 'fatal') return 'RESET_FABRIC';
  return action === '' ? null : action === 'IGNORE' ? 'IGNORE' : 'CONTACT_SUPPORT';
}

function spoken(symbol: string): string {
  return symbol
    .replace(/^HW_(?:NPORT_)?/, '')
    .replaceAll('_', ' ')
    .toLowerCase();
}
