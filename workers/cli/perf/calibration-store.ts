import type { CalibrationStore } from '../../../activities/ports.ts';
import type { CliContext } from '../context.ts';
import { CommandFailure } from '../output.ts';

/** Opens the calibration records for one command and closes them again; tests hand in another. */
export type WithCalibration = <T>(work: (store: CalibrationStore) => Promise<T>) => Promise<T>;

/** S3 as configured, or of the stack that is up. */
export function withStackCalibration({ config: load }: Pick<CliContext, 'config'>): WithCalibration {
  return async (work) => {
    const [{ stackS3 }, { createS3Client }, { createS3Calibration }, { PortError }] = await Promise.all([
      import('../stack-s3.ts'),
      import('../../../activities/adapters/s3-client.ts'),
      import('../../../activities/adapters/s3-calibration.ts'),
      import('../../../activities/ports.ts'),
    ]);
    const config = await load();
    const settings = config.s3 ?? stackS3(config, 'orchestrator');
    if (settings === null)
      throw new CommandFailure(
        'no S3 is configured, and calibration is kept there',
        'is `wardround up` running? Otherwise set WARDROUND_S3_BUCKET, WARDROUND_S3_ACCESS_KEY and WARDROUND_S3_SECRET_KEY',
      );
    const client = createS3Client(settings);
    try {
      return await work(createS3Calibration(client, settings.bucket));
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      const advice =
        error.kind === 'denied'
          ? 'the account needs to read the bucket and to put under calibration/'
          : 'is `wardround up` running? `wardround doctor` checks every endpoint';
      throw new CommandFailure(error.message, advice, { cause: error });
    } finally {
      client.destroy();
    }
  };
}
