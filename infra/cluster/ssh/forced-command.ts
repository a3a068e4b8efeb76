/** What the forced command of the probe key makes of a request. */
export type Decision =
  | { readonly kind: 'run'; readonly argv: readonly string[] }
  /** The reason as the script prints it behind its name; its exit code is 126. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface ForcedCommand {
  decide(request: string): Decision;
}

export const refusedExitCode = 126;

/**
 * `infra/gate/wardround-probe.sh`, read once and evaluated here: a shell for each command of a thousand nodes would be
 * too slow. Limits, characters and patterns are the script's own; a script that has another form is an error, and
 * `forced-command.test.ts` holds the answers against those of real shells.
 */
export function readForcedCommand(script: string): ForcedCommand {
  const charsMax = numberOf(script, 'request_chars_max');
  const secondsMax = String(numberOf(script, 'seconds_max'));
  const rootSecondsMax = String(numberOf(script, 'root_seconds_max'));
  const noRequest = firstOf(script, /'\) refuse '(no request[^']*)' ;;/);
  const strange = new RegExp(`[^${firstOf(script, /\*\[!((?:\\.|[^\]\\])+)\]\*\) refuse '/).replaceAll('\\ ', ' ')}]`);
  const badCharacter = firstOf(script, /\]\*\) refuse '([^']+)' ;;\n\s*esac\n\s*# Words only/);
  const badLimit = firstOf(script, /refuse '(timeout takes [^']+)'/);
  const notListed = firstOf(script, /\|\| refuse '([^']+)'\n\s*run "\$@"/);
  const listed = patternsOf(script).map((pattern) => new RegExp(`^(?:${inJavaScript(pattern)})$`));

  return {
    decide(request) {
      if (Buffer.byteLength(request) > charsMax) return refused(`the request is longer than ${charsMax} characters`);
      if (request === '') return refused(noRequest);
      if (strange.test(request)) return refused(badCharacter);
      let words = request.split(' ').filter((word) => word !== '');
      let seconds = secondsMax;
      if (words.length > 4 && words.slice(0, 3).join(' ') === 'timeout -k 2') {
        seconds = words[3] ?? '';
        if (!/^[1-9][0-9]{0,2}$/.test(seconds)) return refused(badLimit);
        words = words.slice(4);
      }
      const line = words.join(' ');
      if (!listed.some((pattern) => pattern.test(line))) return refused(notListed);
      const own = words[0] !== 'sudo' || words[2]?.startsWith('wardround-') === true;
      const command = own ? words : ['sudo', '-n', 'timeout', '-k', '2', rootSecondsMax, ...words.slice(2)];
      return { kind: 'run', argv: ['timeout', '-k', '2', seconds, ...command] };
    },
  };
}

/** The patterns between the marker lines, one in single quotes a line. */
export function patternsOf(script: string): readonly string[] {
  const list = /^# allow-list begin\n([\s\S]*?)^# allow-list end$/m.exec(script)?.[1];
  if (list === undefined) throw new Error('the forced command of the probe key has no allow-list between its marks');
  return list
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const pattern = /^'([^']+)'$/.exec(line)?.[1];
      if (pattern === undefined) throw new Error(`not a pattern in single quotes: ${line}`);
      return pattern;
    });
}

/** An extended regular expression of POSIX as one of JavaScript: they differ inside of brackets only. */
function inJavaScript(pattern: string): string {
  return pattern.replaceAll(/\\.|\[\^?\]?[^\]]*\]/g, (part) =>
    part.startsWith('[') ? `[${part.slice(1, -1).replaceAll('\\', '\\\\').replaceAll('[', '\\[')}]` : part,
  );
}

function refused(reason: string): Decision {
  return { kind: 'refused', reason };
}

function numberOf(script: string, name: string): number {
  return Number(firstOf(script, new RegExp(`^${name}=([0-9]+)$`, 'm')));
}

function firstOf(script: string, pattern: RegExp): string {
  const found = pattern.exec(script)?.[1];
  if (found === undefined) throw new Error(`the forced command of the probe key has no ${pattern.source}`);
  return found;
}
