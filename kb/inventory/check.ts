import { inventorySchema } from '../schemas/inventory.ts';
import type { Draft, DraftHost } from './draft.ts';

/** Something wrong with an inventory, and where. */
export interface Problem {
  /** `error`: it can not be used like this. `warning`: it can, and something will be missed. */
  readonly severity: 'error' | 'warning';
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Everything that is wrong with an inventory, not only the first of it; none: processes will take it. */
export function checkDraft(draft: Draft): readonly Problem[] {
  const problems = [
    ...gapsOf(draft),
    ...(draft.nodes.length === 0 ? [error(['nodes'], 'there are no nodes')] : []),
    ...twice(draft),
    ...wayProblems(draft),
    ...jobProblems(draft),
    ...warnings(draft),
  ];
  if (problems.some(({ severity }) => severity === 'error')) return problems;
  const strict = inventorySchema.safeParse(draft);
  const rest = strict.success
    ? []
    : strict.error.issues.map((issue) =>
        error(
          issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part)),
          issue.message,
        ),
      );
  return [...problems, ...rest];
}

function error(path: Problem['path'], message: string): Problem {
  return { severity: 'error', path, message };
}

function warning(path: Problem['path'], message: string): Problem {
  return { severity: 'warning', path, message };
}

interface Placed {
  readonly host: DraftHost;
  readonly path: Problem['path'];
}

function hostsOf(draft: Draft): readonly Placed[] {
  return [
    ...draft.nodes.map((host, at) => ({ host, path: ['nodes', at] })),
    ...draft.jumpHosts.map((host, at) => ({ host, path: ['jumpHosts', at] })),
    ...(draft.management === undefined ? [] : [{ host: draft.management, path: ['management'] }]),
  ];
}

/** What is still missing. */
function gapsOf(draft: Draft): readonly Problem[] {
  return [
    ...(draft.logs === undefined ? [error(['logs'], 'where logs are shipped is missing: --logs-bucket')] : []),
    ...hostsOf(draft).flatMap(({ host, path }) => [
      ...(host.ssh.user === undefined
        ? [error([...path, 'ssh'], `${host.name}: the SSH user is missing: --ssh-user`)]
        : []),
      ...(host.ssh.hostKeys.length === 0
        ? [error([...path, 'ssh', 'hostKeys'], `${host.name}: no host key, so nothing talks to it: --known-hosts`)]
        : []),
    ]),
    ...draft.nodes.flatMap((node, at) => {
      const path = ['nodes', at, 'gpus'];
      if (node.gpus.length === 0) return [warning(path, `${node.name}: no GPUs are listed: --ask asks the node`)];
      return (['uuid', 'pciBusId', 'model'] as const).flatMap((field) => {
        const without = node.gpus.filter((gpu) => gpu[field] === undefined).map(({ index }) => index);
        if (without.length === 0) return [];
        return [error(path, `${node.name}: no ${field} of GPU ${without.join(', ')}: --ask asks the node`)];
      });
    }),
  ];
}

/** Names, addresses, UUIDs and places that only one thing can have. */
function twice(draft: Draft): readonly Problem[] {
  const gpus = draft.nodes.flatMap((node, at) =>
    node.gpus.map((gpu, which) => ({ node: node.name, gpu, path: ['nodes', at, 'gpus', which] })),
  );
  const names = (entries: readonly { readonly name: string }[], where: string) =>
    repeated(
      entries.map(({ name }, at) => ({ key: name, about: name, path: [where, at, 'name'] })),
      (key) => `the name ${key} stands twice`,
    );
  return [
    ...names(draft.nodes, 'nodes'),
    ...names(draft.jobs, 'jobs'),
    ...names(draft.jumpHosts, 'jumpHosts'),
    ...repeated(
      hostsOf(draft).map(({ host, path }) => ({
        key: `${host.ssh.host} port ${host.ssh.port} ${host.ssh.jump ?? ''}`,
        about: host.name,
        path: [...path, 'ssh', 'host'],
      })),
      (key, about) => `${about} are both reached at ${key.trim()}`,
    ),
    ...repeated(
      gpus.flatMap(({ node, gpu, path }) =>
        gpu.uuid === undefined ? [] : [{ key: gpu.uuid, about: `${node} GPU ${gpu.index}`, path: [...path, 'uuid'] }],
      ),
      (key, about) => `the UUID ${key} stands at ${about}`,
    ),
    ...repeated(
      gpus.map(({ node, gpu, path }) => ({ key: `${node} ${gpu.index}`, about: node, path: [...path, 'index'] })),
      (key) => `${key.replace(' ', ': GPU ')} stands twice`,
    ),
    ...repeated(
      gpus.flatMap(({ node, gpu, path }) =>
        gpu.pciBusId === undefined
          ? []
          : [{ key: `${node} ${gpu.pciBusId.toLowerCase()}`, about: `GPU ${gpu.index}`, path: [...path, 'pciBusId'] }],
      ),
      (key, about) => `${key.replace(' ', ': ')} is the place of ${about}`,
    ),
  ];
}

