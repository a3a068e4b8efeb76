import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';
import type { AlertManager } from '../alerts/alertmanager.ts';
import { runArgv } from '../commands/index.ts';
import { faults } from '../faults/index.ts';
import { activeAttempt, latestAttempt, slurmState } from '../physics/job.ts';
import { relativeSpeed } from '../physics/scheduler.ts';
import { iterationOf, lastStepAt } from '../physics/timeline.ts';
import type { Shipper } from '../logs/shipper.ts';
import type { HostKeys } from '../ssh/host-keys.ts';
import type { SshNodes } from '../ssh/nodes.ts';
import type { Action, Target } from '../state/actions.ts';
import { place, SimulatorRefusal, type ActiveFault, type Simulator } from '../state/simulator.ts';
import { findNode, worldSize } from '../world.ts';
import {
  injectSchema,
  nodeCommandSchema,
  nodeSchema,
  type ActiveFaultView,
  type ClusterStatus,
  type FaultListing,
} from './api.ts';

export interface ControlParts {
  readonly simulator: Simulator;
  readonly alerts: AlertManager;
  readonly shipper: Shipper;
  readonly ssh: SshNodes;
  readonly hostKeys: HostKeys;
}

const actionsShownMax = 50;

/** The control API; it listens on a unix socket that only the owner of the state folder can open. */
export function controlApp(parts: ControlParts): Hono {
  const { simulator, ssh, hostKeys } = parts;
  const app = new Hono();

  app.get('/status', (c) => c.json(status(parts)));
  app.get('/faults', (c) => c.json({ faults: listing(simulator) }));
  app.post('/inject', async (c) => {
    const { fault, target, seed } = await body(c, injectSchema);
    return c.json(view(simulator.inject(fault, plain(target), seed)));
  });
  app.post('/heal', async (c) => {
    const { fault, target } = await body(c, injectSchema);
    return c.json({ healed: simulator.heal(fault, plain(target)).map(view) });
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
    const { world, timeline, time } = simulator;
    const node = findNode(world, name);
    if (node === undefined) throw new SimulatorRefusal(`there is no node ${name}`);
    return c.json(runArgv({ world, timeline, node, nowMs: time.nowMs(), root: true, act: simulator.act }, argv));
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
  const { world, timeline, time } = simulator;
  const nowMs = time.nowMs();
  const segment = timeline.segmentAt(nowMs);
  const { meanStepMs, phase } = segment;
  return {
    cluster: world.cluster,
    nodes: world.nodes.length,
    gpus: worldSize(world),
    clusterTime: new Date(nowMs).toISOString(),
    clusterMs: nowMs,
    rate: time.map.rate,
    job: {
      name: world.job.name,
      iteration: iterationOf(timeline, lastStepAt(timeline, nowMs)),
      stepSeconds: meanStepMs === null ? null : meanStepMs / 1000,
      relativeSpeed: nowMs < world.job.startMs ? null : relativeSpeed(world, segment, nowMs),
      state: slurmState(phase),
      attempt: latestAttempt(phase)?.number ?? 0,
      nodes: (activeAttempt(phase)?.nodes ?? []).map((index) => world.nodes[index]?.name ?? ''),
    },
    faults: simulator.activeFaults().map(view),
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

function listing(simulator: Simulator): readonly FaultListing[] {
  const active = simulator.activeFaults();
  return faults.map(({ id, summary, expects, category }) => ({
    id,
    summary,
    expects,
    category,
    active: active.filter((one) => one.id === id).map(view),
  }));
}

function view({ id, target, sinceMs }: ActiveFault): ActiveFaultView {
  const { node, gpu = null, hca } = target;
  return { id, node, gpu, ...(hca !== undefined && { hca }), sinceMs, since: new Date(sinceMs).toISOString() };
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
  }
}

async function body<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await c.req.json().catch(() => null));
  if (!parsed.success)
    throw new HTTPException(400, { message: parsed.error.issues.map((issue) => issue.message).join('; ') });
  return parsed.data;
}

/** Without the keys that are undefined. */
function plain(
  target: { readonly node: string; readonly gpu?: number | undefined; readonly hca?: string | undefined } | undefined,
): Target | undefined {
  if (target === undefined) return undefined;
  const { node, gpu, hca } = target;
  return { node, ...(gpu !== undefined && { gpu }), ...(hca !== undefined && { hca }) };
}
