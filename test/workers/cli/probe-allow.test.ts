import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rootSecondsMax, sudoers } from '../../../infra/gate/sudoers.ts';
import { probes } from '../../../kb/probes/index.ts';
import type { CliContext } from '../../../workers/cli/context.ts';
import { allowListCommand, sudoersCommand } from '../../../workers/cli/probe-allow.ts';
import { probeScript } from '../../infra/gate/gate-node.ts';

function context(lines: string[]): CliContext {
  const never = () => Promise.reject(new Error('not needed'));
  const terminal = { out: (text: string) => void lines.push(text), err: () => {}, ask: never };
  return {
    terminal: { ...terminal, colour: false, interactive: false },
    user: 'ann',
    config: never,
    inventories: never,
    withDesk: never,
    nowMs: () => 0,
    pause: never,
  };
}

test('the list is printed as it stands in the forced command', async () => {
  const lines: string[] = [];
  await allowListCommand(context(lines)).parseAsync([], { from: 'user' });
  const script = readFileSync(probeScript, 'utf8');
  const printed = lines.join('\n').split('\n');
  expect(printed.length).toBeGreaterThan(20);
  for (const pattern of printed) expect(script).toContain(`\n'${pattern}'\n`);

  const json: string[] = [];
  await allowListCommand(context(json)).parseAsync(['--json'], { from: 'user' });
  expect(JSON.parse(json.join(''))).toEqual({ patterns: printed });
});

test('the sudoers file has commands of root probes, whole, and no star that could stretch them', async () => {
  const lines: string[] = [];
  await sudoersCommand(context(lines)).parseAsync([], { from: 'user' });
  const rules = lines
    .join('\n')
    .split('\n')
    .filter((line) => line.includes('NOPASSWD'));
  expect(rules).toContain('wardround-probe ALL=(root) NOPASSWD: /usr/local/bin/wardround-measure nvlink');
  expect(rules).toContain('wardround-probe ALL=(root) NOPASSWD: /usr/local/bin/wardround-measure gemm *');
  expect(rules).toContain(String.raw`wardround-probe ALL=(root) NOPASSWD: /usr/bin/lspci -vvv -d \:\:0604`);
  expect(rules).toContain(
    String.raw`wardround-probe ALL=(root) NOPASSWD: /usr/bin/timeout -k 2 ${rootSecondsMax} lspci -vvv -d \:\:0604`,
  );
  // Our own scripts check their arguments; before the star stands their verb.
  const others = rules.filter((rule) => !/\/usr\/local\/bin\/wardround-[a-z]+ [a-z-]+( \*)?$/.test(rule));
  for (const rule of others) expect(rule).toMatch(/NOPASSWD: \/(usr\/s?bin|sbin)\/[^*?!]+$/);
  expect(readFileSync(probeScript, 'utf8')).toContain(`\nroot_seconds_max=${rootSecondsMax}\n`);
});

test('a root probe whose words sudoers cannot say is an error, not a wider rule', () => {
  const [probe] = probes.filter(({ privilege }) => privilege === 'root');
  if (probe === undefined) throw new Error('there are root probes');
  const wide = (allow: string) => () => sudoers([{ ...probe, allow: [allow] }]);
  expect(wide('sudo -n nvme smart-log /dev/[a-z]{0,30}')).toThrow('has no short form for sudoers');
  expect(wide('sudo -n unknown-tool x')).toThrow('in which folders is unknown-tool');
  expect(wide('nvme smart-log /dev/nvme0n1')).toThrow('does not begin with sudo -n');
});
