import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeStackFile } from '../../infra/stack/stack-file.ts';
import { ConfigError, configFor, loadConfig } from '../../workers/config.ts';
import { temporaryFolder } from '../support/servers.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder('config');
});
afterEach(() => folder.remove());

const load = (env: Record<string, string>) => loadConfig({ WARDROUND_STATE_DIR: folder.path, ...env });
const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    load(env);
    return [];
  } catch (error) {
    return error instanceof ConfigError ? error.problems : [String(error)];
  }
};
const s3 = {
  WARDROUND_S3_BUCKET: 'evidence',
  WARDROUND_S3_ACCESS_KEY: 'access',
  WARDROUND_S3_SECRET_KEY: 'secret-value',
};

describe('configuration', () => {
  test('an empty environment gives local defaults and leaves the rest open', () => {
    const config = load({});
    expect(config.temporal).toEqual({ address: '127.0.0.1:7233', namespace: 'default', uiUrl: null });
    expect(config.apiUrl).toBe('http://127.0.0.1:8080');
    expect(config).toMatchObject({
      s3: null,
      chromaUrl: null,
      inventoryPath: null,
      observeOnly: false,
      approvalMs: 14_400_000,
    });
  });

  test('a model is off unless its server is configured, and half of it is an error', () => {
    expect(load({})).toMatchObject({ model: null, modelBudget: null });
    const model = { WARDROUND_MODEL_URL: 'http://127.0.0.1:8000/v1', WARDROUND_MODEL_NAME: 'qwen' };
    expect(load(model)).toMatchObject({
      model: { url: 'http://127.0.0.1:8000/v1', model: 'qwen', key: null, timeoutMs: 60_000, atOnce: 2 },
      modelBudget: { tokensMax: 60_000, secondsMax: 120, costMax: null, answers: 1 },
    });
    expect(problemsOf({ WARDROUND_MODEL_NAME: 'qwen' })).toEqual([
      'WARDROUND_MODEL_URL: URL and NAME of the model server belong together; this one is missing',
    ]);
    expect(problemsOf({ ...model, WARDROUND_MODEL_COST_MAX: '1' })[0]).toContain(
      'without prices nothing costs anything',
    );
    expect(problemsOf({ ...model, WARDROUND_MODEL_URL: 'http://me:secret@host/v1' })[0]).not.toContain('secret');
    expect(problemsOf({ ...model, WARDROUND_MODEL_ANSWERS: '100' })[0]).toContain('expected at most 9');
  });

  test('the model worker needs S3 and a model, and sees no SSH key', () => {
    expect(() => configFor(load(s3), 'model')).toThrow('WARDROUND_MODEL_URL, WARDROUND_MODEL_NAME');
    const model = { WARDROUND_MODEL_URL: 'http://127.0.0.1:8000/v1', WARDROUND_MODEL_NAME: 'qwen' };
    const own = configFor(load({ ...s3, ...model, WARDROUND_PROBE_KEY_FILE: '/key' }), 'model');
    expect(Object.keys(own).toSorted()).toEqual(['logLevel', 'model', 's3', 'stateDir', 'temporal']);
  });

  test('every wrong variable is named with the form it should have', () => {
    const problems = problemsOf({
      WARDROUND_S3_ENDPOINT: 's3.example.com',
      WARDROUND_TEMPORAL_ADDRESS: 'temporal',
      WARDROUND_OBSERVE_ONLY: 'maybe',
      WARDROUND_APPROVAL_MINUTES: '1.5',
    });
    expect(problems).toHaveLength(4);
    expect(problems.join('\n')).toContain(
      'WARDROUND_S3_ENDPOINT: expected an http or https URL such as https://s3.example.com, not "s3.example.com"',
    );
    expect(problems.join('\n')).toContain('WARDROUND_TEMPORAL_ADDRESS: expected host:port');
    expect(problems.join('\n')).toContain('WARDROUND_OBSERVE_ONLY: expected true or false');
    expect(problems.join('\n')).toContain('WARDROUND_APPROVAL_MINUTES: expected a whole number of minutes');
  });

  test('a secret with a wrong form is not repeated in the message', () => {
    const [problem] = problemsOf({ WARDROUND_API_TOKEN: 'short-secret' });
    expect(problem).toContain('WARDROUND_API_TOKEN: expected at least 16 characters');
    expect(problem).not.toContain('short-secret');
  });

  test('a variable set to nothing counts as not set', () => {
    expect(load({ WARDROUND_S3_ENDPOINT: '', WARDROUND_API_LISTEN: '  ' }).apiListen.port).toBe(8080);
  });

  test('half of the S3 settings is an error that names the missing half', () => {
    expect(problemsOf({ WARDROUND_S3_BUCKET: 'evidence', WARDROUND_S3_ACCESS_KEY: 'access' })).toEqual([
      expect.stringContaining('WARDROUND_S3_SECRET_KEY'),
    ]);
  });

  test('an API that listens everywhere is reached on loopback', () => {
    expect(load({ WARDROUND_API_LISTEN: '0.0.0.0:9000' }).apiUrl).toBe('http://127.0.0.1:9000');
    expect(load({ WARDROUND_API_LISTEN: '[::1]:9000' }).apiUrl).toBe('http://[::1]:9000');
    const url = 'https://wardround.example.com';
    expect(load({ WARDROUND_API_LISTEN: '[::1]:9000', WARDROUND_API_URL: url }).apiUrl).toBe(url);
    const withUser = () => load({ WARDROUND_API_URL: 'https://ada:geheim@site-a.example.com' });
    expect(withUser).toThrow(
      'a user name or password does not belong in an address, not "https://…@site-a.example.com"',
    );
  });

  describe('roles', () => {
    test('a probe worker without its key is refused with the name of the variable', () => {
      const config = load({ ...s3, WARDROUND_INVENTORY: '/inventory.json' });
      expect(() => configFor(config, 'probes')).toThrow(
        /WARDROUND_PROBE_KEY_FILE: the probes process cannot run without it/,
      );
    });

    test('the orchestrator is not shown SSH keys even where the environment holds them', () => {
      const config = load({
        ...s3,
        WARDROUND_INVENTORY: '/inventory.json',
        WARDROUND_CHROMA_URL: 'http://127.0.0.1:8333',
        WARDROUND_REMEDIATION_KEY_FILE: '/key',
        WARDROUND_PROBE_KEY_FILE: '/key',
      });
      expect(JSON.stringify(configFor(config, 'orchestrator'))).not.toContain('/key');
      expect(configFor(config, 'remediation').remediationKeyFile).toBe('/key');
      expect(configFor(config, 'remediation')).not.toHaveProperty('embeddings');
    });
  });

  describe('beside a running stack', () => {
    const stack = {
      temporal: { address: '127.0.0.1:7299', namespace: 'default', uiUrl: 'http://127.0.0.1:8299' },
      chromaUrl: 'http://127.0.0.1:8399',
      s3: { endpoint: 'http://127.0.0.1:9299', region: 'us-east-1', evidenceBucket: 'e-e', logsBucket: 'l-l' },
      inventoryPath: '/state/inventory.json',
      api: { url: 'http://127.0.0.1:8099', token: 'token-of-the-stack' },
    };

    test('what the environment leaves open comes from the stack file', () => {
      writeStackFile(folder.path, stack);
      const config = load({});
      expect(config.temporal.address).toBe('127.0.0.1:7299');
      expect(config).toMatchObject({ apiUrl: 'http://127.0.0.1:8099', apiToken: 'token-of-the-stack' });
    });

    test('a variable that is set wins over the stack file', () => {
      writeStackFile(folder.path, stack);
      const config = load({ WARDROUND_TEMPORAL_ADDRESS: 'elsewhere:7233', WARDROUND_API_LISTEN: '127.0.0.1:1234' });
      expect(config.temporal.address).toBe('elsewhere:7233');
      expect(config.apiUrl).toBe('http://127.0.0.1:1234');
    });

    test('the file of a stack that has ended is not believed', () => {
      writeFileSync(
        path.join(folder.path, 'stack.json'),
        JSON.stringify({ version: 1, pid: process.pid, identity: 'an earlier process', startedAt: '', ...stack }),
      );
      expect(load({}).temporal.address).toBe('127.0.0.1:7233');
    });
  });
});
