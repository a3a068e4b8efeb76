import { setTimeout as pause } from 'node:timers/promises';
import type { Inventory } from '../../kb/schemas/inventory.ts';
import type { Config } from '../config.ts';
import type { IncidentDesk } from './incident-desk.ts';
import { CommandFailure, exitCodes, processTerminal, type Terminal } from './output.ts';
import { ownName } from './own-name.ts';
import { ticking } from './ticking.ts';

/** What commands reach for, so that tests can hand them something else. Nothing is loaded before it is used. */
export interface CliContext {
  readonly terminal: Terminal;
  /** The name under which a person acts when none is given. */
  readonly user: string;
  /** `stateDir`: the state folder that a command was given, instead of the one that the environment names. */
  readonly config: (stateDir?: string) => Promise<Config>;
  readonly inventories: (stateDir?: string) => Promise<ReadonlyMap<string, Inventory>>;
  readonly withDesk: <T>(work: (desk: IncidentDesk) => Promise<T>) => Promise<T>;
  readonly nowMs: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

export function processContext(): CliContext {
  const config = async (stateDir?: string) => {
    const { loadConfig, processEnvironment } = await import('../config.ts');
    const given = stateDir === undefined ? {} : { WARDROUND_STATE_DIR: stateDir };
    return loadConfig({ ...processEnvironment(), ...given });
  };
  const terminal = processTerminal();
  return {
    terminal,
    user: ownName(),
    config,
    async inventories(stateDir) {
      const { inventoryPath } = await config(stateDir);
      if (inventoryPath === null)
        throw new CommandFailure(
          'no inventory is configured',
          'is `wardround up` running? Otherwise set WARDROUND_INVENTORY',
        );
      const { loadInventories } = await import('../../activities/adapters/inventory-files.ts');
      return loadInventories(inventoryPath);
    },
    async withDesk(work) {
      const { temporal, approvalMs, humanActionMs, observeOnly, modelBudget } = await config();
      const { defaultIncidentSettings } = await import('../../workflows/domain/incident-input.ts');
      const { withTemporalDesk } = await import('./temporal-desk.ts');
      const model = modelBudget === null ? {} : { model: modelBudget };
      const settings = { ...defaultIncidentSettings, approvalMs, humanActionMs, observeOnly, ...model };
      return withTemporalDesk(temporal, settings, work, (call) =>
        ticking(terminal, () => `waiting for Temporal at ${temporal.address}`, call),
      );
    },
    nowMs: Date.now,
    pause: (ms) => pause(ms),
  };
}

/** The cluster that a command is about: the one named, else the only one. */
export function pickCluster(named: string | undefined, known: readonly string[]): string {
  const [only] = known;
  if (named === undefined) {
    if (only !== undefined && known.length === 1) return only;
    throw usage(`which cluster? There are ${known.join(', ')}`, 'add --cluster NAME');
  }
  if (known.includes(named)) return named;
  throw usage(`there is no inventory of cluster "${named}"`, `known: ${known.join(', ')}`);
}

function usage(message: string, advice: string): CommandFailure {
  return new CommandFailure(message, advice, { exitCode: exitCodes.usage });
}
