import type { Step } from '../../workflows/domain/proposal.ts';
import { gateSteps } from './gate-steps.ts';
import type { GateStep } from '../schemas/remediation.ts';

type Done = readonly Pick<Step, 'stepId' | 'args'>[];

/** Does what these steps do reach every part that those act on? Steps that name no part are about the whole node. */
export function reaches(some: Done, others: Done): boolean {
  const reached = partsOf(some);
  const wanted = partsOf(others);
  if (reached.size === 0) return true;
  return wanted.size > 0 && [...wanted].every((part) => reached.has(part));
}

const declared = new Map<string, GateStep>(Object.values(gateSteps).map((step) => [step.id, step]));
/** Argument types of the gate that name a part of a node; the others are the node itself, a job, or a value. */
const partTypes = new Set(['gpu', 'hca', 'iface', 'unit', 'module', 'pid', 'mount', 'policy', 'config']);

/** `gpu 3`, `unit docker`: what of a node the steps act on. */
function partsOf(steps: Done): ReadonlySet<string> {
  return new Set(
    steps.flatMap(({ stepId, args }) =>
      (declared.get(stepId)?.args ?? []).flatMap(({ name }, at) =>
        partTypes.has(name) ? [`${name} ${args[at] ?? ''}`] : [],
      ),
    ),
  );
}
