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
    // The first rank builds the indices, all others read them: there a trace ends at a file that is not there, and a
    // dump of stacks shows who waits for the first.
    id: 'fs.shared-index.at-load',
    summary: 'a trace ends where indices are read that one rank writes for all the others',
    role: 'symptom',
    weighs: { 'shared-fs-problem': 1.3, 'long-rank0-work-timeout': 0.8, 'user-code-error': 0.4, 'framework-bug': 0.4 },
    source:
      'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/datasets/blended_megatron_dataset_builder.py',
    literals: ['build_generic_dataset', '_build_document_sample_shuffle_indices', '_build_index_mappings'],
    pattern:
      /", line \d{1,6}, in (?:build_generic_dataset|_build_document_sample_shuffle_indices|_build_index_mappings)\b|= self\._build_document_sample_shuffle_indices\(|= _build_index_mappings\(/,
    sees: [
      '  File "/opt/megatron-lm/megatron/core/datasets/blended_megatron_dataset_builder.py", line 470, in build_generic_dataset',
      '    ) = self._build_document_sample_shuffle_indices()',
      '  File "/opt/NeMo/nemo/collections/nlp/data/language_modeling/megatron/gpt_dataset.py", line 611, in _build_index_mappings',
    ],
    ignores: ['  File "/opt/megatron-lm/megatron/core/datasets/gpt_dataset.py", line 111, in __init__'],
  },
  {
    // It is safe against other processes of one host alone: a second client may have made the folder just before, and
    // look at a cache that does not know it yet. A folder without rights or room ends there too.
    id: 'fs.folder.made-by-several',
    summary: 'a trace ends where a folder is made that may exist already: several ranks make it at once',
    role: 'symptom',
    weighs: { 'shared-fs-problem': 1.2, 'permission-misconfig': 0.7, 'disk-full': 0.7 },
    source: 'https://github.com/NVIDIA-NeMo/Megatron-Bridge/issues/3886',
    literals: ['exist_ok=true', 'exist_ok = true'],
    pattern:
      /^(?:\[?rank ?\d{1,6}\]?: ?|\d{1,6}: ?|\([^)\n]{1,60}\) ?)?\s{2,12}(?:os\.makedirs|[\w.()[\]/" ]{1,120}\.mkdir)\([^\n]{0,160}\bexist_ok ?= ?True\b[^\n]{0,40}\)\s*$/,
    sees: ['[rank8]:     os.makedirs(directory, exist_ok=True)', '    Path(cache).mkdir(parents=True, exist_ok=True)'],
    ignores: ['os.makedirs(directory, exist_ok=True)', '    os.makedirs(directory)'],
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
