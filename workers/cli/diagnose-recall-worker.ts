import { parentPort, workerData } from 'node:worker_threads';
import { openRecaller, type RecallAsked, type RecallReply } from './diagnose-recall.ts';

const folder: unknown = workerData;
const opening = openRecaller(typeof folder === 'string' ? folder : null);
// Told when somebody asks.
opening.catch(() => {});

parentPort?.on('message', (asked: RecallAsked) => {
  void answer(asked).then((reply) => parentPort?.postMessage(reply));
});

async function answer(asked: RecallAsked): Promise<RecallReply> {
  try {
    return { kind: 'recalled', recalled: await (await opening).recall(asked) };
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}
