import { lineDetector } from './line-patterns.ts';

/** Processes of a TensorFlow cluster that wait for each other over gRPC. */
export const tensorflowCluster = lineDetector('tensorflow-cluster', [
  {
    // It comes every ten seconds until the other process answers: it is not started, not found by its name, or not let
    // through. What is told of names and ports beside it decides between them.
    id: 'tensorflow.session.peer-silent',
    summary: 'TensorFlow waits for other processes of its cluster, which do not answer at the addresses given',
    role: 'cause',
    weighs: {
      'rendezvous-resolution': 2.4,
      'firewall-blocked': 2.2,
      'launcher-rank-misconfig': 2,
      'socket-interface-mismatch': 1.8,
      'user-code-error': 0.4,
    },
    source: 'https://github.com/tensorflow/tensorflow/blob/v1.15.0/tensorflow/core/distributed_runtime/master.cc',
    literals: ['still waiting for response from worker'],
    pattern: /CreateSession still waiting for response from worker: \/job:\w/,
    sees: [
      'I tensorflow/core/distributed_runtime/master.cc:267] CreateSession still waiting for response from worker: /job:worker/replica:0/task:1',
    ],
    ignores: ['INFO:tensorflow:Waiting for model to be ready.', 'Cluster is ready.'],
  },
]);
