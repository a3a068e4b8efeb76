import { describe, expect, it } from 'vitest';
import { matchingIds, resolveIncidentId } from '../../../workers/cli/resolve-id.ts';
import { anIncidentRow, rememberingDesk } from '../support/remembering-desk.ts';

const ids = [
  'incident/site-a/0011223344556677',
  'incident/site-a/00aabbccddeeff00',
  'incident/site-b/0011223344556677',
  'incident/site-b/ff00000000000000',
];
const rows = ids.map((workflowId) => anIncidentRow({ workflowId }));

describe('the id of an incident', () => {
  it.each([
    ['ff', [ids[3]]],
    ['ff00000000000000', [ids[3]]],
    ['site-a/00a', [ids[1]]],
    ['incident/site-b/f', [ids[3]]],
    ['0011223344556677', [ids[0], ids[2]]],
    ['00', [ids[0], ids[1], ids[2]]],
    ['site-b', [ids[2], ids[3]]],
    ['7', []],
    ['', []],
  ])('typed as "%s" fits %j', (typed, expected) => {
    expect(matchingIds(typed, ids)).toEqual(expected);
  });

  it('given whole needs no list, so that it works a moment after the start', async () => {
    const { desk, asked } = rememberingDesk();
    expect(await resolveIncidentId(desk, 'site-a/0011223344556677')).toBe(ids[0]);
    expect(await resolveIncidentId(desk, ' incident/site-a/0011223344556677 ')).toBe(ids[0]);
    expect(asked.filters).toEqual([]);
  });

  it('given as a unique beginning is found among open and closed ones, several runs counting once', async () => {
    const closed = anIncidentRow({ workflowId: ids[3] ?? '', runId: 'run-0', closedAtMs: 1 });
    const { desk } = rememberingDesk([], [...rows, closed]);
    expect(await resolveIncidentId(desk, 'ff')).toBe(ids[3]);
  });

  it('that fits several lists them and is wrong usage; one that fits none is a failure', async () => {
    const { desk } = rememberingDesk([], rows);
    await expect(resolveIncidentId(desk, '0011')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/site-a\/0011223344556677\n.*site-b\/0011223344556677/) as unknown,
    });
    await expect(resolveIncidentId(desk, 'dead')).rejects.toMatchObject({ exitCode: 1 });
  });
});
