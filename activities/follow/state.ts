import { z } from 'zod';
import { positionSchema } from './position.ts';

export const placeStateSchema = z.object({
  /** What was changed before this time and is not remembered was read, or was there before all watching. */
  floorMs: z.number(),
});
export type PlaceState = Readonly<z.infer<typeof placeStateSchema>>;

/** What a follower goes on from after a restart. */
export const followedStateSchema = z.object({
  places: z.record(z.string(), placeStateSchema),
  logs: z.array(
    z.object({
      place: z.string(),
      name: z.string(),
      identity: z.string(),
      version: z.string(),
      modifiedMs: z.number(),
      position: positionSchema,
      past: z.array(positionSchema),
      content: z.enum(['unknown', 'text', 'gzip', 'zstd', 'binary', 'empty']),
      isRead: z.boolean(),
      goneSinceMs: z.number().nullable(),
    }),
  ),
});
export type FollowedState = Readonly<z.infer<typeof followedStateSchema>>;
