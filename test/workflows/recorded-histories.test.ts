import { readdirSync, readFileSync } from 'node:fs';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { repositoryPath } from '../support/repository.ts';

const folder = repositoryPath('test/histories');
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

interface RecordedHistory {
  readonly events: readonly {
    readonly eventType: string;
    readonly workflowExecutionStartedEventAttributes?: { readonly workflowId: string };
  }[];
}

beforeAll(() => {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
});

async function replay(history: RecordedHistory): Promise<void> {
  // Questions to the cluster entity carry the workflow's id: a replay under another would wait for other answers.
  const workflowId = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId;
  await Worker.runReplayHistory(
    {
      workflowBundle: { codePath: inject('workflowBundlePath') },
      dataConverter: { payloadConverterPath: repositoryPath('workflows/payload-converter.ts') },
    },
    history,
    workflowId,
  );
}

describe('recorded histories', () => {
  it('exist', () => expect(files).not.toEqual([]));

  it.each(files)('%s replays to the same decisions', async (file) => {
    // Written by `temporal workflow show --output json`; the SDK checks its shape.
    const history = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as RecordedHistory;
    // A replay whose last task fails is reported as a success (stack-notes 1.9), so the end is looked at as well.
    const types = history.events.map((event) => event.eventType);
    expect(types).not.toContain('EVENT_TYPE_WORKFLOW_TASK_FAILED');
    expect(types.at(-1)).toMatch(/^EVENT_TYPE_WORKFLOW_EXECUTION_(?:COMPLETED|CONTINUED_AS_NEW)$/);
    await replay(history);
  });

  it.each(files)('%s does not replay once a decision in it is another', async (file) => {
    const changed = readFileSync(`${folder}/${file}`, 'utf8').replaceAll(
      /"(planGathering|applyStep|watchPerformance)"/g,
      '"somethingElse"',
    );
    await expect(replay(JSON.parse(changed) as RecordedHistory)).rejects.toThrow(/Nondeterminism/);
  });
});
