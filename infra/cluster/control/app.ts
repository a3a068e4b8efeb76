import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';
import type { AlertManager } from '../alerts/alertmanager.ts';
import { runArgv } from '../commands/index.ts';
import { faults } from '../faults/index.ts';
import { healthyStepMs } from '../physics/step.ts';
import { lastStepAt } from '../physics/timeline.ts';
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
  const { meanStepMs } = timeline.segmentAt(nowMs);
  return {
    cluster: world.cluster,
    nodes: world.nodes.length,
    gpus: worldSize(world),
    clusterTime: new Date(nowMs).toISOString(),
    clusterMs: nowMs,
    rate: time.map.rate,
    job: {
      name: world.job.name,
      iteration: world.job.firstIteration + lastStepAt(timeline, nowMs),
      stepSeconds: meanStepMs === null ? null : meanStepMs / 1000,
      relativeSpeed: meanStepMs === null ? null : healthyStepMs / meanStepMs,
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
  return faults.map(({ id, summary, category }) => ({
    id,
    summary,
    category,
    active: active.filter((one) => one.id === id).map(view),
  }));
}

function view({ id, target, sinceMs }: ActiveFault): ActiveFaultView {
  return { id, node: target.node, gpu: target.gpu ?? null, sinceMs, since: new Date(sinceMs).toISOString() };
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
  }
}

async function body<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await c.req.json().catch(() => null));
  if (!parsed.success)
    throw new HTTPException(400, { message: parsed.error.issues.map((issue) => issue.message).join('; ') });
  return parsed.data;
}

/** Without the key when it is undefined. */
function plain(target: { readonly node: string; readonly gpu?: number | undefined } | undefined): Target | undefined {
  if (target === undefined) return undefined;
  return target.gpu === undefined ? { node: target.node } : { node: target.node, gpu: target.gpu };
}
