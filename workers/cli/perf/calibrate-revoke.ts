import { Command } from 'commander';
import type { CalibrationStore } from '../../../activities/ports.ts';
import type { Measured } from '../../../kb/performance/calibration/validity.ts';
import type { CliContext } from '../context.ts';
import { pickCluster } from '../context.ts';
import { CommandFailure, exitCodes, plain, renderJson } from '../output.ts';
import type { WithCalibration } from './calibration-store.ts';

interface Options {
  readonly reason: string;
  readonly cluster?: string;
  readonly by?: string;
  readonly json?: true;
}

/** `wardround perf calibrate revoke ID`: a record does not count any more; it and the reason stay. */
export function calibrateRevokeCommand(context: CliContext, withCalibration: WithCalibration): Command {
  return new Command('revoke')
    .description('take a calibration record out of use; the one before it counts again while it is valid')
    .argument('<id>', 'id of the record, or its beginning')
    .requiredOption('--reason <text>', 'why, for those who come later')
    .option('--cluster <name>', 'cluster; may be left out when there is only one')
    .option('--by <name>', 'who decides (default: your account)')
    .option('--json', 'print JSON')
    .action(async (begins: string, { reason, cluster: named, by, json }: Options) => {
      const cluster = pickCluster(named, [...(await context.inventories()).keys()]);
      const { terminal } = context;
      const { id, changed } = await withCalibration(async (store) => {
        const { record, revoked } = await findRecord(store, cluster, begins);
        if (revoked) return { id: record.id, changed: false };
        const said = { cluster, atMs: context.nowMs(), by: plain(by ?? context.user).slice(0, 120) };
        await store.add({ kind: 'revoked', ...said, target: record.id, reason: plain(reason).slice(0, 1_000) });
        return { id: record.id, changed: true };
      });
      if (json === true) terminal.out(renderJson({ id, status: 'revoked', changed }));
      else terminal.out(`${id.slice(0, 12)} ${changed ? 'is revoked; it and the reason stay' : 'is revoked already'}`);
    });
}

// Shorter beginnings are typing errors more often than names.
const beginsCharactersMin = 4;

export async function findRecord(
  store: CalibrationStore,
  cluster: string,
  begins: string,
): Promise<{ readonly record: Measured; readonly revoked: boolean }> {
  const { records } = await store.records(cluster);
  const found = records.flatMap((record) =>
    record.kind !== 'revoked' && record.id.startsWith(begins) ? [record] : [],
  );
  const [record, other] = found;
  if (record === undefined || begins.length < beginsCharactersMin)
    throw new CommandFailure(
      `no calibration of ${cluster} has the id "${plain(begins).slice(0, 80)}"`,
      'see `wardround perf calibrate show`',
      { exitCode: exitCodes.usage },
    );
  if (other !== undefined)
    throw new CommandFailure(`${found.length} records begin with ${plain(begins)}`, 'give more of the id', {
      exitCode: exitCodes.usage,
    });
  return { record, revoked: records.some((one) => one.kind === 'revoked' && one.target === record.id) };
}
