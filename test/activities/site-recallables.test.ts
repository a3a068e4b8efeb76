import { describe, expect, it } from 'vitest';
import { siteRecallables } from '../../activities/site-recallables.ts';
import { recallableOf } from '../../kb/retrieval/recallable.ts';
import { aRecord, dayMs, events, memorySite, startMs } from '../support/site-events.ts';

const shipped = recallableOf(aRecord({ id: 'ships-with-us', status: 'accepted' }));
const own = aRecord();

function installation() {
  const knowledge = memorySite();
  const problems: string[] = [];
  const clock = { now: startMs, nowMs: () => clock.now };
  const onProblem = (text: string) => void problems.push(text);
  return { knowledge, clock, problems, read: siteRecallables({ shipped: [shipped], knowledge, clock, onProblem }) };
}
const add = (kept: ReturnType<typeof memorySite>['kept'], ...all: readonly ReturnType<typeof events.revoked>[]) => {
  for (const event of all) kept.set(event.id, event);
};

describe('what can be recalled at a site', () => {
  it('is what ships, and what the site has accepted', async () => {
    const { knowledge, read } = installation();
    expect(await read()).toEqual([shipped]);
    add(knowledge.kept, events.typed(own), events.accepted(events.typed(own)));
    expect((await read()).map(({ id }) => id)).toEqual([shipped.id, own.id]);
  });

  it('is without what was revoked from the next reading on', async () => {
    const { knowledge, read } = installation();
    await read();
    add(knowledge.kept, events.revoked(shipped.id));
    expect(await read()).toEqual([]);
  });

  it('is trusted less where it was wrong, and more again with time', async () => {
    const { knowledge, clock, read } = installation();
    add(knowledge.kept, events.outcome('run-1', [{ id: shipped.id, rank: 1, right: false }], 0));
    const [soon] = await read();
    expect(soon?.trust).toBeCloseTo(0.8);
    clock.now += 180 * dayMs;
    const [later] = await read();
    expect(later?.trust).toBeCloseTo(4 / 4.5);
  });

  it('is the same list while nothing has changed, so that nothing is indexed anew', async () => {
    const { knowledge, clock, read } = installation();
    const first = await read();
    clock.now += 60_000;
    expect(await read()).toBe(first);
    add(knowledge.kept, events.revoked('nothing-here'));
    expect(await read()).not.toBe(first);
  });

  it('says once what counts for nothing', async () => {
    const { knowledge, problems, read } = installation();
    const planted = aRecord({ remedy: { remediations: ['rm.everything'] } });
    add(knowledge.kept, events.typed(planted), events.accepted(events.typed(planted)));
    await read();
    add(knowledge.kept, events.revoked('nothing-here'));
    await read();
    expect(problems).toEqual([`${planted.id}: names what there is not: rm.everything`]);
  });
});
