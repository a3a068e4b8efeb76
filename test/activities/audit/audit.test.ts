import { beforeAll, describe, expect, it } from 'vitest';
import { codeIdentity } from '../../../activities/audit/assemble.ts';
import { bundleNames } from '../../../activities/audit/bundle.ts';
import type { Check } from '../../../activities/audit/check.ts';
import { checkResults } from '../../../activities/audit/check-results.ts';
import { checkSeal } from '../../../activities/audit/check-seal.ts';
import { readHistory } from '../../../activities/audit/history.ts';
import { historyEntry, manifestBytes, readManifest } from '../../../activities/audit/manifest.ts';
import type { Signer } from '../../../activities/audit/seal.ts';
import { canonicalJson } from '../../../activities/json-evidence.ts';
import { knowledge } from '../../../kb/reasoning/index.ts';
import { runActivity } from '../run-activity.ts';
import { key, newSigner, payloads, sealedIncident } from './sealed-incident.ts';

type Files = Map<string, Uint8Array>;
type Sealed = Awaited<ReturnType<typeof sealedIncident>>;

const signer = newSigner();
const trusted = { keys: [signer.publicKey], named: true };
const present = { knowledge, code: codeIdentity(knowledge, null) };
let sealed: Sealed;

beforeAll(async () => {
  sealed = await sealedIncident({ signer });
});

const copy = (): Files => new Map(sealed.files);
const manifestIn = (files: Files) => readManifest(files.get(bundleNames.manifest) ?? new Uint8Array());
const results = (files: Files): Promise<Check> => checkResults(files, manifestIn(files), present);

interface Event {
  readonly eventId: string;
  activityTaskScheduledEventAttributes?: { activityType: { name: string } };
  activityTaskCompletedEventAttributes?: { scheduledEventId: string; result: unknown };
}

function eventsIn(files: Files): Event[] {
  const bytes = files.get(bundleNames.history(0));
  return (JSON.parse(Buffer.from(bytes ?? '').toString()) as { events: Event[] }).events; // our own fixture
}

function putEvents(files: Files, events: readonly Event[]): void {
  files.set(bundleNames.history(0), new TextEncoder().encode(canonicalJson({ events })));
}

/** As somebody would who has a key: the manifest is made anew around what was changed. */
function sealAgain(files: Files, by: Signer): void {
  const manifest = manifestIn(files);
  const bytes = files.get(bundleNames.history(0)) ?? new Uint8Array();
  const [first] = manifest.histories;
  if (first === undefined) throw new Error('no history');
  const histories = [historyEntry(first, readHistory(bytes, 'history'), bytes)];
  const signed = manifestBytes({ ...manifest, histories, signer: by.keyId });
  files.set(bundleNames.manifest, signed);
  files.set(bundleNames.signature, by.sign(signed));
  files.set(bundleNames.publicKey, new TextEncoder().encode(by.publicKey));
}

/** Replaces the result of the last activity of this type. */
function changeResult(files: Files, type: string, change: (result: Record<string, unknown>) => unknown): string {
  const events = eventsIn(files);
  const scheduled = events.findLast((event) => event.activityTaskScheduledEventAttributes?.activityType.name === type);
  const completed = events.find(
    (event) => event.activityTaskCompletedEventAttributes?.scheduledEventId === scheduled?.eventId,
  );
  const attributes = completed?.activityTaskCompletedEventAttributes;
  if (completed === undefined || attributes === undefined) throw new Error(`no result of ${type}`);
  const { payloads: list } = attributes.result as ReturnType<typeof payloads>; // our own fixture
  const recorded = JSON.parse(Buffer.from(list[0]?.data ?? '', 'base64').toString()) as Record<string, unknown>;
  attributes.result = payloads(change(recorded));
  putEvents(files, events);
  return completed.eventId;
}

describe('a sealed incident', () => {
  it('passes: seal and results', async () => {
    expect(checkSeal(sealed.files, trusted)).toMatchObject({ status: 'passed', problems: [], gaps: [] });
    expect(await results(sealed.files)).toMatchObject({ status: 'passed', problems: [], gaps: [] });
    expect((await results(sealed.files)).summary).toContain('5 results derived again');
  });

  it('is the same when it is archived twice', async () => {
    const keys = [...sealed.archive.objects.keys()];
    const again = await runActivity(sealed.archiveExecution, key);
    expect(again).toEqual(sealed.archived);
    expect([...sealed.archive.objects.keys()]).toEqual(keys);
    expect(again).toMatchObject({ keyId: signer.keyId, histories: 1, locked: true, unreadable: 0 });
  });

  it('holds the logs with their version, and a chart that runs nothing', () => {
    const { evidence } = manifestIn(sealed.files);
    expect(evidence.find(({ kind }) => kind === 'log-window')).toMatchObject({ bucket: 'logs', versionId: 'v-1' });
    expect(Buffer.from(sealed.files.get('chart.html') ?? '').toString()).toContain("default-src 'none'");
  });

  it.each([
    [
      'the key that was named',
      { keys: [newSigner().publicKey], named: true },
      'failed',
      /not by the one that was named/,
    ],
    ['a key of this machine', { keys: [newSigner().publicKey], named: false }, 'not-checked', /unknown key/],
    ['no key at all', { keys: [], named: false }, 'not-checked', /unknown key/],
  ])('does not pass by its own key alone: %s is another', (_what, keys, status, text) => {
    const check = checkSeal(sealed.files, keys);
    expect(check.status).toBe(status);
    expect([...check.problems, ...check.gaps][0]?.text).toMatch(text);
  });

  it('is not checked when nobody signed', async () => {
    const { files } = await sealedIncident({ signer: null });
    expect(checkSeal(files, { keys: [], named: false })).toMatchObject({ status: 'not-checked' });
    expect(checkSeal(files, trusted)).toMatchObject({ status: 'failed' });
  });

  it('says what the raw logs would have been needed for', async () => {
    const { files } = await sealedIncident({ signer, withoutLogs: true });
    expect(checkSeal(files, trusted)).toMatchObject({ status: 'not-checked', problems: [] });
    const check = await results(files);
    expect(check.status).toBe('not-checked');
    expect(check.gaps.map(({ place }) => place)).toEqual([expect.stringContaining('scanEvidence')]);
  });
});

