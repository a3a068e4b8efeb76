import type { Change } from '../../state/actions.ts';
import type { FactName } from '../../state/facts/index.ts';
import { clearFact } from '../../state/facts/set-fact.ts';
import { printed, type CommandContext, type CommandResult } from '../command.ts';
import { noLock, notValid, refused } from './answer.ts';

interface File {
  readonly path: string;
  /** The causes that live in it. */
  readonly facts: readonly FactName[];
}

/**
 * Files of which the site keeps a recorded version, by their names in /etc/wardround/configs.d. What stands in those of the
 * network is in force as soon as they are back (`reload=` there); the others are read when somebody starts anew.
 */
const files: Readonly<Record<string, File>> = {
  'docker-daemon': { path: '/etc/docker/daemon.json', facts: ['container.docker-file'] },
  'nvidia-container-runtime': { path: '/etc/nvidia-container-runtime/config.toml', facts: [] },
  limits: { path: '/etc/systemd/system/slurmd.service.d/limits.conf', facts: ['host.memlock-kib', 'host.nofile'] },
  chrony: { path: '/etc/chrony/chrony.conf', facts: [] },
  fabricmanager: { path: '/usr/share/nvidia/nvswitch/fabricmanager.cfg', facts: [] },
  'task-prolog': { path: '/etc/slurm/task_prolog.sh', facts: ['host.task-binding', 'job.device-mask'] },
  hosts: { path: '/etc/hosts', facts: ['net.hosts-entry'] },
  resolv: { path: '/etc/resolv.conf', facts: ['net.nameserver'] },
  'netplan-mtu': {
    path: '/etc/netplan/50-bond0.yaml',
    facts: ['net.mtu', 'net.mtu-file', 'net.second-default-route', 'roce.gid-order'],
  },
  firewall: { path: '/etc/iptables/rules.v4', facts: ['net.firewall'] },
  'nccl-conf': { path: '/etc/nccl.conf', facts: ['nccl.conf'] },
};

/** Puts the recorded version in the place of a file and keeps what stood there. */
export function revertConfig(context: CommandContext, name: string): CommandResult {
  const file = fileOf(context, name);
  if ('exitCode' in file) return file;
  const { timeline, node, nowMs, act } = context;
  const { settings } = timeline.segmentAt(nowMs);
  const changes = file.facts.flatMap((fact) =>
    [...(settings.facts.get(fact)?.values() ?? [])]
      .filter(({ place }) => place === node.name)
      .map(({ place, key }) => clearFact(fact, place, key)),
  );
  if (changes.length === 0) return printed(`${file.path} is as recorded\n`);
  act(changes);
  return printed(`${file.path} is as recorded; what stood there is in ${file.path}.wardround-before\n`);
}

/** Puts back what a revert took away: that stands in the record of what was done. */
export function restoreConfig(context: CommandContext, name: string): CommandResult {
  const file = fileOf(context, name);
  if ('exitCode' in file) return file;
  const { timeline, node, act } = context;
  const about = timeline.actions.flatMap(({ by, changes }) =>
    changes
      .filter((change) => change.kind === 'fact' || change.kind === 'fact-clear')
      .filter(({ fact, place }) => file.facts.includes(fact) && place === node.name)
      .map((change) => ({ by, change })),
  );
  const each = Map.groupBy(about, ({ change }) => `${change.fact} ${change.key ?? ''}`);
  const changes = [...each.values()].flatMap((history): readonly Change[] => {
    const [before, last] = history.slice(-2);
    return last?.by === 'root' && last.change.kind === 'fact-clear' && before?.change.kind === 'fact'
      ? [before.change]
      : [];
  });
  if (changes.length === 0) return printed(`nothing of ${file.path} is kept\n`);
  act(changes);
  return printed(`${file.path} is as it was before\n`);
}

function fileOf({ root }: CommandContext, name: string): File | CommandResult {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) return notValid('the name is not that of a configuration');
  if (!root) return noLock;
  return files[name] ?? refused(`there is no readable configuration ${name}`);
}
