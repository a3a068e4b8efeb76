import { lineDetector } from './line-patterns.ts';

/** Lines of source in tracebacks that take a file or folder away. */
export const removalCalls = lineDetector('removal-calls', [
  {
    id: 'traceback.call.removes',
    summary: 'a traceback stands where a file or folder is taken away',
    role: 'context',
    weighs: {},
    source: 'https://docs.python.org/3/library/shutil.html#shutil.rmtree',
    literals: ['.unlink(', '.remove(', '.removedirs(', '.rmdir(', '.rmtree(', '_rmtree_'],
    pattern:
      /^(?:\[rank ?\d{1,5}\]:?)?\s*(?:return )?(?:os\.(?:unlink|remove|rmdir|removedirs)|shutil\.rmtree|_rmtree_\w{1,20}|[\w.]{1,60}path\w{0,20}\.(?:unlink|rmdir))\(/,
    sees: [
      '    os.unlink(entry.name, dir_fd=topfd)',
      '[rank3]:     shutil.rmtree(checkpoint)',
      '    self.path.unlink()',
    ],
    ignores: ['    items.remove(item)', '    shm.unlink()', '2026-01-01 job: rmtree(/data/run/tmp) done'],
  },
]);
