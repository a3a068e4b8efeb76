import type { Step } from '../../workflows/domain/proposal.ts';
import type { GateStep } from '../schemas/remediation.ts';

// Argument types of the gate (infra/gate/wardround-gate.sh, `--steps`); a test compares the two tables.
const gpu = { name: 'gpu', pattern: /^([0-9]|1[0-5])$/ };
const mhz = { name: 'mhz', pattern: /^([1-9][0-9]{2,3})$/ };
const watts = { name: 'watts', pattern: /^([1-9][0-9]{1,3})$/ };
const node = { name: 'node', pattern: /^([a-z0-9][a-z0-9.-]{0,62})$/ };
const jobid = { name: 'jobid', pattern: /^([1-9][0-9]{0,9})$/ };
// 0 is Slurm's word for all the memory of a node.
const mib = { name: 'mib', pattern: /^(0|[1-9][0-9]{2,7})$/ };
const hca = { name: 'hca', pattern: /^([a-z][a-z0-9_]{0,31})$/ };
const policy = { name: 'policy', pattern: /^([a-z][a-z0-9-]{0,31})$/ };

/** Every step that the gate on a node knows. */
export const gateSteps = {
  clocksReset: {
    id: 'gpu-clocks-reset',
    args: [gpu],
    render: ([index = '']) => `nvidia-smi -i ${index} -rgc`,
  },
  clocksLock: {
    id: 'gpu-clocks-lock',
    args: [gpu, mhz, mhz],
    render: ([index = '', min = '', max = '']) => `nvidia-smi -i ${index} -lgc ${min},${max}`,
  },
  powerLimit: {
    id: 'gpu-power-limit',
    args: [gpu, watts],
    render: ([index = '', limit = '']) => `nvidia-smi -i ${index} -pl ${limit}`,
  },
  nodeDrain: {
    id: 'node-drain',
    args: [node],
    render: ([name = '']) => `scontrol update NodeName=${name} State=DRAIN Reason=wardround`,
  },
  nodeResume: {
    id: 'node-resume',
    args: [node],
    render: ([name = '']) => `scontrol update NodeName=${name} State=RESUME`,
  },
  jobRequeueHold: {
    id: 'job-requeue-hold',
    args: [jobid],
    render: ([job = '']) => `scontrol requeuehold ${job}`,
  },
  jobMemoryLimit: {
    id: 'job-memory-limit',
    args: [jobid, mib],
    render: ([job = '', limit = '']) => `scontrol update JobId=${job} MinMemoryNode=${limit}`,
  },
  jobRelease: {
    id: 'job-release',
    args: [jobid],
    render: ([job = '']) => `scontrol release ${job}`,
  },
  jobRequeue: {
    id: 'job-requeue',
    args: [jobid],
    render: ([job = '']) => `scontrol requeue ${job}`,
  },
  ibPortDown: {
    id: 'ib-port-down',
    args: [hca],
    render: ([name = '']) => `mlxlink -d ${name} -p 1 -a DN`,
  },
  ibPortUp: {
    id: 'ib-port-up',
    args: [hca],
    render: ([name = '']) => `mlxlink -d ${name} -p 1 -a UP`,
  },
  spaceHold: {
    id: 'space-hold',
    args: [policy],
    render: ([name = '']) => `wardround-space hold ${name}`,
  },
  spaceReturn: {
    id: 'space-return',
    args: [policy],
    render: ([name = '']) => `wardround-space return ${name}`,
  },
} as const satisfies Record<string, GateStep>;

export type StepDraft = { readonly step: Step } | { readonly invalid: string };

/** Steps of one node in order, numbered from 1; the first that the gate would refuse makes them all invalid. */
export function draftSteps(
  node: string,
  wanted: readonly ({ readonly step: GateStep; readonly args: readonly string[] } & Pick<
    Step,
    'undoes' | 'onFailure'
  >)[],
): { readonly steps: readonly Step[] } | { readonly invalid: string } {
  const steps: Step[] = [];
  for (const { step, args, ...more } of wanted) {
    const draft = draftStep(step, { index: steps.length + 1, node }, args);
    if ('invalid' in draft) return draft;
    steps.push({ ...draft.step, ...more });
  }
  return { steps };
}

/** A step of a plan; arguments that the gate would refuse are found here, before anybody is asked to approve them. */
export function draftStep(
  gateStep: GateStep,
  at: { readonly index: number; readonly node: string },
  args: readonly string[],
): StepDraft {
  const wrong = gateStep.args.find(({ pattern }, position) => !pattern.test(args[position] ?? ''));
  if (wrong !== undefined || args.length !== gateStep.args.length)
    return { invalid: `${gateStep.id} cannot take the arguments ${args.join(' ')}` };
  return {
    step: { index: at.index, stepId: gateStep.id, node: at.node, args: [...args], rendered: gateStep.render(args) },
  };
}
