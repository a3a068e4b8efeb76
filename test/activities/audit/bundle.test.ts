import fc from 'fast-check';
import { pack } from 'tar-stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { packBundle, unpackBundle } from '../../../activities/audit/bundle.ts';
import { checkSeal } from '../../../activities/audit/check-seal.ts';
import { PortError } from '../../../activities/ports.ts';
import { newSigner, sealedIncident } from './sealed-incident.ts';

const signer = newSigner();
const trusted = { keys: [signer.publicKey], named: true };
let bundle: Uint8Array;

beforeAll(async () => {
  const { files } = await sealedIncident({ signer });
  bundle = await packBundle(files);
});

async function accepted(bytes: Uint8Array): Promise<boolean> {
  try {
    return checkSeal(await unpackBundle(bytes, 'b'), trusted).status === 'passed';
  } catch (error) {
    if (error instanceof PortError) return false;
    throw error;
  }
}

async function tarOf(entries: readonly (readonly [name: string, content: string, type?: 'symlink'])[]) {
  const tar = pack();
  for (const [name, content, type] of entries)
    tar.entry(
      { name, mtime: new Date(0), ...(type === undefined ? {} : { type, linkname: content }) },
      type ? '' : content,
    );
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) chunks.push(chunk as Uint8Array); // a tar stream carries bytes alone
  return Buffer.concat(chunks);
}

describe('a bundle', () => {
  it('reads back as it was written, and is the same bytes again', async () => {
    const files = await unpackBundle(bundle, 'b');
    expect(Buffer.from(await packBundle(files)).equals(bundle)).toBe(true);
    expect(await accepted(bundle)).toBe(true);
  });

  it('is refused when any one byte of it is another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bundle.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Uint8Array.from(bundle);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(await accepted(changed)).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  it('is refused when any one byte of its first headers is another', async () => {
    for (let at = 0; at < 1024; at += 7) {
      const changed = Uint8Array.from(bundle);
      changed[at] = (changed[at] ?? 0) ^ 0x20;
      expect(await accepted(changed), `byte ${at}`).toBe(false);
    }
  });

  it('is refused when it is cut off anywhere, or goes on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bundle.length - 1 }), async (length) => {
        expect(await accepted(bundle.subarray(0, length))).toBe(false);
      }),
      { numRuns: 50 },
    );
    expect(await accepted(Buffer.concat([bundle, new Uint8Array(512)]))).toBe(false);
  });

  it.each([
    ['../../etc/passwd', 'a name'],
    ['/etc/passwd', 'a name'],
    ['histories/../../x.json', 'a name'],
    ['evidence/short', 'a name'],
  ])('with an entry %s is refused', async (name, said) => {
    await expect(unpackBundle(await tarOf([[name, 'x']]), 'b')).rejects.toThrow(`is not ${said}`);
  });

  it('with a link is refused', async () => {
    await expect(unpackBundle(await tarOf([['chart.md', '/etc/passwd', 'symlink']]), 'b')).rejects.toThrow('symlink');
  });

  it('with a file twice is refused', async () => {
    const twice = await tarOf([
      ['chart.md', 'x'],
      ['chart.md', 'y'],
    ]);
    await expect(unpackBundle(twice, 'b')).rejects.toThrow('twice');
  });
});
