import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { envelopeCharsMax, openEnvelope } from '../../../kb/logs/envelope.ts';
import { launcherLabel } from '../../../kb/logs/launcher-tag.ts';

const moment = Date.UTC(2026, 10, 21, 3, 12, 59);
const iso = '2026-11-21T03:12:59.123456789Z';

describe('container runtimes', () => {
  it('opens Docker json-file, with and without escapes', () => {
    expect(openEnvelope(`{"log":"loss 1\\n","stream":"stderr","time":"${iso}"}`)).toEqual({
      text: 'loss 1',
      atMs: moment + 123,
      stream: 'stderr',
    });
    expect(openEnvelope(`{"log":"\\u001b[31ma \\"b\\"\\n","stream":"stdout","time":"${iso}"}`).text).toBe(
      '\u001b[31ma "b"',
    );
  });

  it('tells a piece of a line that Docker cut from a whole one', () => {
    const piece = (log: string) => openEnvelope(JSON.stringify({ log, stream: 'stdout', time: iso })).partial;
    expect(piece('x'.repeat(16_384))).toBe(true);
    expect(piece(`${'x'.repeat(16_383)}\n`)).toBeUndefined();
    expect(piece('x'.repeat(9_000))).toBeUndefined();
  });

  it('opens CRI, whole lines and parts', () => {
    expect(openEnvelope(`${iso} stderr F NVRM: x`)).toEqual({ text: 'NVRM: x', atMs: moment + 123, stream: 'stderr' });
    expect(openEnvelope(`${iso} stdout P part`)).toMatchObject({ text: 'part', partial: true });
    expect(openEnvelope(`${iso} stdout F `).text).toBe('');
  });

  it('opens one envelope within another', () => {
    expect(openEnvelope(`${iso} stderr F {"msg":"x","level":"error","rank":3,"ts":1}`)).toEqual({
      text: 'x',
      atMs: moment + 123,
      stream: 'stderr',
      level: 'error',
      rank: 3,
    });
    expect(openEnvelope(`{"log":"[1,3]<stderr>:x\\n","stream":"stdout","time":"${iso}"}`)).toMatchObject({
      text: 'x',
      rank: 3,
    });
  });
});

describe('structured logs', () => {
  it('opens journald, text and bytes', () => {
    const entry = {
      MESSAGE: 'NVRM: Xid (PCI:0000:3b:00): 79',
      PRIORITY: '3',
      _HOSTNAME: 'node-07',
      SYSLOG_IDENTIFIER: 'kernel',
      __REALTIME_TIMESTAMP: '1795230779123456',
    };
    expect(openEnvelope(JSON.stringify(entry))).toEqual({
      text: 'NVRM: Xid (PCI:0000:3b:00): 79',
      atMs: moment + 123,
      level: 'error',
      node: 'node-07',
    });
    expect(openEnvelope('{"MESSAGE":[78,86,82,77],"PRIORITY":"4"}')).toEqual({ text: 'NVRM', level: 'warning' });
  });

  it.each([
    ['zap', { level: 'error', ts: 1_795_230_779.123, msg: 'x' }, 'error'],
    ['pino', { level: 50, time: 1_795_230_779_123, hostname: 'node-07', msg: 'x' }, 'error'],
    ['structlog', { event: 'x', level: 'warning', timestamp: iso }, 'warning'],
    ['python-json-logger', { asctime: '2026-11-21 03:12:59,123', levelname: 'CRITICAL', message: 'x' }, 'fatal'],
    ['Google Cloud', { severity: 'ERROR', jsonPayload: { message: 'x' }, timestamp: iso }, 'error'],
    ['ECS', { '@timestamp': iso, 'log.level': 'info', message: 'x' }, 'info'],
    ['fluent-bit', { date: 1_795_230_779.123, log: 'x', kubernetes: { host: 'node-07' } }, undefined],
    ['logcli', { labels: {}, line: 'x', timestamp: iso }, undefined],
    ['a Kubernetes event', { type: 'Warning', message: 'x', lastTimestamp: iso }, 'warning'],
  ])('opens JSON of %s', (_name, fields, level) => {
    const opened = openEnvelope(JSON.stringify(fields));
    expect(opened).toMatchObject({ text: 'x', atMs: moment + 123 });
    expect(opened.level).toBe(level);
  });

  it('takes node and rank from their fields only if they are a name and a number', () => {
    expect(openEnvelope('{"msg":"x","host":"NODE-07","global_rank":"3"}')).toEqual({
      text: 'x',
      node: 'node-07',
      rank: 3,
    });
    expect(openEnvelope('{"msg":"x","host":"10.0.0.5","rank":-1}')).toEqual({ text: 'x' });
    expect(openEnvelope('{"msg":"x","host":"localhost","rank":1.5}')).toEqual({ text: 'x' });
  });

  it('keeps what else tells the reason', () => {
    expect(openEnvelope('{"level":"error","msg":"step failed","error":"no space left on device","id":3}').text).toBe(
      'step failed error=no space left on device',
    );
    expect(openEnvelope('{"msg":"failed","detail":"CUDA error: an illegal access"}').text).toContain('illegal access');
    expect(openEnvelope('{"message":"a\\nb\\n","reason":"OOMKilled"}').text).toBe('a b reason=OOMKilled');
  });

  it('leaves an object without a message whole, and anything malformed or overlong', () => {
    const metrics = '{"mode":"train","step":1,"loss":2.3,"time":0.35}';
    expect(openEnvelope(metrics)).toEqual({ text: metrics });
    for (const raw of ['{"loss": NaN}', '{bad', '{}', '{"log":"x\\', '{"log":"a" b\\n","stream":"stdout","time":"x"}'])
      expect(openEnvelope(raw)).toEqual({ text: raw });
    const long = JSON.stringify({ msg: 'x'.repeat(envelopeCharsMax) });
    expect(openEnvelope(long)).toEqual({ text: long });
  });

  it('opens logfmt and loses no word of it', () => {
    const line = `time="${iso}" level=error msg="failed \\"x\\"" error="no space left" pod=a/b } junk`;
    expect(openEnvelope(line)).toEqual({
      text: 'failed "x" error=no space left pod=a/b } junk',
      atMs: moment + 123,
      level: 'error',
    });
    expect(openEnvelope('time=12 of the run').text).toBe('time=12 of the run');
  });

  it('reads the type of a Kubernetes event row as its level', () => {
    const row = '2m5s        Warning   BackOff            pod/trainer-0   Back-off restarting failed container';
    expect(openEnvelope(row)).toEqual({ text: row, level: 'warning' });
    expect(openEnvelope('  Normal   Pulled     3m   kubelet  Container image present').level).toBe('info');
  });
});

