import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';
import type { AlertManager } from '../alerts/alertmanager.ts';
import { playArgv } from '../commands/index.ts';
import { performed } from '../commands/perform.ts';
import type { ProcessTable } from '../commands/processes.ts';
import { managementHost } from '../management.ts';
import { activeAttempt, latestAttempt, slurmState } from '../physics/job.ts';
import { relativeSpeed } from '../physics/scheduler.ts';
import { iterationOf, lastStepAt, type Timeline } from '../physics/timeline.ts';
import type { Shipper } from '../logs/shipper.ts';
import type { HostKeys } from '../ssh/host-keys.ts';
import type { SshNodes } from '../ssh/nodes.ts';
import type { Action } from '../state/actions.ts';
import { factKind } from '../state/facts/index.ts';
import type { Onset } from '../state/facts/onset.ts';
import { place, SimulatorRefusal, type Simulator } from '../state/simulator.ts';
import { findNode, worldSize } from '../world.ts';
import { injectSchema, nodeCommandSchema, nodeSchema, type ClusterStatus } from './api.ts';
import { faultListing, faultView } from './fault-listing.ts';
import { gpuView } from './gpu-view.ts';

export interface ControlParts {
  readonly simulator: Simulator;
  readonly alerts: AlertManager;
  readonly shipper: Shipper;
  readonly ssh: SshNodes;
  readonly hostKeys: HostKeys;
  readonly processes: ProcessTable;
}

const actionsShownMax = 50;

/** The control API; it listens on a unix socket that only the owner of the state folder can open. */
export function controlApp(parts: ControlParts): Hono {
  const { simulator, ssh, hostKeys, processes } = parts;
  const app = new Hono();

  app.get('/status', (c) => c.json(status(parts)));
  app.get('/gpus', (c) => c.json(gpuView(simulator)));
  app.get('/faults', (c) => c.json({ faults: faultListing(simulator.activeFaults()) }));
  app.post('/inject', async (c) => {
    const { fault, ...asked } = await body(c, injectSchema);
    return c.json(faultView(simulator.inject(fault, { clear: asked.seed === undefined, ...asked })));
  });
  app.post('/heal', async (c) => {
    const { fault, target } = await body(c, injectSchema);
    return c.json({ healed: simulator.heal(fault, target).map(faultView) });
  });
  app.post('/rekey', async (c) => {
    const { node } = await body(c, nodeSchema);
    if (findNode(simulator.world, node) === undefined) throw new SimulatorRefusal(`there is no node ${node}`);
    hostKeys.rekey(node);
    await ssh.restart(node);
    return c.json({ node });
  });
  for (const [path, up] of [
    ['/unplug', false],
    ['/plug', true],
  ] as const)
    app.post(path, async (c) => {
      const { node } = await body(c, nodeSchema);
      simulator.setPlugged(node, up);
      await ssh.sync(node);
      return c.json({ node });
    });
  app.post('/node-command', async (c) => {
    const { node: name, argv } = await body(c, nodeCommandSchema);
    const { world, time } = simulator;
    const host = name === world.management.name ? 'management' : 'node';
    const node = host === 'management' ? managementHost(world) : findNode(world, name);
    if (node === undefined) throw new SimulatorRefusal(`there is no node ${name}`);
    const timeline = simulator.timeline.of(node);
    const nowMs = time.nowMs();
    const play = playArgv({ world, timeline, node, host, nowMs, root: true, act: simulator.act, processes }, argv);
    return c.json(await performed(play, { nowMs, rate: time.map.rate, gone: c.req.raw.signal }));
  });
  app.notFound((c) => c.json({ error: `there is no ${c.req.method} ${c.req.path}` }, 404));
  app.onError((error, c) => {
    if (error instanceof SimulatorRefusal) return c.json({ error: error.message }, 409);
    if (error instanceof HTTPException) return c.json({ error: error.message }, error.status);
    return c.json({ error: error.message }, 500);
  });
  return app;
}

function status({ simulator, alerts, shipper }: ControlParts): ClusterStatus {
  const { world, timeline, timelines, time } = simulator;
  const nowMs = time.nowMs();
  return {
    cluster: world.cluster,
    nodes: world.nodes.length,
    gpus: worldSize(world),
    clusterTime: new Date(nowMs).toISOString(),
    clusterMs: nowMs,
    rate: time.map.rate,
    job: jobStatus(timeline, nowMs),
    jobs: timelines.map((one) => jobStatus(one, nowMs)),
    faults: simulator.activeFaults().map(faultView),
    unplugged: [...simulator.settings().unplugged],
    alerts: alerts
      .alerts()
      .map((alert) => ({ alertname: alert.alertname, state: alert.state, sinceMs: alert.activeAtMs })),
    actions: timeline.actions.slice(-actionsShownMax).map((action) => ({
      seq: action.seq,
      clusterTime: new Date(action.atMs).toISOString(),
      by: action.by,
      fault: action.fault ?? null,
      text: action.changes.map(describe).join('; '),
    })),
    logsShippedToMs: shipper.shippedToMs(),
  };
}

