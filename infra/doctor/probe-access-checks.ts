import type { ProbeRunner, SshHost } from '../../activities/ports.ts';
import { ok, warn, type CheckSpec, type DoctorContext, type Finding } from './check.ts';

/** What the check of the nodes' probe key needs; undefined: no inventory, or no key. */
export interface ProbeAccess {
  readonly hosts: readonly SshHost[];
  readonly runner: ProbeRunner & { close(): void };
}

/** Whether nodes let the probe key read and nothing else. */
export const probeAccessChecks: readonly CheckSpec[] = [
  { id: 'probe-access', title: 'Probe key', run: checkProbeAccess },
];

/** Enough to see that the nodes are set up; all of them would be a survey. */
const hostsMax = 3;
const answerMsMax = 8_000;
const answerBytesMax = 4_096;
/** Harmless, and on no allow-list. */
const refusedCommand = ['true'];
const refusedExit = 126;
const advice = 'install the forced command of infra/gate/README.md on the nodes';

type Answer = 'refused' | 'ran' | 'silent';

async function checkProbeAccess({ probeAccess }: DoctorContext): Promise<Finding> {
  const access = await probeAccess?.();
  if (access === undefined) return ok('not configured');
  try {
    const hosts = spread(access.hosts);
    const answers = await Promise.all(
      hosts.map(async (host) => ({ name: host.name, ...(await ask(access.runner, host)) })),
    );
    const open = answers.filter(({ answer }) => answer === 'ran').map(({ name }) => name);
    if (open.length > 0) return warn(`${open.join(', ')}: the key may run anything there`, advice);
    const silent = answers.find(({ answer }) => answer === 'silent');
    if (silent !== undefined)
      return warn(`${silent.name}: ${silent.why}`, 'check the node, its address and its host key');
    return ok(`reads and nothing else on ${answers.map(({ name }) => name).join(', ')}`);
  } finally {
    access.runner.close();
  }
}

/** The first, the last and one between them: racks are often set up one by one. */
function spread(hosts: readonly SshHost[]): readonly SshHost[] {
  if (hosts.length <= hostsMax) return hosts;
  const at = (share: number) => hosts[Math.round((hosts.length - 1) * share)] ?? [];
  return [at(0), at(0.5), at(1)].flat();
}

async function ask(runner: ProbeRunner, host: SshHost): Promise<{ readonly answer: Answer; readonly why: string }> {
  try {
    const { exitCode, stderr } = await runner.run(host, refusedCommand, {
      timeoutMs: answerMsMax,
      outputBytesMax: answerBytesMax,
    });
    if (exitCode === refusedExit && stderr.startsWith('wardround-probe: refused'))
      return { answer: 'refused', why: '' };
    if (exitCode === 0) return { answer: 'ran', why: '' };
    return { answer: 'silent', why: `answered with exit ${exitCode ?? 'unknown'} and not as its forced command would` };
  } catch (error) {
    return { answer: 'silent', why: error instanceof Error ? error.message : String(error) };
  }
}
