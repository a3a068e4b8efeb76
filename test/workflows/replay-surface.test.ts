import { readFileSync } from 'node:fs';
import { expect, inject, it } from 'vitest';

/**
 * What ends up in the workflow bundle decides whether old histories replay. A new line in the snapshot is a
 * decision: code that can live in an activity belongs there.
 */
it('only the modules that workflows execute are in the bundle', () => {
  const code = readFileSync(inject('workflowBundlePath'), 'utf8');
  const modules = [...code.matchAll(/"\.\/((?:workflows|kb|activities|workers|infra)\/[^"]+\.ts)"/g)].map(
    (found) => found[1] ?? '',
  );
  expect([...new Set(modules)].toSorted((a, b) => (a < b ? -1 : 1))).toMatchSnapshot();
});
