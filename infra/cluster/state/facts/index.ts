import { alikeFacts } from './alike.ts';
import { appearanceFacts } from './appearances.ts';
import { containerFacts } from './container.ts';
import { driverFacts } from './driver.ts';
import { facilityFacts } from './facility.ts';
import { gpuFacts } from './gpu.ts';
import { hardwareFacts } from './hardware.ts';
import { hostFacts } from './host.ts';
import { jobFacts } from './job.ts';
import type { FactKind } from './kind.ts';
import { networkFacts } from './network.ts';
import { schedulerFacts } from './scheduler.ts';
import { storageFacts } from './storage.ts';
import { toolFacts } from './tools.ts';

/** Every kind of cause; one file a family. */
export const factKinds = [
  ...gpuFacts,
  ...hardwareFacts,
  ...driverFacts,
  ...hostFacts,
  ...networkFacts,
  ...storageFacts,
  ...containerFacts,
  ...jobFacts,
  ...schedulerFacts,
  ...facilityFacts,
  ...toolFacts,
  ...appearanceFacts,
  ...alikeFacts,
] as const;

type Listed = (typeof factKinds)[number];
export type FactName = Listed['name'];
/** The type of a fact's value: that of its healthy one. */
export type FactValueOf<Name extends FactName> = Widened<Extract<Listed, { readonly name: Name }>['healthy']>;
type Widened<T> = T extends number ? number : T extends string ? string : boolean;

export const factNames: readonly FactName[] = factKinds.map((kind) => kind.name);

const byName: ReadonlyMap<string, FactKind> = new Map(factKinds.map((kind) => [kind.name, kind]));

/** What runs with what it read in a file when the machine was started. */
export const bootFacts: readonly { readonly running: FactName; readonly file: FactName }[] = factKinds.flatMap((kind) =>
  'readAtBoot' in kind ? [{ running: kind.name, file: kind.readAtBoot }] : [],
);

export function factKind(name: FactName): FactKind {
  const kind = byName.get(name);
  if (kind === undefined) throw new Error(`there is no fact ${name}`);
  return kind;
}
