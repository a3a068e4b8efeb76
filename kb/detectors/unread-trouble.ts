import { lineDetector } from './line-patterns.ts';

/**
 * What no other detector has read, and speaks of trouble all the same: it says nothing of a cause, but beside it lines
 * that are known to be harmless make no good log.
 */
export const unreadTrouble = {
  ...lineDetector('unread-trouble', [
    {
      id: 'log.trouble-unread',
      summary: 'a line speaks of trouble in words that nothing here knows',
      role: 'context',
      weighs: {},
      source: 'https://www.rfc-editor.org/rfc/rfc5424#section-6.2.1',
      literals: [
        'error:',
        'error]',
        'error|',
        'error ',
        'fatal',
        'critical',
        'failed to ',
        'failed with ',
        'abort',
        'core dumped',
        'timed out',
        'exception: ',
        'cannot ',
        'could not ',
        'unable to ',
      ],
      pattern:
        /^(?![^\n]{0,300}(?:\b0 (?:errors?|failed)\b|\b[Nn]o errors?\b|\berrors?[:=] ?0\b|\(ignored\)|\berror: (?:[\w.-]{1,40}: {1,8})?\[(?:INFO|DEBUG|NOTICE|TRACE)\] |\bpyxis: printing (?:enroot log file|contents of log file)))[^\n]{0,300}?(?:\bERROR[\]|: ]|\bFATAL\b|\bCRITICAL\b|[Ee]rror: |\b[Ff]atal\b|\b[Ff]ailed (?:to|with) |\b[Aa]bort(?:ed|ing)\b|core dumped|\b[Tt]imed out\b|[Ee]xception: |\b(?:[Cc]annot|[Cc]ould not|[Uu]nable to) )/,
      sees: [
        '2026-11-21 03:12:59 [ERROR] stage 7 ended with code 3',
        'worker 3: failed to start the reader',
        'Fatal error: could not open the index',
      ],
      ignores: [
        'slurmstepd: error: pyxis:     [INFO] Authenticating with user: <anonymous>',
        'slurmstepd: error: pyxis: printing enroot log file:',
        '0 errors, 0 warnings',
        'loss: 2.1 error rate: 0.1',
        'step 12 done',
      ],
    },
  ]),
  ifUnread: true,
};