function jobStatus(timeline: Timeline, nowMs: number): ClusterStatus['job'] {
  const { world } = timeline;
  const segment = timeline.segmentAt(nowMs);
  const { meanStepMs, phase } = segment;
  return {
    name: world.job.name,
    iteration: iterationOf(timeline, lastStepAt(timeline, nowMs)),
    stepSeconds: meanStepMs === null ? null : meanStepMs / 1000,
    relativeSpeed: nowMs < world.job.startMs ? null : relativeSpeed(world, segment, nowMs),
    state: slurmState(phase),
    attempt: latestAttempt(phase)?.number ?? 0,
    nodes: (activeAttempt(phase)?.nodes ?? []).map((index) => world.nodes[index]?.name ?? ''),
  };
}

function describe(change: Action['changes'][number]): string {
  switch (change.kind) {
    case 'lock-clocks':
      return `${place(change)}: SM clock locked to ${change.minMhz}-${change.maxMhz} MHz`;
    case 'reset-clocks':
      return `${place(change)}: clock lock removed`;
    case 'power-limit':
      return `${place(change)}: power limit ${change.watts} W`;
    case 'management-network':
      return `${change.node}: management network ${change.up ? 'plugged in' : 'unplugged'}`;
    case 'node-drain':
      return `${change.node}: drained (${change.reason})`;
    case 'node-resume':
      return `${change.node}: back in service`;
    case 'job-requeue':
      return `job requeued${change.hold ? ' and held' : ''}${change.onlyWhenEnded === true ? ' if it had ended' : ''}`;
    case 'job-release':
      return 'job released';
    case 'job-exclude':
      return change.nodes.length === 0 ? 'job: no node excluded' : `job: without ${change.nodes.join(', ')}`;
    case 'job-memory':
      return change.mib === 0 ? 'job: all memory of a node' : `job: at most ${change.mib} MiB of memory a node`;
    case 'reserve':
      return `${change.nodes.join(', ')}: reserved for ${Math.round(change.durationMs / 60_000)} minutes as ${change.name}`;
    case 'reserve-end':
      return `reservation ${change.name} deleted`;
    case 'memory-leak':
      return `${change.node}: loader workers ${change.leaks ? 'leak memory' : 'no longer leak memory'}`;
    case 'disk-fill':
      return `${change.node}: old checkpoints ${change.fills ? 'are kept' : 'are deleted'}`;
    case 'space-hold':
      return `${change.node}: ${change.files} files, ${change.kib} KiB moved to /lustre`;
    case 'space-return':
      return `${change.node}: moved files are back`;
    case 'memory-worn':
      return `${place(change)}: a memory bank has no spare row left`;
    case 'gpu-replaced':
      return `${place(change)}: board replaced`;
    case 'cable':
      return `${place(change)}: cable sits ${change.loose ? 'loosely' : 'firmly'}`;
    case 'port-state':
      return `${place(change)}: port ${change.up ? 'enabled' : 'disabled'}`;
    case 'past-xid':
      return `${place(change)}: Xid ${change.xid} some time ago`;
    case 'exporter-restart':
      return `${change.node}: DCGM exporter restarted`;
    case 'driver-reload':
      return `${change.node}: NVIDIA driver reloaded`;
    case 'fact': {
      const { unit } = factKind(change.fact);
      return `${factText(change)} is ${valueText(change.value)}${unit === undefined ? '' : ` ${unit}`}${onsetText(change.onset)}`;
    }
    case 'fact-clear':
      return `${factText(change)} is healthy again`;
    case 'happen':
      return `${change.place}: ${change.event}${change.key === undefined ? '' : ` of ${change.key}`}`;
  }
}

function factText({
  fact,
  place: where,
  key,
}: {
  readonly fact: string;
  readonly place: string;
  readonly key?: string | undefined;
}) {
  return `${where}: ${fact}${key === undefined ? '' : ` of ${key}`}`;
}

function onsetText(onset: Onset | undefined): string {
  switch (onset?.shape) {
    case 'creeping':
      return `, little by little over ${Math.round(onset.rampMs / 1000)} s`;
    case 'intermittent':
      return `, off and on, ${Math.round(100 * onset.onShare)} % of every ${Math.round(onset.periodMs / 1000)} s`;
    case 'passing':
      return `, for ${Math.round(onset.lengthMs / 1000)} s`;
    case 'sudden':
    case undefined:
      return '';
  }
}

async function body<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await c.req.json().catch(() => null));
  if (!parsed.success)
    throw new HTTPException(400, { message: parsed.error.issues.map((issue) => issue.message).join('; ') });
  return parsed.data;
}

/** Three digits tell a person enough of what was drawn. */
function valueText(value: string | number | boolean): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(3))) : String(value);
}
