/**
 * Masks secrets of users' jobs in text that will be shown or recorded. Masks are as long as what they cover, so that
 * offsets keep their meaning. Rather masks too much than too little.
 */
export function redact(text: string): string {
  if (text.length > passCharsMax) return redactLong(text);
  return rules.reduce(maskBy, text);
}

function maskBy(text: string, { mayApply, pattern }: RedactionRule): string {
  return mayApply(text) ? text.replace(pattern, (...found: unknown[]) => maskGroup(found)) : text;
}

/** The character that stands for a masked one. */
export const maskCharacter = '*';

interface RedactionRule {
  /** Named groups: `keep` stays readable, `secret` is masked. */
  readonly pattern: RegExp;
  readonly mayApply: (text: string) => boolean;
}

const has = (part: RegExp) => (text: string) => part.test(text);

// -----BEGIN OPENSSH PRIVATE KEY----- … (a block, or its first line alone)
const keyBlocks: RedactionRule = {
  pattern: /(?<keep>-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)(?<secret>(?:(?!-----END)[^]){1,20000})/g,
  mayApply: has(/PRIVATE KEY/),
};

const rules: readonly RedactionRule[] = [
  keyBlocks,
  // https://user:password@host, s3://key:secret@host, postgres://…, redis://:password@host
  {
    pattern: /(?<keep>\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{0,128}:)(?<secret>[^\s@/]{1,256})(?=@)/gi,
    mayApply: has(/:\/\/[^\s/]*@/),
  },
  // https://token@github.com
  { pattern: /(?<keep>\bhttps?:\/\/)(?<secret>[^\s:@/]{8,256})(?=@)/gi, mayApply: has(/:\/\/[^\s/]*@/) },
  // Authorization: Bearer …, Proxy-Authorization: Basic …, X-Api-Key: …, Cookie: …
  {
    pattern:
      /(?<keep>\b(?:(?:proxy-)?authorization|x-[a-z-]{0,20}(?:token|key|secret)|(?:set-)?cookie)["']?\s?[:=]\s?["']?(?:(?:bearer|basic|token|digest|aws4-hmac-sha256)\s)?)(?<secret>[^\s"',][^"'\n]{0,2000})/gi,
    mayApply: has(/authorization|x-|cookie/i),
  },
  { pattern: /(?<keep>\bbearer\s)(?<secret>[\w.~+/=-]{8,2000})/gi, mayApply: has(/bearer/i) },
  // Tokens that announce themselves: GitHub, GitLab, Hugging Face, Slack, OpenAI and kin, AWS, Google, npm, PyPI, Docker, NGC, JWT
  {
    pattern:
      /(?<secret>\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{20,64}|hf_[A-Za-z0-9]{20,64}|api_org_[A-Za-z0-9]{20,64}|xox[abposr]-[\w-]{10,255}|sk-[\w-]{16,255}|nvapi-[\w-]{20,255}|(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}|AIza[\w-]{35}|ya29\.[\w-]{20,255}|npm_[A-Za-z0-9]{36}|pypi-[\w-]{40,255}|dckr_pat_[\w-]{20,64}|eyJ[\w-]{8,2000}\.[\w-]{8,2000}(?:\.[\w-]{0,2000})?))/g,
    mayApply: has(
      /gh[pousr]_|github_pat|glpat-|hf_|api_org_|xox|sk-|nvapi-|AKIA|ASIA|AROA|AIDA|AIza|ya29|npm_|pypi-|dckr_|eyJ/,
    ),
  },
  // password=…, "api_key": "…", --token …, WANDB_API_KEY=…, AWS_SECRET_ACCESS_KEY: …
  {
    pattern:
      /(?<keep>\b[\w.-]{0,60}(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key(?:[_-]?id)?|private[_-]?key|credentials?|session[_-]?key)["']?(?:\s?[:=]\s?|\s(?=[^\s]{12}))["']?)(?<secret>(?!\*)[^\s"',;&)}\]]{6,2000})/gi,
    mayApply: has(/passw|passphrase|pwd|secret|token|key|credential/i),
  },
  // wandb: 40 hex digits after the word
  { pattern: /(?<keep>\bwandb\b[^\n]{0,80}?\b)(?<secret>[0-9a-f]{40})\b/gi, mayApply: has(/wandb/i) },
];

// Settings of training jobs that only sound secret: token counts and tokenizer names are no tokens.
const harmlessValue =
  /^(?:\d[\d.,_]{0,14}[kmbt]?|true|false|none|null|yes|no|<[^>]*>|\[[^\]]*|\{.*|[\w.-]*tokenizer[\w./-]*|max|min|id|ids|type|per|len(?:gth)?|count|embeddings?)$/i;

function maskGroup(found: readonly unknown[]): string {
  const whole = String(found[0]);
  // The last argument of a replacer is the groups object when the pattern has named groups, as all of ours have.
  const groups = found.at(-1) as Readonly<Record<string, string | undefined>>;
  const secret = groups['secret'] ?? '';
  if (harmlessValue.test(secret)) return whole;
  const keep = groups['keep'] ?? '';
  return keep + secret.replace(/[^\n]/g, maskCharacter) + whole.slice(keep.length + secret.length);
}

// Lines this long are cut into overlapping pieces, so that time stays linear.
const passCharsMax = 65_536;

function redactLong(whole: string): string {
  // A block that a cut would halve is masked before.
  const text = maskBy(whole, keyBlocks);
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    const cutAt = from + passCharsMax;
    const nearest =
      cutAt >= text.length ? text.length : Math.max(text.lastIndexOf('\n', cutAt), text.lastIndexOf(' ', cutAt));
    const until = nearest <= from ? Math.min(cutAt, text.length) : nearest;
    pieces.push(redact(text.slice(from, until)));
    from = until;
  }
  return pieces.join('');
}
