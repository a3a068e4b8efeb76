import type { S3Client } from '@aws-sdk/client-s3';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { EvidenceRef } from '../../workflows/domain/evidence.ts';
import { evidenceRefSchema } from '../evidence-shapes.ts';
import { PortError, type ModelAnswers } from '../ports.ts';
import { putOnce, readBody, requestOptions, s3Call } from './s3-client.ts';

/** Which exchange answered which request: a small object a request, under the prefix that the model worker may write. */
export function createS3ModelAnswers(client: S3Client, bucket: string): ModelAnswers {
  const keyOf = (cluster: string, requestHash: string): string =>
    `evidence/model/${cluster}/model-answer/${requestHash.slice(0, 2)}/${requestHash}`;
  return {
    async find(cluster, requestHash, signal) {
      const key = keyOf(cluster, requestHash);
      const what = `looking for a model's answer (${bucket}/${key})`;
      try {
        const bytes = await s3Call(what, signal, async () => {
          const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), requestOptions(signal));
          return readBody(what, answer.Body, refBytesMax);
        });
        return readRef(bytes);
      } catch (error) {
        if (error instanceof PortError && error.kind === 'not-found') return null;
        throw error;
      }
    },
    async remember(cluster, requestHash, exchange, signal) {
      const Body = new TextEncoder().encode(JSON.stringify(exchange));
      const Key = keyOf(cluster, requestHash);
      await putOnce(client, { Bucket: bucket, Key, Body, ContentType: 'application/json' }, signal);
    },
  };
}

const refBytesMax = 4096;

/** What is no reference is as good as none: the model is asked again. */
function readRef(bytes: Uint8Array): EvidenceRef | null {
  try {
    return evidenceRefSchema('model-exchange').safeParse(JSON.parse(new TextDecoder().decode(bytes))).data ?? null;
  } catch {
    return null;
  }
}
