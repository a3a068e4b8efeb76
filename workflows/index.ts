import { setWorkflowOptions, workflowInfo } from '@temporalio/workflow';
import { cluster } from './cluster.ts';
import { perfWatch } from './perf-watch.ts';

// Where workers are versioned, incidents and repairs stay with the build that they began with; the entity never ends,
// so it moves on to the current one, and its changes are guarded by `patched`.
setWorkflowOptions(() => (isVersioned() ? { versioningBehavior: 'AUTO_UPGRADE' } : {}), cluster);
// A watch outlives every build as well: it goes on in new runs.
setWorkflowOptions(() => (isVersioned() ? { versioningBehavior: 'AUTO_UPGRADE' } : {}), perfWatch);

export { cluster, perfWatch };
export { archive, archiveSweep } from './archive.ts';
export { indexKnowledge } from './index-knowledge.ts';
export { incident } from './incident.ts';
export { repair } from './repair.ts';
export { recover } from './recover.ts';

/** The server refuses a behaviour from a worker that has no version. */
function isVersioned(): boolean {
  const version = workflowInfo().currentDeploymentVersion;
  return version !== undefined && version.deploymentName !== '';
}
