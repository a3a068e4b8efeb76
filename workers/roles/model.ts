import { pino } from 'pino';
import { createOpenAiChat } from '../../activities/adapters/openai-chat.ts';
import { readPrompts } from '../../activities/adapters/prompt-files.ts';
import { createS3Client } from '../../activities/adapters/s3-client.ts';
import { createS3Evidence } from '../../activities/adapters/s3-evidence.ts';
import { createS3Logs } from '../../activities/adapters/s3-logs.ts';
import { createS3ModelAnswers } from '../../activities/adapters/s3-model-answers.ts';
import { createS3SiteKnowledge } from '../../activities/adapters/s3-site-knowledge.ts';
import { shippedRecords } from '../../activities/adapters/shipped-records.ts';
import { createAskModel } from '../../activities/ask-model.ts';
import { createModelQueue } from '../../activities/model/queue.ts';
import { recalledAtSite } from '../../activities/model/recalled.ts';
import { createRunWishedProgram } from '../../activities/run-wished-program.ts';
import { siteRecallables } from '../../activities/site-recallables.ts';
import { probeById } from '../../kb/probes/index.ts';
import { knowledge } from '../../kb/reasoning/index.ts';
import { recallableOf } from '../../kb/retrieval/recallable.ts';
import type { ModelActivities } from '../../workflows/activity-proxies.ts';
import { configFor, type Config } from '../config.ts';
import type { QueueParts } from './index.ts';

/**
 * Talks to the model and to S3, and to nothing else: no SSH key, no inventory, no Chroma. Programs of the model run here, in
 * their sandbox.
 */
export async function modelParts(config: Config): Promise<(queue: string) => QueueParts> {
  const { s3, model, logLevel } = configFor(config, 'model');
  const client = createS3Client(s3);
  const { records } = await shippedRecords();
  const evidence = createS3Evidence(client, s3.bucket, 'model');
  const log = pino({ name: 'model-worker', level: logLevel });
  const site = siteRecallables({
    shipped: records.map((record) => recallableOf(record)),
    knowledge: createS3SiteKnowledge(client, s3.bucket),
    clock: { nowMs: Date.now },
    onProblem: (text) => log.warn(text),
  });
  const activities: ModelActivities = {
    askModel: createAskModel({
      client: createOpenAiChat(model),
      answers: createS3ModelAnswers(client, s3.bucket),
      evidence,
      logs: (bucket) => createS3Logs(client, bucket),
      knowledge,
      probe: probeById,
      prompts: await readPrompts(),
      recalled: recalledAtSite(records, site),
      prices: model.prices,
      clock: { nowMs: Date.now },
      queue: createModelQueue(model.atOnce, Date.now),
      timeoutMs: model.timeoutMs,
    }),
    runWishedProgram: createRunWishedProgram({ evidence }),
  };
  return () => ({ activities });
}
