import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { followedStateSchema } from '../../../activities/follow/state.ts';
import { writePrivateFile } from '../../../infra/stack/private-file.ts';
import { watchAlertSchema } from '../../../kb/logs/watch/alert-table.ts';
import { CommandFailure } from '../output.ts';

/** All that a watch goes on from: how far each log was read, and every alert that is open or not delivered. */
const watchStateSchema = z.object({
  version: z.literal(1),
  alerts: z.array(watchAlertSchema),
  followed: followedStateSchema,
});
export type WatchState = z.infer<typeof watchStateSchema>;

export interface StateFile {
  /** What an earlier run left; `null` if there was none. */
  readonly restored: WatchState | null;
  /** As a whole or not at all, whenever the process or the machine ends; nothing if it is the same as before. */
  write(state: Omit<WatchState, 'version'>): void;
}

/** Throws for a file that can not be used: going on without it could lose alerts. */
export function openStateFile(file: string): StateFile {
  const restored = readWatchState(file);
  let written: string | null = null;
  return {
    restored,
    write(state) {
      const content = JSON.stringify({ version: 1, ...state } satisfies WatchState);
      if (content === written) return;
      try {
        mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
        // For its owner alone: it quotes logs.
        writePrivateFile(file, content);
        written = content;
      } catch (cause) {
        throw new CommandFailure(
          `the state can not be written to ${file}`,
          'free space there, or name another file with --state; without it a restart could lose alerts',
          { cause },
        );
      }
    },
  };
}

function readWatchState(file: string): WatchState | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw new CommandFailure(
      `the state file ${file} can not be read`,
      'check its rights, or name another one with --state',
      { cause },
    );
  }
  const parsed = watchStateSchema.safeParse(parsedJson(text));
  if (parsed.success) return parsed.data;
  throw new CommandFailure(
    `${file} is not a state file of this version of watch`,
    'move it away to begin anew at the end of the logs, or name another one with --state',
  );
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
