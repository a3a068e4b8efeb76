import { expect, it } from 'vitest';
import { privateText } from '../../../kb/knowledge/private-text.ts';

it('a mail address is found and a documentation address is not', () => {
  expect(privateText('ask jane.doe+ops@cluster.example about it')).toEqual([
    'an e-mail address: jane.doe+ops@cluster.example',
  ]);
  expect(privateText('the master listens on 192.0.2.7')).toEqual([]);
});

it.each(['a.', 'a-', '1.', 'a.local-'])('a long row of %j is read in a moment', (part) => {
  const fromMs = performance.now();
  privateText(part.repeat(60_000 / part.length));
  // 20 ms here; 3 s when each place in the row is read to its end.
  expect(performance.now() - fromMs).toBeLessThan(1_000);
});
