import type { AskModelResult, SaidHypothesis } from '../../../workflows/domain/model-data.ts';
import type { Opinion, OpinionClaim, OpinionHypothesis } from './opinion.ts';

/** Reasons shown of one hypothesis, and entries that were not taken. */
const reasonsMax = 3;
const refusedMax = 5;

/** What a model said, in ids, numbers and words of ours: this goes into the history, its own words do not. */
export function saidOf({
  hypotheses,
  critiques,
  refused,
  program,
}: Opinion): Required<Pick<AskModelResult, 'said' | 'critiques' | 'refused'>> & Pick<AskModelResult, 'wishesProgram'> {
  return {
    said: hypotheses.map(saidHypothesis),
    critiques: { of: critiques.length, struck: critiques.filter(isStruck).length },
    refused: refused.slice(0, refusedMax).map(({ what, reason }) => `${what}: ${reason}`),
    ...(program === undefined ? {} : { wishesProgram: true }),
  };
}

function saidHypothesis({ category, node, device, probability, stands, claims }: OpinionHypothesis): SaidHypothesis {
  return {
    category,
    ...(node === undefined ? {} : { node }),
    // A device's name is the model's own word; its index is a number.
    ...(device?.index === undefined ? {} : { device: { kind: device.kind, index: device.index } }),
    probability,
    stands,
    claims: claims.length,
    struck: claims.filter(isStruck).length,
    reasons: [...new Set(claims.flatMap(({ struck }) => struck ?? []))].slice(0, reasonsMax),
  };
}

function isStruck({ struck }: OpinionClaim): boolean {
  return struck !== undefined;
}
