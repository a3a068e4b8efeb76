import { printed, type ProbeCases } from '../probe-case.ts';

// The layout of NVIDIA's page: https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#system-configuration
const page = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#system-configuration';

const version =
  'Linux version 5.15.0-113-generic (buildd@lcy02-amd64-072) (gcc 11.4.0) #123-Ubuntu SMP Mon Jun 10 08:16:17 UTC 2024\n';

export const ncclConfigFileCases: ProbeCases = {
  faulty: [
    {
      name: 'no way between the GPUs',
      source: page,
      output: printed(`# of the site\nNCCL_DEBUG=WARN\nNCCL_P2P_DISABLE=1\n${version}`),
      means: ['nccl.config.harms'],
    },
  ],
  healthy: [
    {
      name: 'no such file',
      source: 'cat of coreutils 8.32, printed here',
      output: printed(version, 1, 'cat: /etc/nccl.conf: No such file or directory\n'),
      means: ['nccl.config.plain'],
    },
    {
      name: 'an interface for all',
      source: page,
      output: printed(`NCCL_DEBUG=WARN\nNCCL_SOCKET_IFNAME==ens1f0\n${version}`),
      means: ['nccl.config.plain'],
    },
    {
      name: 'an algorithm for all',
      source: page,
      output: printed(`NCCL_ALGO=Ring\n${version}`),
      means: ['nccl.config.choice-forced', 'nccl.config.plain'],
    },
  ],
  garbage: [
    printed('', 127),
    printed('Welcome to node-01\n'),
    printed('NCCL_P2P_DISABLE=1\n'),
    printed(version, 1, 'cat: /etc/nccl.conf: Permission denied\n'),
  ],
};
