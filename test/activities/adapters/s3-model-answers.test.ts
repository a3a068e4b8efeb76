import { afterAll, beforeAll, expect, it } from 'vitest';
import { createS3ModelAnswers } from '../../../activities/adapters/s3-model-answers.ts';
import { createS3Evidence } from '../../../activities/adapters/s3-evidence.ts';
import { evidenceBucket } from '../../../infra/stack/s3.ts';
import { startTestS3, type TestS3 } from '../../support/servers.ts';

let s3: TestS3;
beforeAll(async () => {
  s3 = await startTestS3();
});
afterAll(() => s3.stop());

it("an answer is found by the hash of its request with the model worker's own account, and the first one stays", async () => {
  const client = s3.client('model');
  const evidence = createS3Evidence(client, evidenceBucket, 'model');
  const answers = createS3ModelAnswers(client, evidenceBucket);
  const hash = 'ab'.repeat(32);
  const [first, second] = await Promise.all(
    ['one', 'two'].map((text) => evidence.put('model-exchange', 'site-a', new TextEncoder().encode(text))),
  );
  if (first === undefined || second === undefined) throw new Error('two exchanges');
  expect(await answers.find('site-a', hash)).toBeNull();
  await answers.remember('site-a', hash, first);
  await answers.remember('site-a', hash, second);
  expect(await answers.find('site-a', hash)).toEqual(first);
  expect(await answers.find('site-b', hash)).toBeNull();
});
