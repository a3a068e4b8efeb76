import { describe, expect, test } from 'vitest';
import { askNodes } from '../../activities/ask-nodes.ts';
import { ConnectError, type ProbeRunner } from '../../activities/ports.ts';
import { smallInventory } from '../support/small-inventory.ts';

const uuid = 'GPU-c2ac80f0-2f34-940e-8a14-b5ba5628a554';
const gpuLine = `0, ${uuid}, 00000000:07:00.0, 92.00.45.00.03, G506.0210.00.04, 550.90.07, NVIDIA A800-SXM4-80GB\n`;
// ibstat of rdma-core, as of https://github.com/linux-rdma/rdma-core/blob/master/infiniband-diags/man/ibstat.8.rst
const ibstat = `CA 'mlx5_0'\n\tCA type: MT4123\n\tNumber of ports: 1\n\tPort 1:\n\t\tState: Active\n\t\tPhysical state: LinkUp\n\t\tRate: 200\n\t\tLink layer: InfiniBand\n`;
const devinfo = `hca_id:\tmlx5_bond_0\n\ttransport:\t\t\tInfiniBand (0)\n\tfw_ver:\t\t\t\t20.31.1014\n\tboard_id:\t\t\tMT_0000000223\n\t\tport:\t1\n\t\t\tstate:\t\t\tPORT_ACTIVE (4)\n\t\t\tlink_layer:\t\tEthernet\n`;

/** Answers by command; nodes called `gone` do not. */
function runner(answers: Readonly<Record<string, string | number>>): ProbeRunner & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    run(host, [tool = '']) {
      asked.push(`${host.name} ${tool}`);
      if (host.name === 'gone') return Promise.reject(new ConnectError('unreachable', 'gone: no route'));
      const answer = answers[tool] ?? 127;
      return Promise.resolve(
        typeof answer === 'string'
          ? { stdout: answer, stderr: '', exitCode: 0 }
          : { stdout: '', stderr: `sh: 1: ${tool}: not found\n`, exitCode: answer },
      );
    },
  };
}
const [first] = smallInventory().nodes;
const host = { name: first!.name, ssh: first!.ssh };

describe('asking nodes', () => {
  test('gives GPUs with UUID, place and model, and adapters with ports', async () => {
    const asking = runner({ 'nvidia-smi': gpuLine, ibstat });
    expect(await askNodes([host], asking)).toEqual([
      {
        kind: 'facts',
        node: 'node-01',
        facts: {
          gpus: [{ index: 0, uuid, pciBusId: '00000000:07:00.0', model: 'NVIDIA A800-SXM4-80GB' }],
          hcas: [{ name: 'mlx5_0', port: 1 }],
          missing: [],
        },
      },
    ]);
    expect(asking.asked).toEqual(['node-01 nvidia-smi', 'node-01 ibstat']);
  });

  test('asks the verbs library where ibstat is not installed', async () => {
    const [answer] = await askNodes([host], runner({ 'nvidia-smi': gpuLine, ibv_devinfo: devinfo }));
    expect(answer).toMatchObject({ facts: { hcas: [{ name: 'mlx5_bond_0', port: 1 }] } });
  });

  test('a node that is not there is silent, a tool that is not there is missing, and the others are asked all the same', async () => {
    const answers = await askNodes([{ ...host, name: 'gone' }, host], runner({ ibstat }));
    expect(answers[0]).toEqual({ kind: 'silent', node: 'gone', reason: 'gone: no route' });
    expect(answers[1]).toMatchObject({
      kind: 'facts',
      facts: { gpus: [], hcas: [{ name: 'mlx5_0' }], missing: [expect.stringMatching(/^GPUs: nvidia-smi/)] },
    });
  });
});
