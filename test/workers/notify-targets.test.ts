import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNotifyTargets } from '../../workers/notify-targets.ts';
import { temporaryFolder } from '../support/servers.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder('notify');
});
afterAll(() => folder.remove());

const slack = { name: 'chat', kind: 'slack', url: 'https://hooks.slack.example/services/T/B/SECRET' };

function write(text: string, mode = 0o600): string {
  const file = path.join(folder.path, 'targets.json');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

describe('the file that WARDROUND_NOTIFY_FILE names', () => {
  it('lists the receivers; without a file there are none', () => {
    expect(loadNotifyTargets(write(JSON.stringify([slack])))).toEqual([slack]);
    expect(loadNotifyTargets(null)).toEqual([]);
  });

  it.each([0o640, 0o604, 0o644, 0o620])('has to be private, unlike mode %o', (mode) => {
    expect(() => loadNotifyTargets(write('[]', mode))).toThrow(/WARDROUND_NOTIFY_FILE: .*targets\.json.*chmod 600/);
  });

  it('is refused with the place that is wrong, and nothing of what stands there', () => {
    const problem = (text: string) => {
      try {
        loadNotifyTargets(write(text));
        return 'nothing';
      } catch (error) {
        return error instanceof Error ? `${error.name} ${error.message}` : 'nothing';
      }
    };
    expect(problem('[\n  {"name": "chat", "url": SECRET}\n]')).toMatch(/^ConfigError .*wrong at line 2, column 27/s);
    expect(problem(JSON.stringify([slack, { ...slack, name: 'b', url: 'SECRET' }]))).toContain(
      '/1/url: expected an http',
    );
    expect(problem('{}')).toContain('/: expected a list of targets');
    for (const text of ['[SECRET', JSON.stringify([{ ...slack, kind: 'SECRET' }])])
      expect(problem(text)).not.toContain('SECRET');
  });

  it('that is missing is named, with the reason', () => {
    expect(() => loadNotifyTargets(path.join(folder.path, 'none.json'))).toThrow('none.json: can not be read (ENOENT)');
    expect(() => loadNotifyTargets(folder.path)).toThrow(/mode|EISDIR/);
  });
});