function repeated(
  entries: readonly { readonly key: string; readonly about: string; readonly path: Problem['path'] }[],
  message: (key: string, about: string) => string,
): readonly Problem[] {
  return [...Map.groupBy(entries, ({ key }) => key)].flatMap(([key, same]) => {
    const [first, second] = same;
    if (first === undefined || second === undefined) return [];
    return [error(second.path, message(key, [...new Set([first.about, second.about])].join(' and ')))];
  });
}

// As the SSH adapter follows them.
const jumpsMax = 3;

function wayProblems(draft: Draft): readonly Problem[] {
  const jumps = new Map(draft.jumpHosts.map((host) => [host.name, host]));
  return hostsOf(draft).flatMap(({ host, path }) => {
    const place = [...path, 'ssh', 'jump'];
    let next = host.ssh.jump;
    for (let count = 1; next !== undefined; count += 1) {
      const jump = jumps.get(next);
      if (jump === undefined) return [error(place, `${host.name}: there is no jump host ${next}`)];
      if (count > jumpsMax || next === host.name)
        return [error(place, `${host.name}: the way to it does not end, or takes more than ${jumpsMax} jump hosts`)];
      next = jump.ssh.jump;
    }
    return [];
  });
}

function jobProblems(draft: Draft): readonly Problem[] {
  const nodes = new Map(draft.nodes.map((node) => [node.name, node]));
  return draft.jobs.flatMap((job, at) => {
    const path = ['jobs', at, 'ranks'];
    const ranks = job.ranks.map(({ rank }) => rank).toSorted((a, b) => a - b);
    const gap = ranks.findIndex((rank, index) => rank !== index);
    const unknown = [...new Set(job.ranks.filter(({ node }) => !nodes.has(node)).map(({ node }) => node))];
    return [
      ...(gap === -1
        ? []
        : [error(path, `${job.name}: ranks are not 0 to ${job.ranks.length - 1}: rank ${gap} is missing or twice`)]),
      ...unknown.map((node) => error(path, `${job.name}: ranks on ${node}, which is no node of the inventory`)),
      ...job.ranks.flatMap(({ rank, node, gpu }, which) => {
        const gpus = nodes.get(node)?.gpus;
        if (gpus === undefined || gpus.some(({ index }) => index === gpu)) return [];
        return [error([...path, which], `${job.name}: rank ${rank} on GPU ${gpu} of ${node}, which it does not have`)];
      }),
      ...repeated(
        job.ranks.map(({ rank, node, gpu }, which) => ({
          key: `GPU ${gpu} of ${node}`,
          about: `${rank}`,
          path: [...path, which],
        })),
        (key, about) => `${job.name}: ranks ${about} share ${key}`,
      ).map((problem): Problem => ({ ...problem, severity: 'warning' })),
    ];
  });
}

function warnings(draft: Draft): readonly Problem[] {
  const keys = [
    ...Map.groupBy(
      hostsOf(draft).flatMap(({ host, path }) => host.ssh.hostKeys.map((key) => ({ key, name: host.name, path }))),
      ({ key }) => key,
    ).values(),
  ].filter((same) => same.length > 1);
  const { rate, wallEpochMs, clusterEpochMs } = draft.clock;
  return [
    ...keys.map((same) =>
      warning(
        [...(same[1]?.path ?? []), 'ssh', 'hostKeys'],
        `${same.length} hosts have one host key (${same
          .slice(0, 3)
          .map(({ name }) => name)
          .join(', ')}${same.length > 3 ? ' …' : ''}): installed from one image, none can be told from another`,
      ),
    ),
    ...(draft.management === undefined && draft.nodes.some(({ bmc }) => bmc !== undefined)
      ? [warning(['nodes'], 'management controllers are listed and no management host from which they can be asked')]
      : []),
    ...(rate !== 1 || wallEpochMs !== 0 || clusterEpochMs !== 0
      ? [warning(['clock'], 'this is the clock of a simulated cluster: a real one has rate 1 and both epochs 0')]
      : []),
  ];
}
