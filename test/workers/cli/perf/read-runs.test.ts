import { describe, expect, it } from 'vitest';
import { readRuns, type RunEntry } from '../../../../workers/cli/perf/read-runs.ts';
import { exitCodes } from '../../../../workers/cli/output.ts';
import { lineCharactersMax } from '../../../../workers/cli/perf/lines-of.ts';

async function read(name: string, text: string, chunkBytes = 7): Promise<readonly RunEntry[]> {
  const bytes = Buffer.from(text);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const entries: RunEntry[] = [];
  for await (const entry of readRuns({ name, chunks: chunks() })) entries.push(entry);
  return entries;
}

const ids = (entries: readonly RunEntry[]) => entries.map(({ id, kind }) => `${kind} ${id}`);

describe('runs of a file', () => {
  it.each([
    ['one run in YAML', 'a.yaml', 'id: x\ngpu: A100\ngpus: 8\nparams: 13e9\n'],
    ['a list in YAML', 'a.yml', '# runs\n- id: x\n  gpu: A100\n  gpus: 8\n  params: 1.3e+10\n'],
    ['JSON with tabs', 'a.json', '{\n\t"id": "x",\n\t"gpu": "A100", "gpus": 8, "params": 13e9\n}\n'],
    ['a list in JSON', '-', '[{"id": "x", "gpu": "A100", "gpus": 8, "params": 13e9}]'],
    ['JSONL without a name', 'standard input', '\n{"id": "x", "gpu": "A100", "gpus": 8, "params": 13e9}\r\n'],
    ['flow YAML', 'standard input', '{id: x, gpu: A100, gpus: 8, params: 13000000000}'],
    ['JSON of one line', 'a.json', '{"id": "x", "gpu": "A100", "gpus": 8, "params": 13e9}'],
    ['text that begins with a byte order mark', 'a.yaml', '\uFEFFid: x\ngpu: A100\ngpus: 8\nparams: 13000000000'],
  ])('%s', async (_what, name, text) => {
    const [entry, ...others] = await read(name, text);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ kind: 'run', id: 'x', run: { gpu: 'A100', gpus: 8, params: 13e9 } });
  });

  it('reads on after a line that is wrong, and names what has no name after its line', async () => {
    const entries = await read(
      'runs.jsonl',
      '{"id": "a", "gpu": "A100", "gpus": 8}\n{"id": "b", gpu}\n\n{"gpu": "A100", "gpus": 8}\n{"id": "c", "gpu": "é\u2028", "gpus": 1}',
    );
    expect(ids(entries)).toEqual(['run a', 'wrong runs.jsonl:2', 'run runs.jsonl:4', 'run c']);
    expect(entries[1]).toMatchObject({ problems: [{ field: '(line)', place: 'runs.jsonl:2:13' }] });
  });

  it('says that a field is missing, and which one was meant', async () => {
    const [entry] = await read('r.yaml', 'num_gpus: 8\nGPU: A100\nlayers: 2\n');
    expect(entry).toMatchObject({
      problems: [
        { field: 'gpu', reason: 'missing; GPU is not read' },
        { field: 'gpus', reason: 'missing; num_gpus is not read' },
      ],
    });
    const [, merged] = await read('r.yaml', '- &a {gpu: A100, gpus: 8}\n- <<: *a\n  layers: 2\n');
    expect(merged).toMatchObject({ problems: [{ reason: expect.stringContaining('merge key') }, {}] });
  });

  // Of `perf compare`, exit code 1 means that a run is slow.
  it.each([
    ['broken YAML', 'gpu: A100\ngpus: [8\n'],
    ['a field twice', 'gpu: A100\ngpus: 8\ngpus: 16\n'],
    ['several documents', 'gpu: A100\n---\ngpu: A100\n'],
    ['a line without end', 'x'.repeat(lineCharactersMax + 1)],
    ['nothing', ''],
  ])('ends as wrong usage, not as a finding, on %s', async (_what, text) => {
    await expect(read('r.yaml', text, 65_536)).rejects.toMatchObject({ exitCode: exitCodes.usage });
  });

  it('names file, line, column and field of a wrong type', async () => {
    const [, jsonl] = await read(
      'r.jsonl',
      '\n{"gpu": "A100", "gpus": 8}\n{"gpu": "A100", "gpus": "eight", "layers": 0}\n',
    );
    expect(jsonl).toMatchObject({
      kind: 'wrong',
      problems: [
        { field: 'gpus', place: 'r.jsonl:3:17' },
        { field: 'layers', place: 'r.jsonl:3:34' },
      ],
    });
    const [yaml] = await read('r.yaml', 'gpu: A100\ngpus: 8\nmeasured:\n  iteration_s: fast\n');
    expect(yaml).toMatchObject({ problems: [{ field: 'measured.iteration_s', place: 'r.yaml:4:3' }] });
    const [inList, wrong] = await read('r.yaml', '- gpu: A100\n  gpus: 8\n- 7\n');
    expect(inList).toMatchObject({ kind: 'run', id: 'r.yaml:1' });
    expect(wrong).toMatchObject({ kind: 'wrong', problems: [{ field: '(run)', place: 'r.yaml:3' }] });
  });

  it('lets other fields through, and what is null counts as not said', async () => {
    const [entry] = await read(
      'r.jsonl',
      '{"gpu": "A100", "gpus": 8, "layers": null, "inferred": ["x"], "notes": {"a": 1}}',
    );
    expect(entry).toMatchObject({ kind: 'run', run: { layers: null, inferred: ['x'] } });
  });

  it('takes numbers for ids, and a row whose id is null', async () => {
    const entries = await read(
      'r.jsonl',
      '{"id": 7, "gpu": "A100", "gpus": 8}\n{"id": null, "gpu": "A100", "gpus": 8}',
    );
    expect(ids(entries)).toEqual(['run 7', 'run r.jsonl:2']);
  });

  it('passes over rows of another kind', async () => {
    const entries = await read(
      'r.jsonl',
      '{"id": "m", "kind": "microbenchmark"}\n{"kind": "training", "gpu": "A100", "gpus": 8}\n',
    );
    expect(entries).toMatchObject([{ kind: 'skipped', rowKind: 'microbenchmark' }, { kind: 'run' }]);
  });

  it('says where YAML ends to be YAML, and when there is nothing', async () => {
    await expect(read('r.yaml', 'gpu: A100\ngpus: [8\n')).rejects.toThrow(/^r\.yaml:\d+:\d+: /);
    await expect(read('r.yaml', '# nothing\n')).rejects.toThrow('r.yaml holds no run');
    await expect(read('r.yaml', '[]')).rejects.toThrow('holds no run');
    expect(await read('r.jsonl', '\n\n')).toEqual([]);
  });

  it('does not gather a line without end', async () => {
    await expect(read('r.jsonl', 'x'.repeat(lineCharactersMax + 10), 65_536)).rejects.toThrow(
      'more than 1048576 characters',
    );
  });
});
