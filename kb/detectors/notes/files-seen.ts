import { noteDetector } from './note-patterns.ts';
import { near } from './words.ts';

const absent =
  "\\b(?:(?:does|do|did)(?: not|n['’]t) exist|not (?:there|found|present)|no such file|missing|cannot be found|could not be found|(?:is|are) absent)\\b";

/** What people tell of files that a program looked for. */
export const filesSeen = noteDetector('notes-files', [
  {
    // One rank writes them before the others read: where they are missing, the others look on another disk, or too early.
    id: 'seen.file.index-missing',
    summary: 'an index or cache that one rank writes for all the others is not found',
    role: 'cause',
    weighs: { 'shared-fs-problem': 3, 'framework-bug': 1.2, 'user-code-error': 1 },
    source: 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/datasets/gpt_dataset.py',
    pattern: near(
      '\\b(?:(?:document|sample|shuffle|dataset|data|mapping|token) ?(?:index|indices|indexes|map|mapping)|index (?:files?|cache|maps?|mappings?)|indexmap|(?:pre-?processed|packed|cached|tokeni[sz]ed) (?:data(?:set)?|files?|samples?)|(?:data(?:set)?|arrow) cache)\\b',
      absent,
      70,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\b(?:rank (?:0|zero)|first rank|main process) (?:fails|ends|stops|cannot)\b/i.test(sentence),
    sees: [
      'it stops where the document index is loaded: the file does not exist',
      'FileNotFoundError on the second node: the dataset cache is not there',
      'the index files are missing',
      'the packed dataset could not be found on rank 8',
    ],
    ignores: [
      'the document index is loaded',
      'the cache is missing an entry for the tokenizer',
      'the file does not exist',
    ],
  },
  {
    // Who looks for it, and who should have put it there, is not said.
    id: 'seen.file.absent',
    summary: 'a file that the program looks for is not there',
    role: 'symptom',
    weighs: { 'user-code-error': 1.3, 'shared-fs-problem': 1 },
    source: 'https://man7.org/linux/man-pages/man3/errno.3.html',
    pattern: near('\\bfile\\b', "\\b(?:does(?: not|n['’]t) exist|no such file|not found in the environment)\\b", 40),
    saysNot: true,
    sees: ['the complaint is that the file does not exist', 'it ends: no such file, although the file was copied'],
    ignores: ['the file exists', 'the module does not exist'],
  },
]);
