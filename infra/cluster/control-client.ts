import { z } from 'zod';
import {
  activeFaultSchema,
  commandResultSchema,
  faultSchema,
  gpuViewSchema,
  nodeSchema,
  problemSchema,
  statusSchema,
  type ActiveFaultView,
  type ClusterStatus,
  type FaultListing,
  type GpuView,
} from './control/api.ts';
import { unixRequest } from './control/unix-request.ts';
import type { Onset } from './state/facts/onset.ts';

export type { ActiveFaultView, ClusterStatus, FaultListing, GpuView };

/** A node or one of its parts, or something larger; what is left out is completed where it can be. */
export interface FaultTarget {
  readonly node?: string;
  readonly gpu?: number;
  readonly hca?: string;
  readonly switch?: string;
  readonly rack?: string;
  readonly powerUnit?: string;
  readonly job?: string;
  readonly rank?: number;
}

/** How it comes and how bad it is, where that is not left to the seed. */
export interface FaultWishes {
  readonly onset?: Onset;
  readonly values?: Readonly<Record<string, number>>;
  /** So that anybody soon sees it, whatever the seed has; taken for granted without a seed. */
  readonly clear?: boolean;
}

/** Typed calls to a running simulated cluster. */
export interface ControlClient {
  status(): Promise<ClusterStatus>;
  /** Gauges of all GPUs. */
  gpus(): Promise<GpuView>;
  faults(): Promise<readonly FaultListing[]>;
  inject(fault: string, target?: FaultTarget, seed?: number, wishes?: FaultWishes): Promise<ActiveFaultView>;
  /** Undoes the cause of a fault as a person would; all its places without a target. */
  heal(fault: string, target?: FaultTarget): Promise<readonly ActiveFaultView[]>;
  rekey(node: string): Promise<void>;
  unplug(node: string): Promise<void>;
  plug(node: string): Promise<void>;
  /** Runs a tool on a node with root's rights; for the node-side stubs. */
  nodeCommand(node: string, argv: readonly string[]): Promise<z.infer<typeof commandResultSchema>>;
}

/** The simulator is not there, or said no; the message is for the person who asked. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly kind: 'not-running' | 'refused';
  constructor(kind: 'not-running' | 'refused', message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}

// A tool that hangs is ended by whoever runs it; this is for a simulator that is stuck.
const nodeCommandTimeoutMs = 600_000;

export function createControlClient(socketPath: string): ControlClient {
  const call = async <T>(
    schema: z.ZodType<T>,
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    timeoutMs?: number,
  ): Promise<T> => {
    const answer = await unixRequest(socketPath, method, path, body, timeoutMs).catch((cause: unknown) => {
      throw new ControlError('not-running', `the simulated cluster does not answer on ${socketPath}`, { cause });
    });
    if (answer.status === 200) return schema.parse(answer.body);
    const problem = problemSchema.safeParse(answer.body);
    throw new ControlError('refused', problem.success ? problem.data.error : `${path} answered ${answer.status}`);
  };
  const onNode = async (path: string, node: string) => {
    await call(nodeSchema, 'POST', path, { node });
  };
  return {
    status: () => call(statusSchema, 'GET', '/status'),
    gpus: () => call(gpuViewSchema, 'GET', '/gpus'),
    faults: async () => (await call(z.strictObject({ faults: z.array(faultSchema) }), 'GET', '/faults')).faults,
    inject: (fault, target, seed, wishes) =>
      call(activeFaultSchema, 'POST', '/inject', {
        fault,
        ...(target && { target }),
        ...(seed !== undefined && { seed }),
        ...wishes,
      }),
    heal: async (fault, target) => {
      const schema = z.strictObject({ healed: z.array(activeFaultSchema) });
      return (await call(schema, 'POST', '/heal', { fault, ...(target && { target }) })).healed;
    },
    rekey: (node) => onNode('/rekey', node),
    unplug: (node) => onNode('/unplug', node),
    plug: (node) => onNode('/plug', node),
    nodeCommand: (node, argv) =>
      call(commandResultSchema, 'POST', '/node-command', { node, argv }, nodeCommandTimeoutMs),
  };
}
