import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

/** The same question for the GPUs, asked once as root and once as a user, with two answers. */
export const rootCompared: SequenceDetector<Compared> = {
  id: 'root-compared',
  kinds: [
    {
      id: 'permission.gpus-for-root-only',
      summary: 'the same command finds the GPUs as root and does not as a user: the user may not open their devices',
      role: 'cause',
      weighs: { 'permission-misconfig': 5, 'container-toolkit-misconfig': 0.4, 'cgroup-device-loss': 0.4 },
      source: 'https://us.download.nvidia.com/XFree86/Linux-x86_64/535.54.03/README/faq.html',
    },
  ],
  listens: ['shell.gpus.asked', 'shell.gpus.answered'],
  follow() {
    const found = new Map<string, Answers>();
    let last: { readonly command: string; readonly root: boolean; readonly line: number } | null = null;
    return {
      note(line, { kind }) {
        if (kind === 'shell.gpus.asked') {
          last = { ...questionOf(line.text), line: line.line };
          return;
        }
        if (last === null || line.line - last.line > answerLinesMax) return;
        const before = found.get(last.command) ?? {};
        if (!found.has(last.command) && found.size >= commandsMax) return;
        const there = /True|PhysicalDevice/.test(line.text);
        if (last.root) found.set(last.command, { ...before, asRoot: there });
        else found.set(last.command, { ...before, asUser: { there, place: placeOfLine(line) } });
        last = null;
      },
      summary() {
        const both = [...found.values()].find(({ asRoot, asUser }) => asRoot === true && asUser?.there === false);
        return both?.asUser === undefined ? null : { refused: both.asUser.place };
      },
    };
  },
  conclude(sources) {
    const refused = sources[0]?.summary.refused;
    return refused === undefined ? [] : [sequenceFinding('permission.gpus-for-root-only', 'cause', refused)];
  },
};

interface Compared {
  readonly refused: LinePlace;
}

interface Answers {
  readonly asRoot?: boolean;
  readonly asUser?: { readonly there: boolean; readonly place: LinePlace };
}

const commandsMax = 64;
// Warnings of a library stand between a question and its answer.
const answerLinesMax = 12;

const question =
  /^(?<prompt>[^\n"']{0,120}[$#>%] ?)?(?<sudo>sudo (?:-\S{1,40} ){0,6})?(?<command>\S{0,200}python[^\n]{1,700})$/;

function questionOf(text: string): { readonly command: string; readonly root: boolean } {
  const { prompt = '', sudo, command = text } = question.exec(text)?.groups ?? {};
  // Another user is no root.
  const asOther = sudo !== undefined && /\s-u ?(?!root\b)\S/.test(sudo);
  return { command: command.trim(), root: (sudo !== undefined && !asOther) || /\broot@|#\s*$/.test(prompt) };
}
