import { noteDetector } from './note-patterns.ts';
import { any } from './words.ts';

/** What people tell of room and files in one place beside another. */
export const storageCompared = noteDetector('notes-storage-compared', [
  {
    id: 'seen.space.left-on-disk',
    summary: 'an error says that no space is left although the disks have space: another kind of room is meant',
    role: 'cause',
    weighs: { 'shm-too-small': 4.2, 'disk-full': -3.6, 'ulimit-too-low': 0.6 },
    source: 'https://docs.docker.com/engine/containers/run/',
    pattern: any(
      /\bno space left\b.{0,60}\b(?:plenty|enough|lots|much|free|still)\b.{0,20}\b(?:space|room|free|disk|left)\b/,
      /\b(?:plenty|enough|lots)(?: of)?(?: free)?(?: disk)? (?:space|room)\b.{0,80}\bno space left\b/,
    ),
    saysNot: true,
    sees: [
      '"No space left on device" with plenty of space left on the GPU and on the disk',
      'enough disk space on all mounts, yet no space left on device',
    ],
    ignores: ['no space left on device', 'there is plenty of space'],
  },
  {
    id: 'seen.file.on-some-nodes',
    summary: 'a file is there on one node and not on another',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.6, 'user-code-error': 0.8 },
    source: 'https://pytorch.org/docs/stable/distributed.checkpoint.html',
    pattern:
      /\b(?:enoent|errno ?=? ?2|not found|no such file|cannot find|does not (?:find|see))\b.{0,60}\b(?:file|checkpoint|director(?:y|ies)|shards?)\b.{0,30}\b(?:rank|node|host|machine)\b.{0,12}\b(?:just )?(?:created|wrote|written|saved)\b|\b(?:exists?|is there|visible|present|written|saved)\b.{0,20}\b(?:on|at)(?: the)? (?:first |master |head )?(?:node|host|rank|machine)\b.{0,20}\b(?:but|and) (?:it is |is )?not\b.{0,12}\b(?:on|at)\b/,
    saysNot: true,
    sees: [
      'rank 1 got ENOENT for the file that rank 0 just created',
      'the file exists on node 0 but not on node 1',
      'the checkpoint is visible on the master node but not on the other',
    ],
    ignores: ['the file exists on all nodes'],
  },
  {
    id: 'seen.file.hash-differs',
    summary: 'the hash or the size of a file of weights is not the published one',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 4.6 },
    source: 'https://huggingface.co/docs/huggingface_hub/guides/download',
    pattern:
      /\b(?:sha-?256|sha-?1|md5|checksum|hash|(?:file )?size)\b.{0,30}\b(?:differs?|is different|does(?: not|n't) match|mismatch\w{0,2}|other than)\b/,
    check: (_said, sentence) =>
      /\b(?:file|weights?|checkpoints?|model|download\w*|shards?|published|upload\w*)\b/i.test(sentence),
    saysNot: true,
    sees: [
      'the sha256 of the file differs from the published one',
      'the size of the checkpoint does not match the upload',
    ],
    ignores: ['the batch size differs', 'the hash of the commit differs'],
  },
  {
    id: 'seen.memory.more-in-place',
    summary: 'with more memory in the host or the container the same program runs',
    role: 'cause',
    weighs: { 'host-oom': 4.4 },
    source: 'https://docs.kernel.org/admin-guide/mm/concepts.html',
    pattern:
      /\b(?:with|on)\b.{0,12}\b\d{1,5} ?[GT](?:i?B)?\b(?: of)?(?: host| system| cpu)? (?:memory|ram)\b.{0,30}\b(?:works?|runs?|fine|loads?|solved|does(?: not|n't) happen|no longer)\b/,
    check: (_said, sentence) => !/\b(?:gpu|vram|hbm|card|a100|h100|v100)\b/i.test(sentence),
    saysNot: true,
    sees: ['the host has 16G memory; with 32G memory it does not happen', 'on 64 GB RAM it works'],
    ignores: ['with 80 GB GPU memory it works', 'the host has 64 GB memory'],
  },
]);