describe('the seal refuses, with the place,', () => {
  const evidenceFile = () => {
    const entry = manifestIn(sealed.files).evidence.find(({ kind }) => kind === 'findings');
    if (entry === undefined) throw new Error('no findings');
    return { ...entry, name: bundleNames.evidence(entry.sha256) };
  };

  function problemsOf(change: (files: Files) => void): string {
    const files = copy();
    change(files);
    const check = checkSeal(files, trusted);
    expect(check.status).toBe('failed');
    return check.problems.map(({ place, text }) => `${place}: ${text}`).join('\n');
  }

  it('evidence with a flipped bit', () => {
    const { id, name } = evidenceFile();
    const said = problemsOf((files) => {
      const bytes = Uint8Array.from(files.get(name) ?? []);
      bytes[10] = (bytes[10] ?? 0) ^ 1;
      files.set(name, bytes);
    });
    expect(said).toContain(`findings ${id}`);
    expect(said).toContain('hash differs');
  });

  it('evidence that was removed', () => {
    const { id, name } = evidenceFile();
    expect(problemsOf((files) => files.delete(name))).toContain(`findings ${id}: ${name} is missing`);
  });

  it('evidence that was added', () => {
    const name = bundleNames.evidence('0'.repeat(64));
    expect(problemsOf((files) => files.set(name, new Uint8Array(3)))).toContain(
      `${name}: is not part of what was sealed`,
    );
  });

  it('a removed event', () => {
    const said = problemsOf((files) => putEvents(files, eventsIn(files).toSpliced(4, 1)));
    expect(said).toContain(`${key.workflowId} event 5: is missing`);
  });

  it('events that were cut off at the end', () => {
    const said = problemsOf((files) => putEvents(files, eventsIn(files).slice(0, -1)));
    expect(said).toContain(`${key.workflowId} event ${eventsIn(sealed.files).length}: is missing`);
  });

  it('a changed event', () => {
    let at = '';
    const said = problemsOf((files) => {
      at = changeResult(files, 'reasonRound', (result) => ({ ...result, summary: 'all is well' }));
    });
    expect(said).toContain(`${key.workflowId} event ${at}`);
  });

  it('a removed signature', () => {
    expect(problemsOf((files) => files.delete(bundleNames.signature))).toContain('manifest.sig: is missing');
  });

  it('a signature by another key under the name of the trusted one', () => {
    const said = problemsOf((files) => files.set(bundleNames.signature, newSigner().sign(new Uint8Array(1))));
    expect(said).toContain('is not a signature of this manifest');
  });

  it('a changed chart', () => {
    expect(problemsOf((files) => files.set('chart.md', new TextEncoder().encode('repaired')))).toContain('chart.md');
  });
});

describe('the results refuse, with the place,', () => {
  const forgeries: readonly (readonly [string, string, (result: Record<string, unknown>) => unknown, string])[] = [
    ['another hypothesis', 'reasonRound', (result) => ({ ...result, hypotheses: [] }), 'hypotheses'],
    ['another summary', 'reasonRound', (result) => ({ ...result, summary: 'all is well' }), 'summary'],
    ['a finding less', 'scanEvidence', (result) => ({ ...result, count: 0 }), 'count'],
    ['another window', 'planGathering', (result) => ({ ...result, fromMs: 0 }), 'fromMs'],
    ['other logs', 'gatherLogs', (result) => ({ ...result, objects: 2 }), 'objects'],
    ['another speed', 'checkPerformance', (result) => ({ ...result, slowdownRatio: 1 }), 'slowdownRatio'],
  ];

  it.each(forgeries)(
    '%s in %s, although the seal was made anew with the very same key',
    async (_what, type, change, field) => {
      const files = copy();
      const eventId = changeResult(files, type, change);
      sealAgain(files, signer);
      expect(checkSeal(files, trusted).status).toBe('passed');
      const check = await results(files);
      expect(check.status).toBe('failed');
      expect(check.problems[0]?.place).toBe(`${key.workflowId} event ${eventId} ${type}`);
      expect(check.problems[0]?.text).toContain(field);
    },
  );

  it('findings that were put in the place of the recorded ones', async () => {
    const files = copy();
    const forged = await sealed.evidence.put('findings', 'site-a', new TextEncoder().encode('[]'));
    files.set(bundleNames.evidence(forged.sha256), new TextEncoder().encode('[]'));
    changeResult(files, 'scanEvidence', (result) => ({ ...result, findings: forged }));
    sealAgain(files, signer);
    const [problem] = (await results(files)).problems;
    expect(problem?.place).toContain('scanEvidence');
    expect(problem?.text).toContain(forged.id);
  });

  it('nothing for sure with another knowledge than then', async () => {
    const files = copy();
    const other = { ...knowledge, probes: knowledge.probes.slice(1) };
    const code = { ...present.code, sources: '0'.repeat(64), knowledge: codeIdentity(other, null).knowledge };
    const check = await checkResults(files, manifestIn(files), { knowledge: other, code });
    expect(check.status).toBe('not-checked');
    expect(check.gaps[0]?.text).toContain(`knowledge ${present.code.knowledge} is not here`);
  });
});
