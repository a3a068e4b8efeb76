/** What is asked of how many nodes. */
export interface FanoutShape {
  readonly name: string;
  readonly nodes: number;
  readonly probes: readonly string[];
  /** Share of the nodes that accept a connection and stay silent, and as many that refuse it. */
  readonly deadShare: number;
}

// None that reads twice: the others do not wait between two reads.
const one = ['gpu.temperature'] as const;
const ten = [
  ...one,
  'gpu.row-remap',
  'gpu.processes',
  'gpu.presence',
  'nvlink.status',
  'memory.host',
  'disk.space',
  'modules.loaded',
  'kernel.log',
  'fabricmanager.active',
] as const;

export function fanoutShapes(nodes: number): readonly FanoutShape[] {
  const few = Math.max(1, Math.min(100, nodes));
  return [
    { name: `1 probe on ${nodes} nodes`, nodes, probes: one, deadShare: 0 },
    { name: `10 probes on ${few} nodes`, nodes: few, probes: ten, deadShare: 0 },
    { name: `1 probe on ${nodes} nodes, 1 % silent, 1 % refusing`, nodes, probes: one, deadShare: 0.01 },
  ];
}

/** One fan-out for a client process: written as JSON, as the inventory may be changed for dead nodes. */
export interface FanoutJob {
  readonly inventoryPath: string;
  readonly keyFile: string;
  readonly probes: readonly string[];
  readonly nodes: readonly string[];
}

/** What our client prints. */
export interface FanoutAnswer {
  readonly read: number;
  readonly unread: number;
  /** From the first question to the last answer, and to the last answer of a node that lives. */
  readonly seconds: number;
  readonly livingSeconds: number;
}
