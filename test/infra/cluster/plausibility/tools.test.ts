import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { playLine } from '../../../../infra/cluster/commands/index.ts';
import { windowObjects } from '../../../../infra/cluster/logs/windows.ts';
import { sshState } from '../../../../infra/cluster/physics/tool-troubles.ts';
import { faults } from '../../../../infra/cluster/faults/index.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../../infra/cluster/world.ts';
import { answerOf, nodeCommands } from '../all-commands.ts';
import { metricOf } from '../faults/on-node.ts';
import { onNode } from '../job-tools.ts';
import { heldCluster, minutes, stepSeconds, type HeldCluster } from '../held-cluster.ts';

let held: HeldCluster;
let simulator: Simulator;

beforeEach(() => {
  held = heldCluster({ nodes: 6 });
  simulator = held.open();
  held.pass(minutes(3));
});
afterEach(() => {
  simulator.close();
  held.remove();
});

const node = (name: string) => {
  const found = findNode(simulator.world, name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
};
const there = 'node-04';
const elsewhere = 'node-02';
const ask = (line: string, name = there) => answerOf(simulator, node(name), line);
const inject = (id: string, values: Readonly<Record<string, number>> = {}) =>
  simulator.inject(id, {
    target: { node: there },
    values,
    seed: 3,
    ...(id !== 'tool-clock-creeping' && { onset: { shape: 'sudden' } }),
  });
const clocks = 'nvidia-smi --query-gpu=index,clocks.sm --format=csv,noheader,nounits';
const ssh = (name: string) => sshState(simulator.timeline, node(name), simulator.time.nowMs());
/** Cluster milliseconds that a command takes. */
const takesMs = (line: string, name = there) => {
  const { world, timeline, time, act } = simulator;
  const context = { world, timeline, node: node(name), nowMs: time.nowMs(), root: false, act };
  const play = playLine(context, line);
  let ms = 0;
  for (let step = play.next(context.nowMs); step.done !== true; step = play.next(context.nowMs + ms))
    if (step.value.kind === 'wait') ms += step.value.ms;
  return ms;
};

const tools = faults.filter(({ kind }) => kind === 'tool');

describe.each(tools.map(({ id }) => id))('%s', (id) => {
  it('leaves the job, the metrics and all other nodes as they were', () => {
    const peer = node('node-01');
    const passive = nodeCommands(peer, peer).filter((line) => !/snmp|vmstat|dmon|profile/.test(line));
    inject(id);
    held.pass(minutes(5));
    expect(stepSeconds(simulator)).toBe(8);
    expect(simulator.timeline.segmentAt(simulator.time.nowMs()).phase).toMatchObject({ kind: 'running', stop: null });
    expect(metricOf(simulator, 'DCGM_FI_DEV_SM_CLOCK', { Hostname: there, gpu: '0' })).toBe(1410);
    expect(passive.filter((line) => ask(line, elsewhere).end === 'hangs')).toEqual([]);
    expect(ask(clocks, elsewhere).stdout.trim().split('\n')).toEqual(
      Array.from({ length: 8 }, (_, gpu) => `${gpu}, 1410`),
    );
    expect(ssh(elsewhere)).toEqual({ state: 'answers', bannerMs: 0 });
  });
});

describe('what a trouble of the tools looks like:', () => {
  it('nvidia-smi hangs, SIGTERM does not end it, and only a reboot helps', () => {
    inject('tool-smi-hangs');
    expect(ask(clocks).end).toBe('hangs');
    expect(ask('lsmod').end).toBe(0);
    // timeout(1): 137 when SIGKILL had to be sent.
    expect(ask(`timeout -k 2 5 ${clocks}`).end).toBe(137);
    expect(onNode(simulator, there, 'systemctl restart nvidia-persistenced').exitCode).toBe(0);
    expect(ask(clocks).end).toBe('hangs');
    simulator.act([{ kind: 'happen', event: 'reboot', place: there }]);
    held.pass(minutes(5));
    expect(ask(clocks).end).toBe(0);
    expect(simulator.activeFaults()).toEqual([]);
  });

  it('dcgmi hangs while systemd takes nv-hostengine for active; its restart helps, another one does not', () => {
    inject('tool-dcgm-stuck');
    expect(ask('dcgmi discovery -l').end).toBe('hangs');
    expect(ask('systemctl is-active nvidia-dcgm').stdout).toBe('active\n');
    expect(ask(clocks).end).toBe(0);
    onNode(simulator, there, 'systemctl restart nvidia-persistenced');
    expect(ask('dcgmi discovery -l').end).toBe('hangs');
    onNode(simulator, there, 'systemctl restart nvidia-dcgm');
    expect(ask('dcgmi discovery -l').end).toBe(0);
    expect(simulator.activeFaults()).toEqual([]);
  });

  it('SSH refuses, in one of three ways', () => {
    const ways = new Set(
      [1, 2, 3, 4, 5, 6].map((number) => {
        simulator.inject('tool-ssh-refuses', {
          target: { node: `node-0${number}` },
          seed: number,
          onset: { shape: 'sudden' },
        });
        return ssh(`node-0${number}`).state;
      }),
    );
    expect(ways.size).toBeGreaterThan(1);
    for (const way of ways) expect(['closes', 'resets', 'silent']).toContain(way);
  });

  it('SSH is slow, by five to sixty seconds (resolv.conf: timeout 5, attempts 2, for each name server)', () => {
    inject('tool-ssh-slow', { seconds: 30 });
    expect(ssh(there)).toEqual({ state: 'answers', bannerMs: 30_000 });
    onNode(simulator, there, 'systemctl restart docker');
    expect(ssh(there).bannerMs).toBe(30_000);
  });

  it('the key is rejected', () => {
    inject('tool-key-rejected');
    expect(ssh(there).state).toBe('rejects-key');
  });

  it('sudo asks for a password, and what needs no root still answers', () => {
    inject('tool-sudo-refuses');
    // sudo.c: with -n it says so and exits 1.
    expect(ask('sudo -n iptables -S')).toEqual({ stdout: '', stderr: 'sudo: a password is required\n', end: 1 });
    expect(ask('sudo -n iptables -S', elsewhere).end).toBe(0);
    expect(ask('lsmod').end).toBe(0);
    // The gate's key is root already.
    expect(onNode(simulator, there, 'systemctl restart docker').exitCode).toBe(0);
  });

  it('output is cut, at the same share of every text, with exit code 0', () => {
    const whole = new Map(
      ['dmesg -T', 'ps -eo pid,ppid,stat,wchan:32,etimes,comm', 'ibstat', clocks].map((line) => [
        line,
        ask(line).stdout,
      ]),
    );
    inject('tool-output-truncated', { share: 0.4 });
    const cut = [...whole].filter(([line, before]) => {
      const { stdout, end } = ask(line);
      expect(end).toBe(0);
      return stdout !== before && before.startsWith(stdout) && stdout.length === Math.floor(0.4 * before.length);
    });
    expect(cut.length).toBeGreaterThanOrEqual(1);
    expect(cut.length).toBeLessThanOrEqual(2);
  });

  it('output is garbled in some characters and keeps its lines', () => {
    const line = 'cat /proc/driver/nvidia/version';
    const lines = [line, clocks, 'ibstat', 'dmesg --time-format iso'];
    const whole = lines.map((each) => ask(each).stdout);
    inject('tool-output-garbled', { share: 0.05 });
    const garbled = lines.filter((each, at) => ask(each).stdout !== whole[at]);
    expect(garbled.length).toBeGreaterThanOrEqual(1);
    for (const each of garbled) {
      const before = whole[lines.indexOf(each)] ?? '';
      const after = ask(each).stdout;
      expect(after.split('\n')).toHaveLength(before.split('\n').length);
      const changed = before.split('').filter((character, at) => after[at] !== character).length / before.length;
      expect(changed).toBeGreaterThan(0.01);
      expect(changed).toBeLessThan(0.12);
    }
  });

  it('a clock is hours off in all that the node stamps, and chronyd knows', () => {
    inject('tool-clock-hours', { hours: -7 });
    held.pass(minutes(1));
    const report = ask('nvidia-smi -q -d PERFORMANCE').stdout;
    expect(/^Timestamp +: (.*)$/m.exec(report)?.[1]).toMatch(/^Fri Nov 20 20:04:00 2026$/);
    // chronyc(1): the fifth value of tracking is how far the clock is off, in seconds.
    expect(Number(ask('chronyc -c tracking').stdout.split(',')[4])).toBeCloseTo(-25_200, 0);
    const nowMs = simulator.time.nowMs();
    held.pass(minutes(60));
    const kernel = windowObjects(simulator.timeline, nowMs, simulator.time.nowMs()).find(({ key }) =>
      key.includes(`/${there}/kernel/`),
    );
    for (const line of kernel?.text.trim().split('\n') ?? ['no line'])
      expect(Date.parse(line.split(' ')[0] ?? '')).toBeLessThan(nowMs - 5.9 * 3_600_000);
  });

  it('a clock runs away by seconds, a twelfth at a time', () => {
    simulator.inject('tool-clock-creeping', {
      target: { node: there },
      values: { seconds: 24 },
      onset: { shape: 'creeping', rampMs: minutes(12) },
    });
    const offset = () => Number(ask('chronyc -c tracking').stdout.split(',')[4]);
    const seen = Array.from({ length: 5 }, () => {
      held.pass(minutes(3));
      return offset();
    });
    expect(seen.map(Math.round)).toEqual([8, 14, 20, 24, 24]);
  });

  it('every command is late by the same time', () => {
    inject('tool-node-slow', { seconds: 20 });
    expect(takesMs('lsmod')).toBe(20_000);
    expect(takesMs('df -Pk')).toBe(20_000);
    expect(takesMs('lsmod', elsewhere)).toBe(0);
    expect(ask('timeout -k 1 5 stat -f -t /lustre').end).toBe(124);
  });

  it('values of a table cannot be read, others every time', () => {
    inject('tool-answers-differ', { share: 0.2 });
    const reads = Array.from({ length: 12 }, () => {
      held.pass(2_000);
      return ask(clocks).stdout;
    });
    expect(new Set(reads).size).toBeGreaterThan(6);
    const cells = reads.flatMap((text) =>
      text
        .trim()
        .split('\n')
        .map((row) => row.split(', ')[1]),
    );
    const unread = cells.filter((cell) => cell === '[Unknown Error]').length;
    // A fifth of 96.
    expect(unread).toBeGreaterThan(8);
    expect(unread).toBeLessThan(34);
    // What can be read is right.
    expect(new Set(cells)).toEqual(new Set(['1410', '[Unknown Error]']));
  });
});
