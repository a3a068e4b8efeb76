import { describe, expect, it } from 'vitest';
import { resumeCommand, stopCommand } from '../../../workers/cli/stop-resume.ts';
import { runCli } from '../support/cli-runs.ts';
import { rememberingDesk } from '../support/remembering-desk.ts';

describe('stop and resume', () => {
  it('stop all remediation of the only cluster, show what its entity says, and let it go on', async () => {
    const { desk, clusters } = rememberingDesk();
    const stopped = await runCli(stopCommand, ['stop', '--reason', 'power work'], { desk });
    expect(stopped.exitCode).toBe(0);
    expect(stopped.stdout).toContain('stopped by grace: power work');
    expect(clusters.get('site-a')?.stopped).toMatchObject({ by: 'grace', reason: 'power work' });
    const resumed = await runCli(resumeCommand, ['resume', '--json'], { desk });
    expect(JSON.parse(resumed.stdout)).toEqual({
      cluster: 'site-a',
      stopped: null,
      openIncidents: [],
      repairs: [],
      unsettledNodes: [],
    });
  });

  it('end with 3 when the order is recorded and nobody confirmed it', async () => {
    const { desk, state, clusters } = rememberingDesk();
    state.workersDown = true;
    const run = await runCli(stopCommand, ['stop', '--by', 'Ada'], { desk });
    expect(run.exitCode).toBe(3);
    expect(run.stderr).toContain('recorded');
    expect(clusters.get('site-a')?.stopped?.by).toBe('Ada');
  });

  it('confirm a reason that is longer than the entity keeps', async () => {
    const { desk } = rememberingDesk();
    expect((await runCli(stopCommand, ['stop', '--reason', 'x'.repeat(500)], { desk })).exitCode).toBe(0);
  });

  it('want to know which cluster when there are several, and refuse an unknown one', async () => {
    const clusters = ['site-a', 'site-b'];
    const { desk, clusters: states } = rememberingDesk();
    expect((await runCli(stopCommand, ['stop'], { desk, clusters })).exitCode).toBe(2);
    expect((await runCli(stopCommand, ['stop', '--cluster', 'site-c'], { desk, clusters })).exitCode).toBe(2);
    expect(states.size).toBe(0);
    await runCli(stopCommand, ['stop', '--cluster', 'site-b'], { desk, clusters });
    expect([...states.keys()]).toEqual(['site-b']);
  });
});
