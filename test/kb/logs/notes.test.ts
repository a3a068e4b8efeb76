import { describe, expect, it } from 'vitest';
import { noteCharsMax, noteFindings, notesMax, type Note } from '../../../kb/logs/notes.ts';
import { diagnoseFindings, knowledge } from '../../../kb/reasoning/index.ts';
import { categories, type Category } from '../../../kb/taxonomy.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';
import { excerptCharsMax } from '../../../workflows/domain/finding.ts';
import { denied, harmless, telling } from './note-phrases.ts';

function note(text: string, further: Partial<Note> = {}): Note {
  return { source: 'note 1', evidenceId: 'ev_note_1', text, ...further };
}

function read(text: string): readonly Finding[] {
  return noteFindings([note(text)]);
}

/** What the findings of one note weigh for each category. */
function weights(findings: readonly Finding[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { kind } of findings)
    for (const [category, weight] of Object.entries(knowledge.kinds.get(kind)?.weighs ?? {}))
      sums.set(category, (sums.get(category) ?? 0) + weight);
  return sums;
}

const told = Object.entries(telling).flatMap(
  ([category, texts]) => texts.map((text) => [category as Category, text] as const), // keys of `telling` are categories
);

describe('what people tell', () => {
  it('covers every category, in 150 wordings and more', () => {
    expect(Object.keys(telling).toSorted()).toEqual([...categories].toSorted());
    expect(told.length + denied.length + harmless.length).toBeGreaterThan(150);
  });

  it.each(told)('speaks most for %s: %s', (category, text) => {
    const [top] = [...weights(read(text))].toSorted(([, a], [, b]) => b - a);
    expect(top?.[0]).toBe(category);
    expect(top?.[1]).toBeGreaterThanOrEqual(1);
  });

  it.each(denied)('does not speak for %s: %s', (category, text) => {
    const findings = read(text);
    expect(weights(findings).get(category) ?? 0).toBeLessThanOrEqual(0);
    expect(findings.filter(({ role }) => role === 'cause')).toEqual([]);
  });

  it.each(harmless)('tells no cause: %s', (text) => {
    expect(
      read(text)
        .filter(({ role }) => role === 'cause' || role === 'symptom')
        .map(({ kind }) => kind),
    ).toEqual([]);
  });
});

