import type { ProbeAnswer, ProbeRunner, SshHost } from '../../activities/ports.ts';
import { ok, warn, type CheckSpec, type DoctorContext, type Finding } from './check.ts';

/** What the checks of one key need; undefined: no inventory, or no key. */
export interface KeyAccess {
  /** Nodes. */
  readonly hosts: readonly SshHost[];
  /** Hosts that manage the nodes, with the same forced command as a node. */
  readonly management?: readonly SshHost[];
  /** Hosts on the way, where the key may go on and nothing else. */
  readonly jumps?: readonly SshHost[];
  readonly runner: ProbeRunner & { close(): void };
  /** Is it an error of the way or the login, and not what a host did with the command? */
  readonly isUnreached: (error: unknown) => boolean;
}

/** Whether the hosts let the probe key read, and the remediation key reach its gate, and nothing else. */
export const probeAccessChecks: readonly CheckSpec[] = [
  {
    id: 'probe-access',
    title: 'Probe key',
    run: ({ probeAccess }) => checkAccess(probeAccess, isProbeRefusal, 'reads and nothing else on'),
  },
  {
    id: 'gate-access',
    title: 'Remediation key',
    run: ({ gateAccess }) => checkAccess(gateAccess, isGateRefusal, 'reaches its gate and nothing else on'),
  },
];

/** Enough to see that they are set up; all of them would be a survey. Of nodes, management and jump hosts each. */
const hostsMax = 3;
const answerMsMax = 8_000;
const answerBytesMax = 4_096;
/** Harmless, on no allow-list and in no protocol; who answers with the word has run it. */
const word = 'wardround-doctor';
const refusedCommand = ['echo', word];
const refusedExit = 126;
const advice = 'install the forced command of infra/gate/README.md there';

type Answer = 'refused' | 'ran' | 'silent';
interface Asked {
  readonly name: string;
  readonly answer: Answer;
  readonly why: string;
}

async function checkAccess(
  open: DoctorContext['probeAccess'],
  isRefusal: (answer: ProbeAnswer) => boolean,
  may: string,
): Promise<Finding> {
  const access = await open?.();
  if (access === undefined) return ok('not configured');
  const { hosts, management = [], jumps = [], runner, isUnreached } = access;
  try {
    const bound = [...spread(hosts), ...spread(management)].map((host) => ask(runner, host, isRefusal));
    const answers = await Promise.all([...bound, ...spread(jumps).map((host) => askJump(runner, host, isUnreached))]);
    const names = (those: readonly Asked[]) => those.map(({ name }) => name).join(', ');
    const open = answers.filter(({ answer }) => answer === 'ran');
    if (open.length > 0) return warn(`${names(open)}: the key may run anything there`, advice);
    const silent = answers.filter(({ answer }) => answer === 'silent');
    if (silent.length > 0)
      return warn(
        silent.map(({ name, why }) => (why.startsWith(name) ? why : `${name}: ${why}`)).join('; '),
        'check the host, its address, its host key, and the key in its authorized_keys',
      );
    const ways = answers.slice(bound.length);
    const through = ways.length === 0 ? '' : `; goes through ${names(ways)}`;
    return ok(`${may} ${names(answers.slice(0, bound.length))}${through}`);
  } finally {
    runner.close();
  }
}

/** The first, the last and one between them: racks are often set up one by one. */
function spread(hosts: readonly SshHost[]): readonly SshHost[] {
  if (hosts.length <= hostsMax) return hosts;
  const at = (share: number) => hosts[Math.round((hosts.length - 1) * share)] ?? [];
  return [at(0), at(0.5), at(1)].flat();
}

function isProbeRefusal({ exitCode, stderr }: ProbeAnswer): boolean {
  return exitCode === refusedExit && stderr.startsWith('wardround-probe: refused');
}

function isGateRefusal({ stdout }: ProbeAnswer): boolean {
  return stdout.startsWith('gate: 1\noutcome: refused\n');
}

async function ask(runner: ProbeRunner, host: SshHost, isRefusal: (answer: ProbeAnswer) => boolean): Promise<Asked> {
  const { name } = host;
  try {
    const answer = await runner.run(host, refusedCommand, limits);
    if (isRefusal(answer)) return { name, answer: 'refused', why: '' };
    if (hasRun(answer)) return { name, answer: 'ran', why: '' };
    const why = `answered with exit ${answer.exitCode ?? 'unknown'} and not as its forced command would`;
    return { name, answer: 'silent', why };
  } catch (error) {
    return { name, answer: 'silent', why: reasonOf(error) };
  }
}

/** A jump host refuses in many ways (no channel, another command, an account without a shell); only letting in is needed. */
async function askJump(runner: ProbeRunner, host: SshHost, isUnreached: KeyAccess['isUnreached']): Promise<Asked> {
  const { name } = host;
  try {
    return { name, answer: hasRun(await runner.run(host, refusedCommand, limits)) ? 'ran' : 'refused', why: '' };
  } catch (error) {
    return { name, answer: isUnreached(error) ? 'silent' : 'refused', why: reasonOf(error) };
  }
}

const limits = { timeoutMs: answerMsMax, outputBytesMax: answerBytesMax };

function hasRun({ exitCode, stdout }: ProbeAnswer): boolean {
  return exitCode === 0 && stdout.trim() === word;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
