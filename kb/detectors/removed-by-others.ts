import { lineDetector } from './line-patterns.ts';

/** Files that somebody else has taken away in the meantime: another process, of this node or of another. */
export const removedByOthers = lineDetector('removed-by-others', [
  {
    // One name for all nodes, made in the working folder: on a shared one each node removes the file of all.
    id: 'fs.signal-file.gone',
    summary:
      'the file by which the processes of a node wait for each other is gone: those of another node use its name',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4, 'framework-bug': 1.6, 'user-code-error': 0.5 },
    source: 'https://github.com/mosaicml/composer/blob/main/composer/utils/dist.py',
    literals: ['_signal_file_node'],
    pattern: /(?:FileNotFoundError|No such file or directory|FileExistsError)[^\n]{0,240}\._signal_file_node\d/,
    sees: ["[rank0]: FileNotFoundError: [Errno 2] No such file or directory: '._signal_file_node0_Ab3dEf'"],
    ignores: ['waiting for ._signal_file_node0_Ab3dEf'],
  },
  {
    // Who renames has written the file or folder a moment before, under a name for the time being: two processes used
    // one name, and the first has moved it. (The folder that it is to go to may be wanting too.)
    id: 'fs.rename.staged-gone',
    summary: 'what was written under a temporary name is gone when it is renamed: several processes use one name',
    role: 'cause',
    weighs: { 'framework-bug': 2.8, 'shared-fs-problem': 2.8, 'user-code-error': 1.6, 'checkpoint-corruption': 0.4 },
    source: 'https://docs.python.org/3/library/os.html#os.rename',
    literals: ["' -> ", '" -> ', 'rename failed', 'failed to rename', 'cannot rename'],
    pattern:
      /(?:FileNotFoundError|\[Errno 2\]|No such file or directory)[^\n]{0,200}?(?:\b|_)(?:te?mp|staging|partial|incomplete|unfinished|inprogress|in_progress)(?:\b|_|\d)[^'"\n]{0,160}['"] -> b?['"]|(?:[Rr]ename failed|(?:[Ff]ailed to|[Cc]annot) rename)[^\n]{0,200}?(?:\b|_)(?:te?mp|staging|partial|incomplete)(?:\b|_|\d)[^\n]{0,240}?No such file or directory/,
    sees: [
      "FileNotFoundError: [Errno 2] No such file or directory: '/data/run/out/tmp-checkpoint-500' -> '/data/run/out/checkpoint-500'",
      "OSError: [Errno 2] No such file or directory: '/data/run/state.json.tmp' -> '/data/run/state.json'",
      'Rename failed; Input/output: /data/run/ckpt/model.tempstate123 to /data/run/ckpt/model: No such file or directory; Failed to rename: /data/run/tmp/part-1 to: /data/run/part-1 : No such file or directory',
    ],
    ignores: [
      "FileNotFoundError: [Errno 2] No such file or directory: '/data/run/train.json' -> '/data/run/train.old'",
      "FileNotFoundError: [Errno 2] No such file or directory: '/tmp/run/train.json'",
    ],
  },
  {
    // The file was there, or was made, a moment before: its size and owner are known, and its times cannot be set.
    id: 'fs.touch.gone-again',
    summary:
      'a file that was made or found a moment before is not there: its file system lost it, or another removed it',
    role: 'cause',
    weighs: { 'shared-fs-problem': 3.8, 'user-code-error': 0.6, 'permission-misconfig': -1 },
    source: 'https://github.com/ansible/ansible/blob/devel/lib/ansible/modules/file.py',
    literals: ['error while updating modification or access time'],
    pattern: /Error while updating modification or access time: \[Errno (?:2|5|107|108|116)\]/,
    sees: [
      '"msg": "Error while updating modification or access time: [Errno 2] No such file or directory: b\'/data/test_file\'", "owner": "root"',
    ],
    ignores: [
      '"msg": "Error while updating modification or access time: [Errno 1] Operation not permitted: b\'/data/test_file\'"',
    ],
  },
  {
    // Looked for and found a moment before, or listed: a trace that ends here says who was faster, or who has no right.
    id: 'fs.removal.at-trace',
    summary: 'a trace ends where a file or folder is removed: several processes remove the same one',
    role: 'context',
    weighs: { 'shared-fs-problem': 2.6, 'framework-bug': 0.6, 'permission-misconfig': 0.6 },
    source: 'https://docs.python.org/3/library/os.html#os.remove',
    literals: ['os.remove(', 'os.unlink(', 'os.rmdir(', 'os.removedirs(', 'shutil.rmtree(', '.unlink()', '.rmdir()'],
    pattern:
      /^(?:\[?rank ?\d{1,6}\]?: ?|\d{1,6}: ?|\([^)\n]{1,60}\) ?)?\s{2,12}(?:os\.(?:remove|unlink|rmdir|removedirs)\([^\n]{1,200}\)|shutil\.rmtree\((?![^\n]{0,200}ignore_errors ?= ?True)[^\n]{1,200}\)|[\w.()[\]/" ]{1,120}\.(?:unlink|rmdir)\(\))\s*$/,
    sees: [
      '[rank0]:     os.remove(signal_file_path)',
      '    os.unlink(path)',
      '    shutil.rmtree(output_dir)',
      '    self._lock_path.unlink()',
    ],
    ignores: [
      '    shutil.rmtree(output_dir, ignore_errors=True)',
      'os.remove(path)',
      '    path.unlink(missing_ok=True)',
    ],
  },
]);
