import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { repositoryPath } from './repository.ts';

/**
 * A workflow bundle of this code with one change, as the next release would have it. `find` must stand in the file
 * exactly once; `put` may use the workflow library as `sdk`.
 */
export async function bundleChanged(change: {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}): Promise<{ readonly codePath: string; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'wardround-changed-'));
  await cp(repositoryPath('workflows'), join(folder, 'workflows'), { recursive: true });
  await symlink(repositoryPath('node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const file = join(folder, 'workflows', change.file);
  const text = await readFile(file, 'utf8');
  if (text.split(change.find).length !== 2) throw new Error(`"${change.find}" is not in ${change.file} exactly once`);
  await writeFile(file, `import * as sdk from '@temporalio/workflow';\n${text.replace(change.find, change.put)}`);
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(folder, 'workflows/index.ts'),
    payloadConverterPath: join(folder, 'workflows/payload-converter.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  const codePath = join(folder, 'workflows.js');
  await writeFile(codePath, code);
  return { codePath, remove: () => rm(folder, { recursive: true, force: true }) };
}
