import { reloadsUntil } from '../../physics/container-devices.ts';
import { factSpans } from '../../state/facts/spans.ts';
import { slurmStamp, syslogLine } from '../stamps.ts';
import type { NodeSource } from './node-source.ts';

/** systemd reads its units anew (249: `Reloading.`), for a package that was upgraded. */
export const managerReloadLines: NodeSource = {
  log: 'syslog',
  lines(timeline, node, fromMs, toMs) {
    const { settings } = timeline.segmentAt(toMs);
    const configured = factSpans(timeline, 'container.docker-runs', fromMs, toMs)
      .filter(({ place }) => place === node.name)
      .flatMap(({ fromMs: atMs }) => [
        syslogLine(atMs, node.name, 'systemd[1]', 'Stopping Docker Application Container Engine...'),
        syslogLine(atMs + 900, node.name, 'systemd[1]', 'Started Docker Application Container Engine.'),
      ]);
    const reloads = reloadsUntil(timeline.world, settings, node, toMs)
      .filter((ms) => ms >= fromMs - 10_000)
      .flatMap((atMs) => [
        syslogLine(atMs - 4_000, node.name, 'systemd[1]', 'Starting Daily apt upgrade and clean activities...'),
        syslogLine(atMs, node.name, 'systemd[1]', 'Reloading.'),
        syslogLine(atMs + 2_600, node.name, 'systemd[1]', 'Finished Daily apt upgrade and clean activities.'),
      ]);
    return [...configured, ...reloads];
  },
};

/** slurmd and munged about a launch that was refused because of the clock (MUNGE 0.5.14, Slurm 23.11). */
export const refusedCredentialLines: NodeSource = {
  log: 'slurmd',
  lines: (timeline, node, _fromMs, toMs) =>
    timeline.lives(toMs).flatMap(({ death }) => {
      if (death?.notStarted !== true || death.node !== node.index) return [];
      const say = (atMs: number, text: string) => ({ atMs, text: `${slurmStamp(atMs)} ${text}` });
      const fast = timeline.segmentAt(death.atMs).settings.facts.get('host.clock-offset-ms')?.get(node.name)?.value;
      const how = typeof fast === 'number' && fast > 0 ? 'Expired' : 'Rewound';
      return [
        say(death.atMs - 60, `error: Munge decode failed: ${how} credential`),
        say(death.atMs - 59, 'error: Check for out of sync clocks'),
        say(
          death.atMs - 58,
          `error: slurm_unpack_received_msg: auth_g_verify: REQUEST_LAUNCH_TASKS has authentication error: Unspecified error`,
        ),
        say(death.atMs - 57, 'error: slurm_unpack_received_msg: Protocol authentication error'),
      ];
    }),
};

/** slurmd about a step that the controller ended. */
export const stepEndLines: NodeSource = {
  log: 'slurmd',
  lines: (timeline, node, _fromMs, toMs) =>
    timeline.lives(toMs).flatMap(({ attempt, death }) => {
      if (death?.ended === undefined || !attempt.nodes.includes(node.index)) return [];
      const { slurmId } = timeline.world.job;
      const text = `[${slurmId}.0] error: *** STEP ${slurmId}.0 ON ${node.name} CANCELLED AT ${new Date(death.atMs).toISOString().slice(0, 19)}${death.ended} ***`;
      return [{ atMs: death.atMs + 40, text: `${slurmStamp(death.atMs + 40)} ${text}` }];
    }),
};
