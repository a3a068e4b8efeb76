/** The outcome of one of the three checks of an audit. */
export interface Check {
  readonly status: 'passed' | 'failed' | 'not-checked';
  /** What was looked at, in a sentence. */
  readonly summary: string;
  /** What is wrong, and where. Any of these makes it failed. */
  readonly problems: readonly Remark[];
  /** What could not be looked at, and why. Any of these keeps it from having passed. */
  readonly gaps: readonly Remark[];
  /** Worth knowing, and no fault. */
  readonly notes: readonly string[];
}

export interface Remark {
  /** `repair/…/1 event 27 applyStep`, `ev_0123…`, `manifest.json`. */
  readonly place: string;
  readonly text: string;
}

// A bundle that is wrong everywhere is not described everywhere.
const remarksMax = 50;

export function checkOf(
  summary: string,
  found: {
    readonly problems?: readonly Remark[];
    readonly gaps?: readonly Remark[];
    readonly notes?: readonly string[];
  },
): Check {
  const { problems = [], gaps = [], notes = [] } = found;
  const status = problems.length > 0 ? 'failed' : gaps.length > 0 ? 'not-checked' : 'passed';
  return { status, summary, problems: bounded(problems), gaps: bounded(gaps), notes };
}

function bounded(remarks: readonly Remark[]): readonly Remark[] {
  if (remarks.length <= remarksMax) return remarks;
  return [...remarks.slice(0, remarksMax), { place: '…', text: `and ${remarks.length - remarksMax} more` }];
}
