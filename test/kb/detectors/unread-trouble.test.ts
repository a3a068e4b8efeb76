import { expect, it } from 'vitest';
import { detectors } from '../../../kb/detectors/index.ts';
import { compileMatchers } from '../../../kb/logs/matchers.ts';

const matchers = compileMatchers(detectors);
const kindsOf = (text: string): readonly string[] => matchers.matchText({ text }).map(({ kind }) => kind);

it.each([
  "OSError: [Errno 28] No space left on device: '/data/run/model.pt'",
  'node-03:1:2 [0] NCCL INFO NET/Plugin: Failed to find ncclNetPlugin_v8 symbol.',
])('leaves to others what they read: %s', (line) => {
  expect(kindsOf(line)).not.toEqual([]);
  expect(kindsOf(line)).not.toContain('log.trouble-unread');
});

it('speaks where nobody else does', () => {
  expect(kindsOf('worker 3: failed to start the reader')).toEqual(['log.trouble-unread']);
});
