import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { requireTool } from './missing-tool.ts';
import { numberedLines } from './text-table.ts';

// Our own node-side tool; its README states the format.
const source = 'infra/gate/README.md, wardround-space';

const some: FindingKind = {
  id: 'disk.reclaimable.some',
  summary: 'a policy of the site allows to move old files off a file system',
  role: 'context',
  weighs: {},
  source,
};
const heldFiles: FindingKind = {
  id: 'disk.reclaimable.held',
  summary: 'files that a policy moved away are held elsewhere and can be brought back',
  role: 'context',
  weighs: {},
  source,
};
const none: FindingKind = {
  id: 'disk.reclaimable.none',
  summary: 'no policy of the site has files to move',
  role: 'clean',
  weighs: {},
  source,
};
const kinds = [some, heldFiles, none];

const noArgs = z.object({});

interface Policy {
  readonly line: number;
  readonly policy: string;
  readonly mount: string;
  readonly reclaimableKib: number;
  readonly files: number;
  readonly heldFiles: number;
}
interface Reading {
  readonly policies: readonly Policy[];
}

/** What the site's own policies could free, without freeing it. */
export const diskReclaimable: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'disk.reclaimable',
  platform: 'nvidia-linux',
  summary: 'room that policies of the site could free on each file system',
  question: 'How much room could the site’s clean-up policies make?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 400,
  timeoutMs: 30_000,
  outputBytesMax: 16_384,
  args: noArgs,
  argv: () => ['wardround-space', 'list'],
  parse(output) {
    requireTool(output, 'wardround-space');
    const [head, ...rows] = numberedLines(output);
    if (head?.text !== 'policy mount reclaimable_kib files held_files')
      throw new ProbeParseError(`line 1: not the head of wardround-space list (exit ${output.exitCode ?? 'unknown'})`);
    if (output.exitCode !== 0 && output.exitCode !== 1)
      throw new ProbeParseError(`wardround-space list ended with ${output.exitCode ?? 'no exit code'}`);
    const policies = rows.map(({ text, line }) => policyOf(text, line));
    // Exit code 1: a policy or its directory could not be read. What the others say stands; that there is nothing does not.
    if (output.exitCode === 1 && policies.every(isEmpty))
      throw new ProbeParseError('wardround-space could not read a policy, and the others have nothing to move');
    return { policies };
  },
  outcomes: kinds,
  meaning({ policies }) {
    const seen = policies.flatMap((one): readonly ProbeFinding[] => {
      const { policy, mount, reclaimableKib, files, heldFiles: held, line } = one;
      const values = { policy, mount, reclaimableKib, files, heldFiles: held };
      return [
        ...(reclaimableKib > 0
          ? [{ kind: some.id, text: `${policy}: ${reclaimableKib} KiB in ${files} files of ${mount}`, line, values }]
          : []),
        ...(held > 0
          ? [{ kind: heldFiles.id, text: `${policy}: ${held} files are held elsewhere`, line, values }]
          : []),
      ];
    });
    if (seen.length > 0) return seen;
    return [{ kind: none.id, text: `none of ${policies.length} policies has files to move` }];
  },
};

function isEmpty({ reclaimableKib, heldFiles: held }: Policy): boolean {
  return reclaimableKib === 0 && held === 0;
}

function policyOf(text: string, line: number): Policy {
  const match = /^([a-z][a-z0-9-]{0,31}) (\/\S{0,255}) (\d{1,15}) (\d{1,9}) (\d{1,9})$/.exec(text);
  if (match === null) throw new ProbeParseError(`line ${line}: not a row of wardround-space list`);
  const [, policy = '', mount = '', kib, files, held] = match;
  return { line, policy, mount, reclaimableKib: Number(kib), files: Number(files), heldFiles: Number(held) };
}
