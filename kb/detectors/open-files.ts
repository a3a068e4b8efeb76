import { lineDetector } from './line-patterns.ts';

/** The limit of open files in wordings that name neither the call nor the library, and where another cause is named first. */
export const openFiles = lineDetector('open-files', [
  {
    id: 'limit.open-files.reached',
    summary: 'a process may open no more files',
    role: 'cause',
    weighs: { 'ulimit-too-low': 5.4, 'framework-bug': 0.6 },
    source: 'https://github.com/openucx/ucx/blob/master/src/uct/ib/mlx5/ib_mlx5.c',
    literals: [
      'open files',
      'open-file',
      'open file',
      'open sockets',
      'open handles',
      'of fds',
      'no fds',
      'no more fds',
      'file-descriptor',
      'nofile',
      'emfile',
      'file descriptor',
      'file handles',
      'number of files that could be opened',
      'file limit',
    ],
    pattern:
      /\b[Tt]oo? m[ae]ny open (?:files?|sockets|file descriptors|handles)\b(?! in system)|\b[Tt]oo may open files|maximal number of files that could be opened|\bEMFILE\b|(?:ran|run|running) out of (?:file (?:descriptors|handles)|fds)|no (?:more )?(?:file descriptors|fds) (?:left|available)|(?:open[- ]files?|nofile|file[- ]descriptors?) limit (?:\(?\d{1,7}\)? )?(?:was |has been |is )?(?:reached|hit|exceeded|exhausted)|(?:exceeded|reached|hit) the (?:open[- ]files?|file[- ]descriptors?) limit|[Ff]ile descriptor limit (?:\d{1,7} )?is too low/,
    sees: [
      '\'COULD NOT CREATE A LOGGINGFILE! Could not create logging file: Too may open files"',
      'mlx5_0: the maximal number of files that could be opened simultaneously was reached, try to increase the limit by setting the max open files limit (ulimit -n) to a greater value',
      'RuntimeError: unable to open shared memory object </torch_1_2> in read-write mode: Too many open files (24)',
      'accept: EMFILE',
      'error: ran out of file descriptors while opening shard 312',
      'the open files limit was reached',
    ],
    ignores: ['open files                      (-n) 1024', 'VFS: Too many open files in system', 'opened 12 files'],
  },
]);
