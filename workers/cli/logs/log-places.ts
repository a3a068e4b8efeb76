import type { LogPlaces } from '../../../activities/log-inputs.ts';
import { CommandFailure } from '../output.ts';

/** Where a command line finds logs: S3 as configured, or of the stack that is up; and what is piped into it. */
export function processLogPlaces(): LogPlaces {
  return {
    async s3(bucket) {
      const { loadConfig } = await import('../../config.ts');
      const { stackS3 } = await import('../stack-s3.ts');
      const config = loadConfig();
      const settings = config.s3 ?? stackS3(config, 'logs');
      if (settings === null)
        throw new CommandFailure(
          'no S3 is configured',
          'is `wardround up` running? Otherwise set WARDROUND_S3_BUCKET, WARDROUND_S3_ACCESS_KEY and WARDROUND_S3_SECRET_KEY',
        );
      const { createS3Client } = await import('../../../activities/adapters/s3-client.ts');
      const { createS3Logs } = await import('../../../activities/adapters/s3-logs.ts');
      return createS3Logs(createS3Client(settings), bucket);
    },
    stdin: () => process.stdin,
  };
}
