import { lineDetector } from './line-patterns.ts';

/** File systems that are programs, and the object stores behind them. */
export const fuseFs = lineDetector('fuse-fs', [
  {
    // The kernel says so once the program that serves the mount is gone; a socket of a program says the same.
    id: 'fuse.server.gone',
    summary: 'the program behind a mounted file system is gone',
    role: 'cause',
    weighs: { 'shared-fs-problem': 5.4, 'host-oom': 0.5 },
    source: 'https://github.com/GoogleCloudPlatform/gcs-fuse-csi-driver/issues/50',
    literals: [
      'transport endpoint is not connected',
      'errno 107]',
      'os error 107',
      'fuse',
      'software caused connection abort',
    ],
    pattern:
      /\[Errno 107\][^\n]{0,60}: b?'\/|os error 107\b|(?<=\/[^\n]{1,200}: )Transport endpoint is not connected|Transport endpoint is not connected: b?['"]?\/|fuse[^\n]{0,80}(?:not responding|unmounted|disconnected|stale|communication error|connection (?:lost|aborted))|\[Errno 103\] Software caused connection abort: b?'\//i,
    sees: [
      "OSError: [Errno 107] Transport endpoint is not connected: '/data/run/log'",
      'ls: cannot access /mnt/bucket: Transport endpoint is not connected',
      'fuse: connection aborted',
    ],
    ignores: ['fuse: init (API version 7.34)', 'OSError: [Errno 107] Transport endpoint is not connected'],
  },
  {
    id: 'object-store.client.gave-up',
    summary: 'a client of an object store gave up a request',
    role: 'cause',
    weighs: { 'shared-fs-problem': 3.8, 'permission-misconfig': 0.3 },
    source: 'https://github.com/s3fs-fuse/s3fs-fuse/blob/master/src/curl.cpp',
    literals: [
      'giving up',
      'returning eio',
      '(slowdown)',
      'fail to read sliceid',
      'is timeout after',
      'mount point is not ready',
      'flush ',
      '<error>: ',
      '<fatal>: ',
    ],
    pattern:
      /### giving up|HTTP response code 5\d\d, returning EIO|An error occurred \(SlowDown\) when calling|juicefs\[\d+\] <(?:ERROR|FATAL)>: (?:read (?:file|chunk)|fail to read sliceId|flush \d|upload|write)|IO operation \S{1,20} on \S{1,120} is timeout after|flush \d{1,20} timeout after waited|[Tt]he mount point is not ready in \d{1,5} seconds/,
    sees: [
      '[ERR] curl.cpp:RequestPerform(2650): ### giving up',
      'botocore.exceptions.ClientError: An error occurred (SlowDown) when calling the PutObject operation (reached max retries: 4): Please reduce your request rate.',
      '2026/11/20 03:12:59.123456 juicefs[4242] <ERROR>: read file 12: input/output error [reader.go:203]',
      'flush 12 timeout after waited 5m0s',
    ],
    ignores: ['[INF] curl.cpp:RequestPerform(2500): HTTP response code 200'],
  },
  {
    id: 'object-store.client.retried',
    summary: 'requests to an object store are slow or repeated',
    role: 'context',
    weighs: { 'shared-fs-problem': 1.2, 'dataloader-stall': 0.8 },
    source: 'https://github.com/juicedata/juicefs/blob/main/pkg/chunk/cached_store.go',
    literals: [
      'slow request: ',
      'slow operation: ',
      'retrying for the error: googleapi',
      'curle_operation_timedout',
      'curle_couldnt_connect',
      'timeout was reached',
    ],
    pattern:
      /<(?:INFO|WARNING)>: slow (?:request|operation): |Retrying for the error: googleapi: Error (?:5\d\d|429)|RequestPerform\(\d+\): ### (?:CURLE_OPERATION_TIMEDOUT|CURLE_COULDNT_CONNECT)|s3fs[^\n]{0,80}Timeout was reached/i,
    sees: [
      '2026/11/20 03:12:59.123456 juicefs[4242] <WARNING>: slow request: GET chunks/0/1/1234_0_4194304 (%!s(<nil>), 12.345s) [cached_store.go:123]',
      '{"severity":"INFO","message":"Retrying for the error: googleapi: Error 503: Socket write error., backendError"}',
    ],
    ignores: ['<INFO>: OK, mounted at /data'],
  },
  {
    id: 'alluxio.worker.lost',
    summary: 'Alluxio has no worker or lost its master',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4 },
    source:
      'https://github.com/Alluxio/alluxio/blob/main/core/base/src/main/java/alluxio/exception/ExceptionMessage.java',
    literals: ['alluxio'],
    pattern:
      /alluxio[^\n]{0,160}(?:UnavailableException|No available Alluxio worker|Failed to (?:connect|read|cache)|DeadlineExceeded|NoWorkerException)/i,
    sees: [
      'alluxio.exception.status.UnavailableException: Failed to connect to master (10.0.1.2:19998) after 44 attempts',
    ],
    ignores: ['alluxio: mounted at /data'],
  },
]);