describe('a note', () => {
  it('gives the place that it names', () => {
    const [finding] = read('nvidia-smi shows GPU 3 of node-07 at 210 MHz SM clock, the others at 1410');
    expect(finding).toMatchObject({ kind: 'seen.gpu.clock-low', node: 'node-07', device: { kind: 'gpu', index: 3 } });
    expect(read('ibstat on node-04: mlx5_2 port 1 Down')[0]).toMatchObject({
      node: 'node-04',
      device: { kind: 'hca', name: 'mlx5_2' },
    });
    expect(read('last batch smaller on rank 3')[0]).toMatchObject({ rank: 3 });
  });

  it('leaves the place open where it names two', () => {
    const [finding] = read('the MTU differs between node-03 and node-04');
    expect(finding?.kind).toBe('seen.mtu.differs');
    expect(finding?.node).toBeUndefined();
  });

  it('has its own place as range, and the node of its file where it names none', () => {
    const [finding] = noteFindings([
      note('# obs: df -h: /tmp 100 %', {
        source: 'logs/a.log',
        evidenceId: 'ev_a',
        line: 12,
        byteStart: 400,
        byteEnd: 424,
        node: 'node-09',
      }),
    ]);
    expect(finding).toMatchObject({
      node: 'node-09',
      count: 1,
      range: { evidenceId: 'ev_a', source: 'logs/a.log', line: 12, byteStart: 400, byteEnd: 424 },
    });
  });

  it('is counted by its own number where it stands in no file', () => {
    const findings = noteFindings([note('ulimit -l 64'), note('fabric manager is not running', { source: 'note 2' })]);
    expect(new Set(findings.map(({ range }) => `${range.source}:${range.line}`))).toEqual(
      new Set(['note 1:1', 'note 2:2']),
    );
  });

  it('may quote a log line, which the detectors of logs read whole', () => {
    const kinds = read('NVRM: Xid (PCI:0000:a1:00): 79, pid=4242, GPU has fallen off the bus.').map(({ kind }) => kind);
    expect(kinds).toEqual(['nvidia.xid.79']);
    expect(read('OSError: [Errno 28] No space left on device').some(({ role }) => role === 'cause')).toBe(true);
    expect(read('Xid 79 in dmesg of node-07')).toMatchObject([{ kind: 'nvidia.xid.79', node: 'node-07' }]);
  });

  it('tells several things in several sentences', () => {
    const kinds = read('nvidia_peermem is not loaded on node-05. The MTU is the same everywhere; no Xid in dmesg').map(
      ({ kind }) => kind,
    );
    expect(kinds).toEqual(expect.arrayContaining(['seen.peermem.missing', 'seen.mtu.equal', 'seen.gpu.looks-healthy']));
  });

  it('tells a thing once, however often it repeats it', () => {
    const findings = read('the disk is full. the disk is full; The disk is full');
    expect(findings.filter(({ kind }) => kind === 'seen.disk.full').map(({ count }) => count)).toEqual([1]);
  });

  it('is redacted and cut like any excerpt', () => {
    const [finding] = read(`the disk is full, password=hunter2secret ${'x'.repeat(1_000)}`);
    expect(finding?.text).not.toContain('hunter2secret');
    expect(finding?.text.length).toBeLessThanOrEqual(excerptCharsMax);
  });

  it('is bounded in length and number', () => {
    expect(read(`${' '.repeat(5)}${'x'.repeat(noteCharsMax)} the disk is full`)).toEqual([]);
    const many = Array.from({ length: notesMax + 50 }, (_, index) =>
      note('the disk is full', { source: `note ${index + 1}`, evidenceId: `ev_${index}` }),
    );
    expect(noteFindings(many).filter(({ kind }) => kind === 'seen.disk.full')).toHaveLength(notesMax);
  });

  it('never throws, whatever it holds, and reports known kinds only', () => {
    const alphabet = [
      'no ',
      'GPU 3 ',
      '\u0000',
      '\u202e',
      '100 %',
      '. ',
      '; ',
      'port ',
      'down',
      '((',
      '[a-',
      '\\',
      '🙂',
      'not ',
      'with NCCL_P2P_DISABLE=1 ',
      'works',
      '\n',
      '# obs: ',
    ];
    for (let seed = 1; seed <= 300; seed += 1) {
      const text = Array.from({ length: 30 }, (_, at) => alphabet[(seed * 31 + at * at * 7) % alphabet.length]).join(
        '',
      );
      for (const { kind } of read(text)) expect(knowledge.kinds.has(kind)).toBe(true);
    }
  });

  it('gives the same findings on every attempt', () => {
    const text = 'ibstat: mlx5_2 port 1 Down, works with NCCL_IB_DISABLE=1';
    expect(read(text)).toEqual(read(text));
  });
});

describe('what notes add to a diagnosis', () => {
  it('names the cause that somebody measured', () => {
    const { verdict } = diagnoseFindings({
      findings: noteFindings([
        note('training is slow since this morning', { evidenceId: 'ev_1' }),
        note('nvidia-smi shows GPU 3 on node-07 at 210 MHz SM clock, the others at 1410', { evidenceId: 'ev_2' }),
      ]),
    });
    expect(verdict).toMatchObject({
      kind: 'attributed',
      causes: [{ category: 'gpu-clock-throttle', node: 'node-07' }],
    });
  });

  it('proves nothing from a hang alone', () => {
    const { verdict } = diagnoseFindings({
      findings: read('hangs after 20 minutes without any output, GPU utilisation 100 % and power 90 W'),
    });
    expect(verdict.kind).toBe('not-proven');
  });

  it('takes a clean kernel log for no sign of health', () => {
    expect(diagnoseFindings({ findings: read('dmesg is clean, no Xid') }).verdict.kind).toBe('not-proven');
  });

  it('takes an experiment in vain for what it is', () => {
    const helped = diagnoseFindings({ findings: read('works with NCCL_P2P_DISABLE=1') }).hypotheses[0];
    const inVain = diagnoseFindings({ findings: read('also hangs with NCCL_P2P_DISABLE=1') }).hypotheses;
    expect(helped?.category).toBe('acs-iommu-p2p-broken');
    expect(inVain.map(({ category }) => category)).not.toContain('acs-iommu-p2p-broken');
  });
});
