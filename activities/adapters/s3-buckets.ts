import {
  CreateBucketCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { PortError } from '../ports.ts';
import { s3Call } from './s3-client.ts';

/** What one account may do in one bucket: actions on everything under the given key prefixes. */
export interface BucketGrant {
  readonly account: string;
  readonly actions: readonly ('s3:GetObject' | 's3:GetObjectVersion' | 's3:PutObject')[];
  readonly prefixes: readonly string[];
  /** Whether it may list keys and versions. */
  readonly lists: boolean;
}

/** Makes the bucket if it is missing; keeps versions; grants exactly these rights. Safe to repeat. */
export async function ensureBucket(client: S3Client, bucket: string, grants: readonly BucketGrant[]): Promise<void> {
  await s3Call(`creating bucket ${bucket}`, undefined, () =>
    client.send(new CreateBucketCommand({ Bucket: bucket })),
  ).catch((error: unknown) => {
    if (!isOwnedAlready(error)) throw error;
  });
  await s3Call(`switching on versions in bucket ${bucket}`, undefined, () =>
    client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } })),
  );
  await s3Call(`setting the policy of bucket ${bucket}`, undefined, () =>
    client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(policy(bucket, grants)) })),
  );
}

/** Resolves when the server answers signed requests. */
export async function s3Answers(client: S3Client, signal: AbortSignal): Promise<void> {
  await s3Call('listing buckets', signal, () => client.send(new ListBucketsCommand({}), { abortSignal: signal }));
}

function policy(bucket: string, grants: readonly BucketGrant[]): unknown {
  const statements = grants.flatMap(({ account, actions, prefixes, lists }) => [
    {
      Effect: 'Allow',
      Principal: { AWS: [account] },
      Action: actions,
      Resource: prefixes.map((prefix) => `arn:aws:s3:::${bucket}/${prefix}*`),
    },
    ...(lists
      ? [
          {
            Effect: 'Allow',
            Principal: { AWS: [account] },
            Action: ['s3:ListBucket', 's3:ListBucketVersions'],
            Resource: [`arn:aws:s3:::${bucket}`],
          },
        ]
      : []),
  ]);
  return { Version: '2012-10-17', Statement: statements };
}

function isOwnedAlready(error: unknown): boolean {
  return error instanceof PortError && error.cause instanceof Error && error.cause.name === 'BucketAlreadyOwnedByYou';
}
