import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeTokenFile, followTokenFile, readTokenFile } from '../../../workers/api/token-file.ts';
import { renderTokenList } from '../../../workers/api/token-list.ts';

const a = { name: 'alertmanager', sha256: 'a'.repeat(64), expiresAtMs: null };
const b = { name: 'grafana', sha256: 'b'.repeat(64), expiresAtMs: Date.parse('2027-01-01T00:00:00Z') };
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wardround-tokens-'));
  file = join(folder, 'tokens.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(content: string, mode = 0o600): void {
  writeFileSync(file, content, { mode });
  chmodSync(file, mode);
}

describe('a token file', () => {
  it('is read as it was written, names, hashes and ends', () => {
    changeTokenFile(file, () => [a, b]);
    expect(readTokenFile(file)).toEqual([a, b]);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([
      { name: 'alertmanager', sha256: a.sha256 },
      { name: 'grafana', sha256: b.sha256, expiresAt: '2027-01-01T00:00:00.000Z' },
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([0o644, 0o660, 0o622, 0o604])('with mode %o is refused: others could read or write it', (mode) => {
    write('[]', mode);
    expect(() => readTokenFile(file)).toThrow(new RegExp(`mode ${mode.toString(8)}: .*chmod 600`));
  });

  it('may be read by its group, and keeps that when it is changed', () => {
    write(renderTokenList([a]), 0o640);
    expect(changeTokenFile(file, (tokens) => [...tokens, b])).toEqual([a, b]);
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  it.each([
    ['no JSON', '[{', /no list of tokens/],
    ['an object', '{}', /no list of tokens/],
    ['a plain token', '[{"name":"a","token":"x"}]', /sha256/],
    ['a short hash', '[{"name":"a","sha256":"abc"}]', /64 lower-case hex digits/],
    ['a name with a quote', `[{"name":"a\\"","sha256":"${a.sha256}"}]`, /expected lower-case letters/],
    ['the name of the environment', `[{"name":"environment","sha256":"${a.sha256}"}]`, /WARDROUND_API_TOKEN/],
    ['a day as its end', `[{"name":"a","sha256":"${a.sha256}","expiresAt":"tomorrow"}]`, /expiresAt/],
    ['one name twice', renderTokenList([a, a]), /two tokens have one name/],
  ])('that holds %s is refused with its place', (_, content, message) => {
    write(content);
    expect(() => readTokenFile(file)).toThrow(message);
  });

  it('is not changed by two at once, nor half', () => {
    write(renderTokenList([a]));
    const inner = () => changeTokenFile(file, () => []);
    expect(() =>
      changeTokenFile(file, () => {
        inner();
        return [];
      }),
    ).toThrow(/another command changes the list/);
    expect(readTokenFile(file)).toEqual([a]);
    expect(existsSync(`${file}.new`)).toBe(false);
  });
});

describe('a running API', () => {
  function follow() {
    const lines: string[] = [];
    const write_ = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
    return { tokens: followTokenFile(file, { info: write_, error: write_ }), lines };
  }

  it('knows a new token, and forgets a revoked one, at the next request', () => {
    changeTokenFile(file, () => [a]);
    const { tokens, lines } = follow();
    expect(tokens()).toEqual([a]);
    changeTokenFile(file, (list) => [...list, b]);
    expect(tokens()).toEqual([a, b]);
    changeTokenFile(file, () => [b]);
    expect(tokens()).toEqual([b]);
    expect(lines).toHaveLength(2);
  });

  it('keeps the tokens it knows when the file is spoilt or opened to others, and says so once', () => {
    changeTokenFile(file, () => [a]);
    const { tokens, lines } = follow();
    write('[{');
    expect([tokens(), tokens()]).toEqual([[a], [a]]);
    expect(lines).toEqual([expect.stringMatching(/^bearer tokens can not be read again.*no list of tokens/)]);
    write(renderTokenList([a, b]), 0o666);
    expect(tokens()).toEqual([a]);
    chmodSync(file, 0o600);
    expect(tokens()).toEqual([a, b]);
    rmSync(file);
    expect(tokens()).toEqual([a, b]);
    expect(lines.at(-1)).toContain('make it with');
  });

  it('does not start without the file', () => {
    expect(() => follow()).toThrow(/tokens.json can not be read: .*wardround api token create/);
  });
});
