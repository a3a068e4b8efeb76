import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { findTool } from '../../infra/setup/tools.cjs';
import { repositoryPath } from './repository.ts';

declare module 'vitest' {
  interface ProvidedContext {
    temporalAddress: string;
    workflowBundlePath: string;
  }
}

/** One real Temporal server and one workflow bundle for the whole test run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { tool } = findTool('temporal');
  if (tool === undefined) throw new Error('no Temporal server found; run `node infra/setup/prepare.cjs` first');
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: tool.path },
      extraArgs: ['--log-level', 'never'],
    },
  });
  const folder = await mkdtemp(join(tmpdir(), 'wardround-test-'));
  const bundle = await bundleWorkflowCode({
    workflowsPath: repositoryPath('workflows/index.ts'),
    payloadConverterPath: repositoryPath('workflows/payload-converter.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  const workflowBundlePath = join(folder, 'workflows.js');
  await writeFile(workflowBundlePath, bundle.code);
  project.provide('temporalAddress', environment.address);
  project.provide('workflowBundlePath', workflowBundlePath);
  return async () => {
    await environment.teardown();
    await rm(folder, { recursive: true, force: true });
  };
}
