import pLimit from 'p-limit';
import { describe, expect, it } from 'vitest';
import { LateError, PortError, type ProbeAnswer } from '../../../activities/ports.ts';
import { HungTools, whatHangs } from '../../../activities/probe-batch/hung-tools.ts';

const smi = ['nvidia-smi', '-q', '-d', 'CLOCK'];
const said: ProbeAnswer = { stdout: 'fine', stderr: '', exitCode: 0 };
const late = () => Promise.reject(new LateError('node-01', 15_000));
const reasonOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'answered',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  );

describe('a tool that hangs', () => {
  it('is asked again after one late command, and not after two', async () => {
    const hung = new HungTools();
    await reasonOf(hung.send('node-01', smi, late));
    expect(hung.reason('node-01', smi)).toBeNull();
    await reasonOf(hung.send('node-01', smi, late));
    expect(hung.reason('node-01', smi)).toBe(
      'node-01: nvidia-smi did not come back from 2 commands; it is not asked again in this batch',
    );
    await expect(hung.send('node-01', smi, async () => said)).rejects.toThrow(PortError);
    expect(await hung.send('node-01', ['ibstat'], async () => said)).toBe(said);
  });

  it('hangs on its host alone', async () => {
    const hung = new HungTools();
    for (let time = 0; time < 2; time += 1) await reasonOf(hung.send('node-01', ['scontrol', 'show'], late));
    expect(hung.reason('node-01', ['scontrol', 'show'])).not.toBeNull();
    expect(hung.reason('mgmt-01', ['scontrol', 'show'])).toBeNull();
  });

  it('is late with half an answer as with none, and not with a refusal', async () => {
    const hung = new HungTools();
    const half = async (): Promise<ProbeAnswer> => ({ ...said, exitCode: null, cut: 'deadline' });
    await hung.send('node-01', smi, half);
    for (let time = 0; time < 5; time += 1)
      await reasonOf(hung.send('node-01', smi, () => Promise.reject(new PortError('refused', 'no'))));
    expect(hung.reason('node-01', smi)).toBeNull();
    await hung.send('node-01', smi, half);
    expect(hung.reason('node-01', smi)).not.toBeNull();
  });

  it('is not started by those that waited for their turn while the first ones were late', async () => {
    const hung = new HungTools();
    let started = 0;
    const places = pLimit(2);
    const reasons = await Promise.all(
      Array.from({ length: 16 }, () =>
        reasonOf(
          places(() =>
            hung.send('node-01', smi, () => {
              started += 1;
              return late();
            }),
          ),
        ),
      ),
    );
    expect(started).toBe(2);
    expect(reasons.filter((reason) => reason.includes('not asked again'))).toHaveLength(14);
  });
});

describe('what hangs', () => {
  it.each([
    [smi, 'nvidia-smi'],
    [['sudo', '-n', 'lspci', '-vvv', '-d', '::0604'], 'lspci'],
    [['df', '-P', '-k'], 'df'],
    [['dcgmi', 'health', '-g', '0', '-c', '-j'], 'dcgmi'],
  ])('in %j is the driver or the service behind the tool', (argv, what) => expect(whatHangs(argv)).toBe(what));

  it('in a script of the node is what it is asked', () => {
    expect(whatHangs(['sudo', '-n', 'wardround-job', 'stacks'])).toBe('wardround-job stacks');
    expect(whatHangs(['sudo', '-n', 'wardround-job', 'profile', '30'])).toBe('wardround-job profile');
  });

  it.each([
    [['cat', '/mnt/stale/state'], 'cat /mnt/stale/state'],
    [['cat', '/proc/meminfo'], 'cat /proc/meminfo'],
    [['grep', '-rH', '.', '/sys/devices/system/edac/mc', '--include=ce_count'], 'grep /sys/devices/system/edac/mc'],
    [['timeout', '-k', '1', '5', 'stat', '-f', '-t', '/mnt/data'], 'stat /mnt/data'],
    [['ls', '-lnA', '--time-style=full-iso', '/dev/shm'], 'ls /dev/shm'],
    [['sh', '-c', 'true'], 'sh -c true'],
  ])('in %j is the file, for the tool reads anything', (argv, what) => expect(whatHangs(argv)).toBe(what));

  it.each([
    [['ipmitool', '-I', 'lanplus', '-H', 'bmc-01', '-U', 'w', 'chassis', 'status'], 'ipmitool bmc-01'],
    [['curl', '-sS', '--max-time', '10', 'https://bmc-01/redfish/v1/Systems'], 'curl bmc-01'],
    [['nc', '-z', '-v', '-w', '3', 'node-02', '29500'], 'nc node-02 29500'],
    [['ping', '-c', '3', 'node-02'], 'ping node-02'],
  ])('in %j is the machine that is asked', (argv, what) => expect(whatHangs(argv)).toBe(what));
});
