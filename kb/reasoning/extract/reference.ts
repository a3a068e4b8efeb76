/** What a place of a text speaks of. */
export interface Reference {
  /** Empty where `pointer` says it. */
  readonly addresses: readonly string[];
  /** Words that point to what was named before: "both", "the other two"; null where an address or a name stands. */
  readonly pointer: string | null;
  /** One for each address, or none. */
  readonly names: readonly string[];
  /** The SSH port that is bound to it. */
  readonly port: number | null;
  /** `login`: an account or a name is bound to it; `service`: something other than sshd is addressed there; `foreign`: its name says so. */
  readonly usage: 'plain' | 'login' | 'service' | 'foreign';
}

export interface Masked {
  /** With `@0`, `@1+2` for references; those with a number alone are of that index. */
  readonly text: string;
  readonly references: readonly Reference[];
}

/** A reference with its UTF-16 offsets in a sentence. */
export interface Span extends Reference {
  readonly from: number;
  readonly to: number;
}

/** `@0`, or all of `@0+1`. */
export function referencesOf(token: string, { references }: Masked): readonly Reference[] {
  return token
    .slice(1)
    .split('+')
    .flatMap((index) => references[Number(index)] ?? []);
}
