import { redact } from '../logs/redact.ts';

/** What must not stand in a record, as it tells whose machine or account it was. */
interface PrivateForm {
  readonly what: string;
  readonly pattern: RegExp;
  /** Forms that stand for any: documentation addresses, loopback, 10.0.x.y as the house writes it. */
  readonly neutral?: RegExp;
}

// Neutral: RFC 5737 and RFC 3849 documentation ranges, loopback, any-address, netmasks, and 10.0.0.0/16 and
// link-local as the records use them for "some address".
// Four numbers of which the first is below 10 are a version more often than an address.
const neutralV4 =
  /^(?:[1-9]\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|127\.|0\.0\.0\.0|255\.|10\.0\.|169\.254\.|224\.0\.0\.)/;

const forms: readonly PrivateForm[] = [
  {
    what: 'an address',
    pattern: /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\.?\d)/g,
    neutral: neutralV4,
  },
  { what: 'a home folder', pattern: /(?:\/home|\/Users|\/root)\/(?!user\b)[\w.-]+/g },
  // 64 characters before the sign at most (RFC 5321, 4.5.3.1.1); without the bound a long row of dots takes seconds.
  { what: 'an e-mail address', pattern: /\b[\w.+-]{1,64}@[\w-]+\.[a-z]{2,}\b/gi },
  { what: 'an account', pattern: /(?:^|\s)@[a-z][\w-]{2,}\b/gi },
  {
    what: 'a machine name',
    // Not the middle of a dotted id such as a finding kind's.
    pattern:
      /(?<![\w.-])[a-z][\w-]*(?:\.[\w-]+)*\.(?:local|internal|lan|corp|amazonaws\.com|cloudapp\.net)(?![\w-]|\.\w)/gi,
  },
  { what: 'a hardware address', pattern: /\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/gi },
  { what: 'a GPU serial or UUID', pattern: /\bGPU-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{20,}\b/gi },
];

/** Names, addresses, accounts and secrets found in a text, in words. */
export function privateText(text: string): readonly string[] {
  const found = forms.flatMap(({ what, pattern, neutral }) =>
    [...text.matchAll(pattern)]
      .map(([hit]) => hit.trim())
      .filter((hit) => neutral?.test(hit) !== true)
      .map((hit) => `${what}: ${hit}`),
  );
  return redact(text) === text ? found : [...found, 'a secret (the redaction rules mask a part of it)'];
}
