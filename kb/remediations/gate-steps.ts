import type { Step } from '../../workflows/domain/proposal.ts';
import type { GateStep } from '../schemas/remediation.ts';

// Argument types of the gate (infra/gate/wardround-gate.sh, `--steps`); a test compares the two tables.
const gpu = { name: 'gpu', pattern: /^([0-9]|1[0-5])$/ };
const mhz = { name: 'mhz', pattern: /^([1-9][0-9]{2,3})$/ };
const watts = { name: 'watts', pattern: /^([1-9][0-9]{1,3})$/ };

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
} as const satisfies Record<string, GateStep>;

export type StepDraft = { readonly step: Step } | { readonly invalid: string };

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
