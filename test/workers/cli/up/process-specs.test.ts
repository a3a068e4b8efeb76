import { writeFileSync } from 'node:fs';
import path from 'node:path';
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

function specsWith(env: Readonly<Record<string, string>>) {
  return ownSpecs({
    env: { PATH: '/usr/bin', HOME: folder.path, ...env },
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
}

it('who makes the vectors reaches the orchestrator as it was set, and no other process', () => {
  const specs = specsWith(embeddings);
  const namesIn = ({ env }: (typeof specs)[number]) =>
    Object.keys(embeddings).filter((name) => env[name] !== undefined);
  expect(specs.find(({ name }) => name === 'orchestrator')?.env).toMatchObject(embeddings);
  expect(specs.filter((spec) => namesIn(spec).length > 0).map(({ name }) => name)).toEqual(['orchestrator']);
});

it('a model worker runs where a model is configured, and it alone has the key', () => {
  const model = {
    WARDROUND_MODEL_URL: 'http://127.0.0.1:8000/v1',
    WARDROUND_MODEL_NAME: 'qwen',
    WARDROUND_MODEL_KEY: 'a-key-of-the-person',
  };
  expect(specsWith({}).map(({ name }) => name)).not.toContain('model-worker');
  const specs = specsWith(model);
  const withKey = specs.filter(({ env }) => env['WARDROUND_MODEL_KEY'] !== undefined);
  expect(withKey.map(({ name }) => name)).toEqual(['model-worker']);
  expect(withKey[0]?.args).toContain('model');
  expect(withKey[0]?.env).not.toHaveProperty('WARDROUND_PROBE_KEY_FILE');
  // What an incident may spend is decided where it is started.
  expect(specs.find(({ name }) => name === 'api')?.env).toMatchObject({
    WARDROUND_MODEL_URL: model.WARDROUND_MODEL_URL,
  });
});

it('accounts of a state folder from before there was a model worker are completed, and the others stay', () => {
  const before = openSecrets(folder.of('older'));
  const file = path.join(folder.of('older'), 'secrets.json');
  const { model: _model, ...others } = before.s3;
  writeFileSync(file, JSON.stringify({ apiToken: before.apiToken, s3: others }));
  const after = openSecrets(folder.of('older'));
  expect(after.s3).toMatchObject(others);
  expect(after.s3.model.secretKey).not.toBe(before.s3.model.secretKey);
  expect(openSecrets(folder.of('older')).s3).toEqual(after.s3);
});
