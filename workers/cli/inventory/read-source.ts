import { readFileSync } from 'node:fs';
import { draftOf } from '../../../activities/adapters/inventory-drafts.ts';
import { parseAnsibleYaml } from '../../../activities/adapters/yaml-places.ts';
import { groupsOfIni } from '../../../kb/inventory/ansible-ini.ts';
import { groupsOfList, groupsOfYaml, type AnsibleGroups } from '../../../kb/inventory/ansible-model.ts';
import type { Draft, Gathered, SourceText } from '../../../kb/inventory/draft.ts';
import { fromAnsible } from '../../../kb/inventory/from-ansible.ts';
import { gatheredOf } from '../../../kb/inventory/from-draft.ts';
import { fromKubernetes, type TopologyField } from '../../../kb/inventory/from-kubernetes.ts';
import { fromSlurm } from '../../../kb/inventory/from-slurm.ts';
import { CommandFailure, exitCodes } from '../output.ts';

export type SourceKind = 'yaml' | 'slurm' | 'ansible' | 'kubernetes';

export interface Source {
  readonly gathered: Gathered;
  /** Of an inventory file, which says more than other sources do. */
  readonly file: Draft | null;
}

export interface SourceOptions {
  readonly groups: readonly string[];
  readonly labels: Partial<Readonly<Record<TopologyField, string>>>;
}

const bytesMax = 64 * 1024 * 1024; // kubectl prints about 20 KB a node

/** Reads what one tool says, from files or standard input (`-`). */
export function readSource(kind: SourceKind, files: readonly string[], { groups, labels }: SourceOptions): Source {
  const inputs = files.map(readInput);
  if (kind === 'slurm') return { gathered: fromSlurm(inputs), file: null };
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0)
    throw new CommandFailure(`${kind} takes one file`, 'import one after the other with --into', {
      exitCode: exitCodes.usage,
    });
  switch (kind) {
    case 'yaml': {
      const { draft } = draftOf(input.name, input.text);
      return { gathered: gatheredOf(draft), file: draft };
    }
    case 'ansible':
      return { gathered: fromAnsible(ansibleGroups(input), groups, input.name), file: null };
    case 'kubernetes':
      return { gathered: fromKubernetes(parseJson(input), input.name, labels), file: null };
  }
}

export function readInput(file: string): SourceText {
  try {
    // Standard input is descriptor 0 on every system.
    const bytes = readFileSync(file === '-' ? 0 : file);
    if (bytes.length > bytesMax)
      throw new CommandFailure(`${file} has ${bytes.length} bytes`, `at most ${bytesMax} are read`);
    return { name: file === '-' ? 'standard input' : file, text: bytes.toString('utf8') };
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    throw new CommandFailure(`${file} can not be read`, cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
  }
}

/** JSON is what `ansible-inventory --list` prints; of the two kinds of files, YAML begins with a key, INI with a section or a host. */
function ansibleGroups(input: SourceText): AnsibleGroups {
  const body = input.text.replace(/^(?:\s*(?:[#;][^\n]*)?\n)*/, '').replace(/^---[^\n]*\n/, '');
  if (/^\s*\{/.test(body)) return groupsOfList(input.name, parseJson(input));
  if (/\.(ya?ml)$/.test(input.name) || /^\s*(["']?[\w.-]+["']?):\s*(#.*)?$/m.test(body.split('\n', 1)[0] ?? ''))
    return groupsOfYaml(input.name, parseAnsibleYaml(input.name, input.text));
  return groupsOfIni(input);
}

function parseJson({ name, text }: SourceText): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommandFailure(`${name}: not JSON`, cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
