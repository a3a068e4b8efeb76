import { z } from 'zod';
import {
  activeFaultSchema,
  commandResultSchema,
  faultSchema,
  nodeSchema,
  problemSchema,
  statusSchema,
  type ActiveFaultView,
  type ClusterStatus,
  type FaultListing,
} from './control/api.ts';
import { unixRequest } from './control/unix-request.ts';

export type { ActiveFaultView, ClusterStatus, FaultListing };

export interface FaultTarget {
  readonly node: string;
  readonly gpu?: number;
  readonly hca?: string;
}

/** Typed calls to a running simulated cluster. */
export interface ControlClient {
  status(): Promise<ClusterStatus>;
  faults(): Promise<readonly FaultListing[]>;
  inject(fault: string, target?: FaultTarget, seed?: number): Promise<ActiveFaultView>;
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

export function createControlClient(socketPath: string): ControlClient {
  const call = async <T>(schema: z.ZodType<T>, method: 'GET' | 'POST', path: string, body?: object): Promise<T> => {
    const answer = await unixRequest(socketPath, method, path, body).catch((cause: unknown) => {
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
    faults: async () => (await call(z.strictObject({ faults: z.array(faultSchema) }), 'GET', '/faults')).faults,
    inject: (fault, target, seed) =>
      call(activeFaultSchema, 'POST', '/inject', {
        fault,
        ...(target && { target }),
        ...(seed !== undefined && { seed }),
      }),
    heal: async (fault, target) => {
      const schema = z.strictObject({ healed: z.array(activeFaultSchema) });
      return (await call(schema, 'POST', '/heal', { fault, ...(target && { target }) })).healed;
    },
    rekey: (node) => onNode('/rekey', node),
    unplug: (node) => onNode('/unplug', node),
    plug: (node) => onNode('/plug', node),
    nodeCommand: (node, argv) => call(commandResultSchema, 'POST', '/node-command', { node, argv }),
  };
}
