import type { KnowledgeRecord } from '../schemas/record.ts';

export const offloadFillsHostMemory: KnowledgeRecord = {
  problemkey: 'exit-minus-9-offload-host-memory',
  rawtext:
    'DeepSpeed ended with `exits with return code = -9` and no Python traceback. Stage 3 kept parameters and optimiser states in host memory. Watching the node showed host memory running full just before the processes were killed; moving parameters back to the GPU cured it. GPU memory was far from full.',
  function:
    'free -m on the node, or the kernel log: `Out of memory: Killed process` with the rank\'s pid if the cause is present; without such a line and with memory to spare, somebody else sent the signal.',
  result: 'Offloading used up the host\'s memory and the kernel killed the ranks.',
  category: 'host-oom',
  remedy: 'Offload less, or to NVMe, or use fewer ranks a node.',
  signals: ['exits with return code = -9', 'Killed process', 'Out of memory', 'sigkill_handler', 'host.memory.low'],
  not_this_if: ['the kernel log has no out-of-memory line for the pid', 'the scheduler logged a cancel'],
  source: 'https://github.com/deepspeedai/DeepSpeed/issues/4239',
  probes: ['memory.host'],
};
