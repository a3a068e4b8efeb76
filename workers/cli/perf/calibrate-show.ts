import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { pickInventory, untilSignalled, type OpenRunner } from '../probe-run-command.ts';
import type { WithCalibration } from './calibration-store.ts';

interface Options {
  readonly cluster?: string;
  readonly live?: true;
  readonly json?: true;
}

/** `wardround perf calibrate show`: what is known of the site, and what of it is stale. */
export function calibrateShowCommand(
  context: CliContext,
  openRunner: OpenRunner,
  withCalibration: WithCalibration,
): Command {
  return new Command('show')
    .description(
      'list valid figures and the site scale, and what is stale or revoked; or one record with its provenance',
    )
    .argument('[id]', 'id of a record, or its beginning')
    .option('--live', 'ask the nodes for driver and VBIOS: figures of others are stale')
    .option('--cluster <name>', 'cluster; may be left out when there is only one')
    .option('--json', 'print JSON')
    .action(async (id: string | undefined, { cluster, live, json }: Options) => {
      const { showCalibration, showRecord, installedNow } = await import('./run-calibrate-show.ts');
      const inventory = await pickInventory(context, cluster);
      if (id !== undefined) {
        await withCalibration((store) => showRecord(context, store, inventory.cluster, id, json === true));
        return;
      }
      if (live !== true) {
        await withCalibration((store) => showCalibration(context, store, inventory, new Map(), json === true));
        return;
      }
      const runner = await openRunner(await context.config());
      const { signal, release } = untilSignalled();
      try {
        const installed = await installedNow(context, inventory, runner, signal);
        await withCalibration((store) => showCalibration(context, store, inventory, installed, json === true));
      } finally {
        release();
        runner.close?.();
      }
    });
}
