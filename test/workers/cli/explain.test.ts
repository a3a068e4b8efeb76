import { describe, expect, it } from 'vitest';
import { explainCommand } from '../../../workers/cli/explain.ts';
import { runProgram } from '../../../workers/cli/program.ts';
import { recordingTerminal } from '../support/recording-terminal.ts';

async function explain(argv: readonly string[], colour = false) {
  const recorded = recordingTerminal({ colour });
  const load = async () => explainCommand({ terminal: recorded.terminal });
  const exitCode = await runProgram(['explain', ...argv], recorded.terminal, [{ name: 'explain', summary: '', load }]);
  return { exitCode, stdout: recorded.stdout(), stderr: recorded.stderr() };
}

async function explainJson(...argv: readonly string[]): Promise<unknown> {
  return JSON.parse((await explain([...argv, '--json'])).stdout);
}

describe('wardround explain', () => {
  it('tells people what a code means and what to do', async () => {
    const { exitCode, stdout } = await explain(['xid', '79']);
    expect(exitCode).toBeNull();
    expect(stdout).toMatch(/^xid 79: GPU has fallen off the bus$/m);
    expect(stdout).toMatch(/^applies +to a800 \(as A100\)$/m);
    expect(stdout).toMatch(/^immediate +RESTART_BM: restart the whole machine$/m);
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  it('has the agreed shape in JSON', async () => {
    expect(await explainJson('xid', '48')).toMatchObject({
      kind: 'xid',
      code: 48,
      name: 'Double Bit ECC Error',
      applies: true,
      immediate: 'WORKFLOW_XID_48',
      followUp: 'WORKFLOW_XID_48',
      related: expect.arrayContaining([63, 64, 94, 95]),
      source: expect.stringMatching(/^https:\/\//),
    });
  });

  it.each([
    [['xid', '144'], false],
    [['xid', '144', '--gpu', 'b200'], true],
    [['xid', '79', '--gpu', 'NVIDIA A800-SXM4-80GB'], true],
    [['xid', '176'], null],
    [['sxid', '29001'], false],
    [['sxid', '29001', '--gpu', 'h100'], true],
    [['dcgm', '6'], false],
  ])('%j applies: %s', async (argv, applies) => {
    expect(await explainJson(...argv)).toMatchObject({ applies });
  });

  it.each([
    [['nccl', 'ncclRemoteError'], 6, 'ncclRemoteError'],
    [['nccl', '6'], 6, 'ncclRemoteError'],
    [['ib', '12'], 12, 'IBV_WC_RETRY_EXC_ERR'],
    [['ib', 'ibv_wc_retry_exc_err'], 12, 'IBV_WC_RETRY_EXC_ERR'],
    [['ib', 'transport retry counter exceeded'], 12, 'IBV_WC_RETRY_EXC_ERR'],
    [['ib', 'IBV_EVENT_PORT_ERR'], 'IBV_EVENT_PORT_ERR', 'IBV_EVENT_PORT_ERR'],
    [['dcgm', 'DCGM_FR_NVLINK_DOWN'], 14, 'DCGM_FR_NVLINK_DOWN'],
    [['dcgm', 'DCGM_ST_GPU_IS_LOST'], -18, 'DCGM_ST_GPU_IS_LOST'],
    [['XID', 'ROBUST_CHANNEL_GR_ERROR_SW_NOTIFY'], 13, 'Graphics Engine Exception'],
    [['sxid', '24007'], 24_007, 'sourcetrack timeout error'],
  ])('finds %j', async (argv, code, name) => {
    expect(await explainJson(...argv)).toMatchObject({ code, name });
  });

  it.each(['xid', 'sxid', 'dcgm', 'nccl', 'ib'])('lists all codes of %s', async (kind) => {
    const all = await explainJson(kind);
    if (!Array.isArray(all)) throw new Error('a list was asked for');
    expect(all.length).toBeGreaterThan(8);
    const agreed = ['kind', 'code', 'name', 'applies', 'immediate', 'followUp', 'related', 'source'];
    expect(all.filter((one: object) => agreed.some((field) => !(field in one)))).toEqual([]);
    const { stdout } = await explain([kind]);
    expect(stdout.split('\n')).toHaveLength(all.length + 1);
  });

  it('decodes sub-codes and registers, all of them or those of a line', async () => {
    const line =
      'NVRM: Xid (PCI:0000:00:00): 149, NETIR_LINK_EVT Fatal XC0 i0 Link 00 (0x025001c6 0x00000000 0x00000000)';
    expect(await explainJson('xid', '149', '--line', line)).toMatchObject({
      decode: [
        {
          at: 'NETIR_LINK_EVT 0x00000000, reason 37, link 0',
          immediate: 'RESET_GPU',
          followUp: 'INVESTIGATE_PEER_DEVICE',
        },
      ],
    });
    expect((await explain(['xid', '74'])).stdout).toMatch(/register 4, bit 18: .*RESET_FABRIC/s);
    expect((await explain(['xid', '154', '--line', 'nothing of it'])).stdout).toContain(
      'the line carries nothing that can be read',
    );
    expect(await explainJson('xid', '79')).not.toHaveProperty('decode');
  });

  it.each([
    [['foo', '1'], 'there is no kind of code "foo"', 'known: xid, sxid, dcgm, nccl, ib'],
    [['xid', '777'], 'there is no xid code "777"', 'did you mean 77 (ROBUST_CHANNEL_CE8_ERROR)'],
    [['nccl', 'ncclRemotError'], 'there is no nccl code "ncclRemotError"', 'did you mean 6 (ncclRemoteError)'],
    [['nccl', 'zzzzzzzzzzzzzzzzzz'], 'there is no nccl code', 'see them with `wardround explain nccl`'],
    [['xid', '79', '--gpu', 'rtx4090'], 'the catalogues say nothing of GPU "rtx4090"', 'known: a800, a100'],
  ])('refuses %j and says what is meant', async (argv, message, advice) => {
    const { exitCode, stdout, stderr } = await explain(argv);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).toContain(advice);
  });

  it('colours for people only', async () => {
    expect((await explain(['xid', '79'], true)).stdout).toContain('\u001b[');
    expect((await explain(['xid', '79', '--json'], true)).stdout).not.toContain('\u001b[');
  });
});
