import fc from 'fast-check';
import { expect, it } from 'vitest';
import { redact } from '../../../kb/logs/redact.ts';

// Made-up secrets, put together here so that no scanner takes them for real ones.
const token = (prefix: string): string => prefix + 'aB3'.repeat(14);

it.each([
  ['a GitHub token', `cloning with ${token('ghp_')}`, token('ghp_')],
  ['a Hugging Face token', `HF_TOKEN=${token('hf_')}`, token('hf_')],
  ['an AWS key id', `using AKIA${'ABCD'.repeat(4)} now`, `AKIA${'ABCD'.repeat(4)}`],
  ['an AWS secret', `AWS_SECRET_ACCESS_KEY=${'q/Z9'.repeat(10)}`, 'q/Z9'.repeat(10)],
  ['a W&B key', `wandb: login key ${'0123456789'.repeat(4)}`, '0123456789'.repeat(4)],
  ['a bearer header', 'Authorization: Bearer abc.def-ghi_jkl', 'abc.def-ghi_jkl'],
  ['a password in an address', 'postgres://user:hunter2x@db:5432/x', 'hunter2x'],
  ['a token in an address', `https://${token('x')}@github.com/a/b`, token('x')],
  ['a password setting', 'db password: "correct-horse"', 'correct-horse'],
  ['a JSON setting', '{"api_key": "zzz-111-yyy"}', 'zzz-111-yyy'],
  ['a command-line option', '--auth-token 1234567890abcdef', '1234567890abcdef'],
  ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END', 'b3BlbnNzaC1rZXk'],
  [
    'a private key that lies across the place where a long text is cut',
    `${'word '.repeat(13_000)}\n-----BEGIN PRIVATE KEY-----\n${'QUJDREVGR0hJSktM\n'.repeat(60)}-----END PRIVATE KEY-----`,
    'QUJDREVGR0hJSktM',
  ],
])('masks %s and keeps every offset', (_name, text, secret) => {
  const clean = redact(text);
  expect(clean).not.toContain(secret);
  expect(clean).toHaveLength(text.length);
  expect(clean.split('\n')).toHaveLength(text.split('\n').length);
});

it.each([
  'tokens: 4096',
  'max_tokens=2048',
  'consumed tokens:     88899584 | loss',
  'tokenizer_type ..... GPT2BPETokenizer',
  'pad_token_id: 50256',
  "KeyError: 'input_ids'",
  'RuntimeError: Error(s) in loading state_dict: Missing key(s) in state_dict',
])('leaves training text as it is: %s', (text) => {
  expect(redact(text)).toBe(text);
});

it('keeps the length of any text and stays quick on long ones', () => {
  fc.assert(fc.property(fc.string({ maxLength: 400 }), (text) => redact(text).length === text.length));
  const long = 'password=secret123 token '.repeat(40_000);
  const started = performance.now();
  expect(redact(long)).toHaveLength(long.length);
  expect(performance.now() - started).toBeLessThan(2_000);
});
