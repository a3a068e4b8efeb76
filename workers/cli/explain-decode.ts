import type { CatalogueEntry } from '../../kb/catalog/entry.ts';
import { nvlinkRegisterBits } from '../../kb/catalog/nvlink-registers.ts';
import {
  nvlink5Cases,
  readNvlink5,
  readNvlinkRegisters,
  readRecoveryAction,
  recoveryActions,
} from '../../kb/catalog/xid-decode.ts';

/** One row of what a code's message can carry, or of what a given line carries. */
export interface DecodeRow {
  /** Where in the message: a unit and status, a register and its bits, a recovery action. */
  readonly at: string;
  readonly meaning: string;
  readonly immediate: string | null;
  readonly followUp: string | null;
}

/** What the message of an Xid 74, 144 to 150 or 154 says beyond its code; with a line, only what that line says. */
export function decodeOf({ kind, code }: CatalogueEntry, line: string | undefined): readonly DecodeRow[] | undefined {
  if (kind !== 'xid' || typeof code !== 'number') return undefined;
  if (code === 74) return line === undefined ? registerRows() : setBitRows(line);
  if (code === 154) return line === undefined ? recoveryActions.map(recoveryRow) : recoveryRows(line);
  if (code >= 144 && code <= 150) return line === undefined ? caseRows(code) : readingRows(code, line);
  return undefined;
}

function registerRows(): readonly DecodeRow[] {
  return nvlinkRegisterBits.map(({ register, bits, meaning, action }) => ({
    at: `register ${register}, bit ${bits.join(', ')}`,
    meaning,
    immediate: null,
    followUp: action,
  }));
}

function setBitRows(line: string): readonly DecodeRow[] {
  return readNvlinkRegisters(line).map(({ register, bit, says }) => ({
    at: `register ${register}, bit ${bit}`,
    meaning: says?.meaning ?? 'not described',
    immediate: null,
    followUp: says?.action ?? 'REPORT_ISSUE',
  }));
}

function recoveryRows(line: string): readonly DecodeRow[] {
  const action = readRecoveryAction(line);
  return action === undefined ? [] : [recoveryRow(action)];
}

function recoveryRow({ value, text, action }: (typeof recoveryActions)[number]): DecodeRow {
  return { at: `0x${value.toString(16)}`, meaning: text, immediate: action, followUp: null };
}

function caseRows(code: number): readonly DecodeRow[] {
  return nvlink5Cases
    .filter((one) => one.code === code)
    .map(({ units, reason, errorStatus, severity, immediate, followUp, promoted }) => ({
      at: `${units.join('/')} ${hex(errorStatus)}${reason === 0 ? '' : `, reason ${reason}`}`,
      meaning: promoted === null ? severity : `${severity}; ${promoted} when it is made fatal`,
      immediate,
      followUp,
    }));
}

function readingRows(code: number, line: string): readonly DecodeRow[] {
  const reading = readNvlink5(code, line);
  if (reading === undefined) return [];
  const { unit, link, errorStatus, reason, fatal, found, immediate } = reading;
  const where = link === undefined ? '' : `, link ${link}`;
  return [
    {
      at: `${unit} ${hex(errorStatus)}${reason === 0 ? '' : `, reason ${reason}`}${where}`,
      meaning: found?.severity ?? `${fatal ? 'fatal' : 'non-fatal'}; not in the decode table`,
      immediate: immediate ?? null,
      followUp: found?.followUp ?? null,
    },
  ];
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
