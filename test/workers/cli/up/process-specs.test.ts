import { afterAll, expect, it } from 'vitest';
import { openSecrets } from '../../../../infra/stack/secrets.ts';
import { ownSpecs } from '../../../../workers/cli/up/process-specs.ts';
import { temporaryFolder } from '../../../support/servers.ts';

const folder = temporaryFolder('process-specs');
afterAll(() => folder.remove());

const embeddings = {
  WARDROUND_EMBEDDINGS_URL: 'http://127.0.0.1:8000/v1',
  WARDROUND_EMBEDDINGS_MODEL: 'a-model',
  WARDROUND_EMBEDDINGS_KEY: 'a-key-of-the-person',
  WARDROUND_EMBEDDER: 'hashing',
};

it('who makes the vectors reaches the orchestrator as it was set, and no other process', () => {
  const specs = ownSpecs({
    env: { PATH: '/usr/bin', HOME: folder.path, ...embeddings },
    servers: {
      temporal: { address: '127.0.0.1:1', namespace: 'default', uiUrl: 'http://127.0.0.1:2' },
      s3: { endpoint: 'http://127.0.0.1:3', region: 'us-east-1', evidenceBucket: 'evidence', logsBucket: 'logs' },
      chromaUrl: 'http://127.0.0.1:4',
    },
    secrets: openSecrets(folder.of('secrets')),
    cluster: {
      cluster: 'site-a',
      httpUrl: 'http://127.0.0.1:5',
      controlSocket: '/no/socket',
      inventoryPath: '/no/inventory.json',
    },
    workflowBundle: '/no/bundle.js',
    apiPort: 6,
    observeOnly: false,
  });
  const namesIn = ({ env }: (typeof specs)[number]) =>
    Object.keys(embeddings).filter((name) => env[name] !== undefined);
  expect(specs.find(({ name }) => name === 'orchestrator')?.env).toMatchObject(embeddings);
  expect(specs.filter((spec) => namesIn(spec).length > 0).map(({ name }) => name)).toEqual(['orchestrator']);
});