describe('launchers', () => {
  it.each([
    ['[pod/trainer-0/trainer] x', { text: 'x' }],
    ['trainer-1  | x', { text: 'x' }],
    ['[1,3]<stderr>:x', { text: 'x', rank: 3, stream: 'stderr' }],
    ['[prterun-node-07-4242@1,3]<stdout>: x', { text: 'x', rank: 3, stream: 'stdout' }],
    ['[default3]:x', { text: 'x', rank: 3, rankIsLocal: true }],
    ['[3]:x', { text: 'x', rank: 3, rankIsLocal: true }],
    ['(RayTrainWorker pid=4242, ip=10.0.0.5) x', { text: 'x' }],
    ['(raylet) x', { text: 'x' }],
    // A failure summary's item, torch's own tag, a footnote: not a launcher's.
    ['[0]:', { text: '[0]:' }],
    ['[rank3]: Traceback', { text: '[rank3]: Traceback' }],
    ['[step3]: x', { text: '[step3]: x' }],
    ['0: x', { text: '0: x' }],
  ])('opens %s', (raw, expected) => {
    expect(openEnvelope(raw)).toEqual(expected);
  });

  it('takes labels that look like text only from a source that carries them throughout', () => {
    const srun = [' 0: a', ' 1: b', '10: c', ' 3: d'];
    expect(launcherLabel(srun)).toBe('srun');
    expect(openEnvelope('10: c', { label: 'srun' })).toEqual({ text: 'c', rank: 10 });
    const pdsh = ['node-07: a', 'node-08: b', 'node-07: c', 'node-07: d'];
    expect(launcherLabel(pdsh)).toBe('pdsh');
    expect(openEnvelope('node-07: a', { label: 'pdsh' })).toEqual({ text: 'a', node: 'node-07' });
    expect(openEnvelope('error: a', { label: 'pdsh' })).toEqual({ text: 'error: a' });
    expect(launcherLabel(['0: a', 'b', 'c', 'd'])).toBeNull();
    expect(launcherLabel(['error: a', 'warning: b', 'error: c', 'error: d'])).toBeNull();
  });
});

it('never throws, and hands an ordinary line back as it is', () => {
  const json = fc.json({ maxDepth: 3 });
  const wrapped = fc.tuple(
    fc.constantFrom('', `${iso} stderr F `, '[1,3]<stderr>:', 'level=x msg="', '{"log":"'),
    json,
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        json,
        wrapped.map((parts) => parts.join('')),
      ),
      (raw) => {
        expect(typeof openEnvelope(raw).text).toBe('string');
      },
    ),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), (rest) => {
      expect(openEnvelope(`Epoch ${rest}`)).toEqual({ text: `Epoch ${rest}` });
    }),
  );
  for (const start of ['time=a', '[', '(', '{"log":"', 'level="\\', ' 1'])
    expect(typeof openEnvelope(start + 'a= "'.repeat(8_000)).text).toBe('string');
});
