import { lineDetector } from './line-patterns.ts';

const errno = 'https://man7.org/linux/man-pages/man3/errno.3.html';

/** Files that one rank writes for the others: indices and caches which are not there, not yet, or no longer. */
export const sharedCaches = lineDetector('shared-caches', [
  {
    // Rank 0 alone builds them; a rank on another node reads what its own disk does not have.
    id: 'fs.shared-index.missing',
    summary: 'an index or cache that one rank writes for all the others is not there',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4, 'framework-bug': 1.6, 'user-code-error': 1.4 },
    source: 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/datasets/gpt_dataset.py',
    literals: [
      '_indexmap_',
      'dataset_indices',
      '_idx.npy',
      'document_index.npy',
      'sample_index.npy',
      'shuffle_index.npy',
      '/cache-',
    ],
    pattern:
      /(?:FileNotFoundError|No such file or directory|Failed to open local file)[^\n]{0,240}?(?:_indexmap_|Dataset_indices\/|[-_](?:doc|sample|shuffle)_idx\.npy|[-_](?:document|sample|shuffle)_index\.npy|\/cache-[0-9a-f]{4,40}[\w.-]{0,60}\.arrow)/,
    sees: [
      "FileNotFoundError: [Errno 2] No such file or directory: '/data/text_document_train_indexmap_1024ns_2048sl_1234s_doc_idx.npy'",
      "FileNotFoundError: [Errno 2] No such file or directory: '/data/cache/GPTDataset_indices/d296b389-GPTDataset-train-document_index.npy'",
      "FileNotFoundError: [Errno 2] Failed to open local file '/data/run/.cache/huggingface/datasets/json/cache-2be1_00003_of_00008.arrow'.",
    ],
    ignores: [
      "FileNotFoundError: [Errno 2] No such file or directory: '/data/text_document.idx'",
      ' > WARNING: could not find index map files, building the indices on rank 0 ...',
    ],
  },
  {
    id: 'fs.shared-cache.race',
    summary: 'a file of a cache vanished while several processes were filling it',
    role: 'cause',
    weighs: { 'shared-fs-problem': 3.8, 'framework-bug': 2.4, 'user-code-error': 0.6 },
    source: 'https://github.com/triton-lang/triton/issues/11512',
    literals: ['tmp.pid_', '.triton/cache/', 'torchinductor_', '.incomplete'],
    pattern:
      /(?:FileNotFoundError|\[Errno (?:2|16|39)\])[^\n]{0,240}?(?:\.tmp\.pid_|\/tmp\.pid_|\.triton\/cache\/|\/torchinductor_\w{1,40}\/|\.incomplete['"])/,
    sees: [
      "FileNotFoundError: [Errno 2] No such file or directory: '/data/run/.triton/cache/cff6/_rms_norm.ttir.tmp.pid_15735_304289' -> '/data/run/.triton/cache/cff6/_rms_norm.ttir'",
      "OSError: [Errno 16] Device or resource busy: '/data/run/.triton/cache/cff6/tmp.pid_15735_304289'",
      "FileNotFoundError: [Errno 2] No such file or directory: '/data/run/.cache/huggingface/hub/models--a--b/blobs/0a1b.incomplete'",
    ],
    ignores: ['loading kernel from /data/run/.triton/cache/cff6/_rms_norm.cubin'],
  },
  {
    id: 'fs.file.busy',
    summary: 'a file or folder is in use by another client of its file system',
    role: 'cause',
    weighs: { 'shared-fs-problem': 2.8, 'user-code-error': 1.2, 'container-toolkit-misconfig': 0.4 },
    source: errno,
    literals: ['errno 16]', 'errno 26]'],
    pattern: /\[Errno (?:16\] Device or resource busy|26\] Text file busy): b?['"](?!\/(?:dev|sys|proc)\/)/,
    sees: ["OSError: [Errno 16] Device or resource busy: '/scratch/run/cache/tmp'"],
    ignores: ["OSError: [Errno 16] Device or resource busy: '/dev/nvidia0'", 'errno 16] is EBUSY'],
  },
]);
