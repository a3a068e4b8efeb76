import { findNode, type WorldNode } from '../../world.ts';
import type { DyingRank, RankDeath, StopQuestion } from '../job.ts';
import { allAtLaunch, atLaunch } from '../launch-state.ts';
import { ncclSetting } from '../nccl-settings.ts';
import { dockerAddress } from '../network/ethernet.ts';
import type { LaunchFailure } from './launch-failure.ts';
import { backendFailure, bootstrapBeforeRunMs, bootstrapPort, rankBefore, thread } from './network-words.ts';

/** NCCL's ranks exchange addresses in a ring over TCP: each connects to the next one, whose address it was told. */
export const bootstrapFailure: LaunchFailure = (question) => {
  const { world, attempt, facts } = question;
  if (attempt.nodes.length < 2) return null;
  const members = attempt.nodes.flatMap((index) => world.nodes[index] ?? []);
  const deaths = [
    ...(hasNcclFile(question)
      ? members.filter((node) => ncclSetting(world, attempt, node, 'NCCL_SOCKET_IFNAME') === 'docker0')
      : []
    ).map((node) => unreachable(question, node, dockerAddress, 'Connection refused', refusedMs)),
    ...facts('net.firewall').map(({ place, value }) =>
      onMember(question, place, (node) =>
        value === 'rejecting'
          ? unreachable(question, node, node.managementIp, 'No route to host', prohibitedMs)
          : unreachable(question, node, node.managementIp, 'Connection timed out', timedOutMs),
      ),
    ),
    ...allAtLaunch(world, attempt, 'nccl.net-plugin').map(({ place }) =>
      onMember(question, place, (node) => otherPlugin(question, node)),
    ),
    ...facts('roce.gid-order').map(({ place }) => onMember(question, place, (node) => otherGid(question, node))),
  ].filter((death) => death !== null);
  return deaths.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};

// What has no route is not tried again, a refusal for a while; a connection that nobody answers takes as long as the kernel's two SYN retries.
const prohibitedMs = 1_400;
const refusedMs = 3_600;
const timedOutMs = 7_200;

function hasNcclFile({ attempt }: StopQuestion): boolean {
  return attempt.launchFacts.has('nccl.conf') || attempt.launchFacts.has('job.environment');
}

function onMember(
  { world, attempt }: StopQuestion,
  place: string,
  death: (node: WorldNode) => RankDeath | null,
): RankDeath | null {
  const node = findNode(world, place);
  return node === undefined || !attempt.nodes.includes(node.index) ? null : death(node);
}

function died(
  { attempt }: StopQuestion,
  at: { readonly node: number; readonly gpu: number },
  afterMs: number,
  lastWords: (who: DyingRank) => readonly string[],
  alike: Pick<RankDeath, 'alike'> = { alike: 'node' },
): RankDeath {
  const stuckFromMs = attempt.runMs - bootstrapBeforeRunMs;
  return {
    atMs: stuckFromMs + afterMs,
    ...at,
    exitCode: 1,
    ...alike,
    slurmState: 'FAILED',
    stuckFromMs: stuckFromMs + 700,
    lastWords,
  };
}

/** `socketStartConnect` in src/misc/socket.cc of NCCL 2.22: the rank before cannot get through to the node. */
function unreachable(
  question: StopQuestion,
  node: WorldNode,
  address: string,
  reason: string,
  afterMs: number,
): RankDeath | null {
  const { world, attempt } = question;
  const before = rankBefore(world, attempt, node);
  if (before === null) return null;
  const error = `socketStartConnect: Connect to ${address}<${bootstrapPort(world, attempt, node)}> failed : ${reason}`;
  const words = (who: DyingRank) => [
    '',
    `${thread(who)} misc/socket.cc:484 NCCL WARN ${error}`,
    `${thread(who)} NCCL INFO misc/socket.cc:565 -> 2`,
    `${thread(who)} NCCL INFO misc/socket.cc:619 -> 2`,
    `${thread(who)} NCCL INFO bootstrap.cc:285 -> 2`,
    `${thread(who)} NCCL INFO init.cc:1534 -> 2`,
    `${thread(who)} NCCL INFO group.cc:64 -> 2 [Async thread]`,
    ...backendFailure(who, 'ncclSystemError', error),
  ];
  // Only this rank has to get through to the node; the others wait for it.
  return died(question, before, afterMs, words, {});
}

/** A plugin of another version has handles of another size: what its peers send does not fit. */
function otherPlugin(question: StopQuestion, node: WorldNode): RankDeath | null {
  const error = 'Message truncated : received 1024 bytes instead of 256';
  return died(question, { node: node.index, gpu: 0 }, 2_100, (who) => [
    '',
    `${thread(who)} bootstrap.cc:95 NCCL WARN ${error}`,
    `${thread(who)} NCCL INFO bootstrap.cc:448 -> 3`,
    `${thread(who)} NCCL INFO transport.cc:138 -> 3`,
    `${thread(who)} NCCL INFO init.cc:1222 -> 3`,
    `${thread(who)} NCCL INFO init.cc:1501 -> 3`,
    `${thread(who)} NCCL INFO group.cc:64 -> 3 [Async thread]`,
    ...backendFailure(who, 'ncclInternalError', error),
  ]);
}

/**
 * The GID at the index that the launch script names is another kind of address than that of its peers: the adapter finds no
 * way (text: https://github.com/NVIDIA/nccl-tests/issues/185, number as in https://github.com/NVIDIA/nccl/issues/2013).
 */
function otherGid(question: StopQuestion, node: WorldNode): RankDeath | null {
  const { world, attempt } = question;
  if (atLaunch(world, attempt, { fact: 'job.transport', place: world.job.name }) !== 'roce') return null;
  const error = 'Call to ibv_modify_qp failed with error Network is unreachable errno 101';
  return died(question, { node: node.index, gpu: 0 }, 2_600, (who) => [
    '',
    `${thread(who)} misc/ibvwrap.cc:196 NCCL WARN ${error}`,
    `${thread(who)} NCCL INFO transport/net_ib.cc:788 -> 2`,
    `${thread(who)} NCCL INFO transport/net_ib.cc:1095 -> 2`,
    `${thread(who)} NCCL INFO transport/net.cc:735 -> 2`,
    `${thread(who)} NCCL INFO transport.cc:138 -> 2`,
    `${thread(who)} NCCL INFO init.cc:1222 -> 2`,
    ...backendFailure(who, 'ncclSystemError', error),
  ]);
}
