import { ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createS3Calibration } from '../../../activities/adapters/s3-calibration.ts';
import { evidenceBucket } from '../../../infra/stack/s3.ts';
import type { CalibrationRecord, NewCalibrationRecord } from '../../../kb/schemas/calibration.ts';
import { aFigure, aNode, aScale } from '../../kb/performance/calibration/records.ts';
import { startTestS3, type TestS3 } from '../../support/servers.ts';

let s3: TestS3;
beforeAll(async () => {
  s3 = await startTestS3();
});
afterAll(() => s3.stop());

const open = (account: 'orchestrator' | 'logs' | 'probes' = 'orchestrator') =>
  createS3Calibration(s3.client(account), evidenceBucket);
const put = (key: string, body: string) =>
  s3.client('root').send(new PutObjectCommand({ Bucket: evidenceBucket, Key: key, Body: body }));
// What remains is one of the union's members without its name.
const bare = ({ id: _id, schema: _schema, ...said }: CalibrationRecord) => said as NewCalibrationRecord;

describe('calibration records in S3', () => {
  test('are read by another process, and by the log worker, as they were written', async () => {
    const written = await open().add({ ...bare(aNode('n1', [aFigure(0, 280)])), cluster: 'a' });
    expect(written.id).toMatch(/^[0-9a-f]{64}$/);
    expect(await open().records('a')).toEqual({ records: [written], problems: [] });
    expect((await open('logs').records('a')).records).toEqual([written]);
    expect((await open().records('ab')).records).toEqual([]);
  });

  test('say the same twice and are held once', async () => {
    const scale = { ...bare(aScale()), cluster: 'twice' };
    const [first, again] = [await open().add(scale), await open().add(scale)];
    expect(again).toEqual(first);
    const versions = await s3
      .client('root')
      .send(new ListObjectVersionsCommand({ Bucket: evidenceBucket, Prefix: 'calibration/twice/' }));
    expect(versions.Versions).toHaveLength(1);
  });

  test('that are damaged, newer, forged or of another cluster are named, and the others read', async () => {
    const good = await open().add({ ...bare(aScale()), cluster: 'odd' });
    const other = await open().add({ ...bare(aScale()), cluster: 'elsewhere' });
    await put('calibration/odd/damaged.json', '{"kind":');
    await put(`calibration/odd/${'1'.repeat(64)}.json`, JSON.stringify({ ...good, schema: 2 }));
    await put(`calibration/odd/${'2'.repeat(64)}.json`, JSON.stringify({ ...good, scale: 3 }));
    await put(`calibration/odd/${other.id}.json`, JSON.stringify(other));
    const { records, problems } = await open().records('odd');
    expect(records).toEqual([good]);
    expect(problems.map(({ message }) => message.split(':')[0] ?? '').toSorted((a, b) => a.localeCompare(b))).toEqual([
      'its name does not follow from what it says',
      'its name does not follow from what it says',
      'not a calibration record of this build',
      'not JSON',
    ]);
  });

  test('cannot be written by an account of nodes, nor in a form that would not be read again', async () => {
    await expect(open('probes').add({ ...bare(aScale()), cluster: 'a' })).rejects.toMatchObject({ kind: 'denied' });
    await expect(open().add({ ...bare(aScale()), scale: -1 } as NewCalibrationRecord)).rejects.toMatchObject({
      kind: 'malformed',
      message: expect.stringContaining('scale') as string,
    });
  });
});
