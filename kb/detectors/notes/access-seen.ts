import { noteDetector } from './note-patterns.ts';
import { any } from './words.ts';

/** What people tell of owners, passwords and rights. */
export const accessSeen = noteDetector('notes-access', [
  {
    id: 'seen.access.owner-or-password',
    summary: 'another user owns what the job needs, or a login asks for a password',
    role: 'cause',
    weighs: { 'permission-misconfig': 4.6 },
    source: 'https://man7.org/linux/man-pages/man7/credentials.7.html',
    pattern: any(
      /\b(?:another|other|different) user\b.{0,20}\b(?:owns|created|made)\b/,
      /\b(?:owned|created) by (?:another|a different|some other) (?:user|account)\b/,
      /\bssh\b.{0,60}\basks? for (?:a |the )?(?:password|passphrase)\b/,
      /\bowner of\b.{0,40}\b(?:is|was) (?:another|a different|root)\b/,
    ),
    sees: [
      'another user owns /tmp/torch_extensions',
      'ssh between the nodes asks for a password',
      'the directory was created by another user',
      'the owner of the cache is root',
    ],
    ignores: ['another user sees the same error', 'ssh between the nodes works'],
  },
]);
