/** Why a program of a model has no result. Expected trouble: the incident goes on without it. */
export type AnalysisRefusal =
  | (InProgram & { readonly kind: 'syntax' })
  | (InProgram & { readonly kind: 'threw' })
  /** It took more steps than `fuelMax`; the same program over the same input always does. */
  | (InProgram & { readonly kind: 'out-of-fuel' })
  /** It was still running at the wall deadline; on a faster machine it may not be. */
  | { readonly kind: 'too-slow'; readonly message: string }
  | (InProgram & { readonly kind: 'out-of-memory' })
  | (InProgram & { readonly kind: 'too-deep' })
  | { readonly kind: 'too-large'; readonly what: 'program' | 'input' | 'output'; readonly message: string }
  /** `place` is a path in what it returned. */
  | { readonly kind: 'wrong-shape'; readonly message: string; readonly place: string };

interface InProgram {
  readonly message: string;
  readonly place: ProgramPlace | null;
}

/** Lines and columns count from 1. */
export interface ProgramPlace {
  readonly line: number;
  readonly column: number;
}

/** For people, one sentence. */
export function refusalText(refusal: AnalysisRefusal): string {
  const at = 'place' in refusal ? placeText(refusal.place) : '';
  switch (refusal.kind) {
    case 'syntax':
      return `the program is no JavaScript${at}: ${refusal.message}`;
    case 'threw':
      return `the program failed${at}: ${refusal.message}`;
    case 'out-of-fuel':
      return `the program took too many steps${at}`;
    case 'too-slow':
    case 'too-large':
      return refusal.message;
    case 'out-of-memory':
      return `the program wanted too much memory${at}`;
    case 'too-deep':
      return `the program called itself too deeply${at}`;
    case 'wrong-shape':
      return `what the program returned is not as asked${at}: ${refusal.message}`;
  }
}

function placeText(place: ProgramPlace | string | null): string {
  if (place === null || place === '') return '';
  return typeof place === 'string' ? ` (at ${place})` : ` (line ${place.line}, column ${place.column})`;
}
