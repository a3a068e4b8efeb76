import ssh2 from 'ssh2';
import { expect, it } from 'vitest';
import { newSshKey } from '../../infra/ssh-key.ts';

it('every key that is made can be read back', () => {
  const unreadable = Array.from({ length: 1_000 }, () => ssh2.utils.parseKey(newSshKey('test').private)).filter(
    (key) => key instanceof Error,
  );
  expect(unreadable).toEqual([]);
});
