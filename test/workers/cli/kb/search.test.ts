import { expect, it } from 'vitest';
import { queryCharsMax } from '../../../../kb/retrieval/query.ts';
import { indexCommand } from '../../../../workers/cli/kb/index-records.ts';
import { searchCommand } from '../../../../workers/cli/kb/search.ts';
import { loadConfig } from '../../../../workers/config.ts';
import { closedAddress } from '../../../support/http-server.ts';
import { temporaryFolder } from '../../../support/servers.ts';
import { runCli } from '../../support/cli-runs.ts';

it.each([
  ['nothing', '  ', /nothing to search for/],
  ['a whole log', 'x'.repeat(queryCharsMax + 1), /4001 characters, at most 4000/],
])('a search for %s is refused before anything is opened', async (_what, text, reason) => {
  const { exitCode, stderr } = await runCli(searchCommand, ['search', text]);
  expect(stderr).toMatch(reason);
  expect(exitCode).toBe(2);
});

it('a search without an embeddings server is by words alone, and says so', async () => {
  const { exitCode, stdout } = await kb(searchCommand, ['search', 'Xid 79 fallen off the bus', '--json'], {
    WARDROUND_EMBEDDINGS_URL: `${await closedAddress()}/v1`,
    WARDROUND_EMBEDDINGS_MODEL: 'any',
  });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    modelId: null,
    degraded: expect.stringMatching(/model any.*cannot be reached.*searched by words alone/),
  });
});

it('the index is not brought in step with a base that lacks what the site has learned', async () => {
  const { exitCode, stderr } = await kb(indexCommand, ['index'], {
    WARDROUND_EMBEDDER: 'hashing',
    WARDROUND_S3_ENDPOINT: await closedAddress(),
    WARDROUND_S3_BUCKET: 'site-a',
    WARDROUND_S3_ACCESS_KEY: 'access',
    WARDROUND_S3_SECRET_KEY: 'secret',
  });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/the site's own knowledge is left out: .*\n.*the index stays as it is/);
});

/** Runs with a Chroma server that is configured and away, beside what the test configures. */
async function kb(
  command: typeof searchCommand | typeof indexCommand,
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
) {
  const folder = temporaryFolder('kb-search');
  try {
    const config = loadConfig({
      WARDROUND_STATE_DIR: folder.path,
      WARDROUND_CHROMA_URL: await closedAddress(),
      XDG_CACHE_HOME: folder.path,
      ...environment,
    });
    return await runCli((context) => command({ ...context, config: async () => config }), argv);
  } finally {
    folder.remove();
  }
}
