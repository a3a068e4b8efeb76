/** Headers of answers that a sender may act on, and what they say. */
export const headerMeanings = {
  'www-authenticate': 'Which scheme is asked for and, if a token came, why it does not do (RFC 6750).',
  'retry-after': 'Seconds after which to send the same again.',
  allow: 'The methods that the address takes.',
  accept: 'The content type that the address takes.',
  connection: '`close`: the rest of the body is not read.',
  etag: 'For `If-None-Match`.',
  'cache-control': 'How long the answer may be kept.',
} as const;

export type HeaderName = keyof typeof headerMeanings;
