import { coversAny, type FactEvent } from './facts/events.ts';
import { bootFacts } from './facts/index.ts';
import { withFact, type Facts, type SetFact } from './facts/store.ts';

/**
 * What a start of the machine brings back: it reads its files as they are, so what is wrong in one is wrong again, and an
 * oscillator that runs away goes on doing so behind the clock that chronyd has stepped.
 */
export function afterBoot(
  before: Facts,
  after: Facts,
  event: FactEvent,
  isHit: (place: string) => boolean,
  atMs: number,
): Facts {
  if (!coversAny(event, ['reboot'])) return after;
  let facts = after;
  for (const { running, file } of bootFacts)
    for (const written of after.get(file)?.values() ?? [])
      if (isHit(written.place)) facts = withFact(facts, { ...written, fact: running, sinceMs: atMs });
  if (event !== 'node-replaced')
    for (const clock of before.get('host.clock-offset-ms')?.values() ?? [])
      if (isHit(clock.place) && runsAway(clock)) facts = withFact(facts, { ...clock, sinceMs: atMs });
  return facts;
}

/** A clock that was set wrong stays right once it is set; one that became wrong by itself does not. */
export function runsAway({ onset }: Pick<SetFact, 'onset'>): boolean {
  return onset.shape === 'creeping';
}
