import { createHmac } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { dump } from 'js-yaml';
import { draftSchema, type Draft } from '../../kb/inventory/draft.ts';
import type { HashHost } from '../../kb/inventory/known-hosts.ts';
import { PortError } from '../ports.ts';
import { parseInventoryText, readInventoryText } from './inventory-files.ts';
import { placesIn, type LineOf } from './yaml-places.ts';

/** An inventory file that may lack what an inventory needs, and where things stand in it. */
export interface DraftFile {
  readonly text: string;
  readonly draft: Draft;
  readonly lineOf: LineOf;
}

/** Reads an inventory file; every field that has a wrong form is in the error, with its line. `null`: no such file. */
export function readDraftFile(file: string): DraftFile | null {
  if (!existsSync(file)) return null;
  return draftOf(file, readInventoryText(file));
}

export function draftOf(file: string, text: string, value: unknown = parseInventoryText(file, text)): DraftFile {
  const lineOf = placesIn(text);
  const parsed = draftSchema.safeParse(value);
  if (parsed.success) return { text, draft: parsed.data, lineOf };
  const issues = parsed.error.issues.map(
    (issue) => `  ${file}:${lineOf(issue.path)} ${issue.path.join('.') || '(top)'}: ${issue.message}`,
  );
  throw new PortError(
    'malformed',
    `${file}: ${issues.length} fields have a wrong form\n${issues.slice(0, issuesShownMax).join('\n')}${issues.length > issuesShownMax ? `\n  and ${issues.length - issuesShownMax} more` : ''}`,
  );
}

const issuesShownMax = 100;

/** The text of an inventory file: JSON by the name of the file, else YAML with one line for each GPU and rank. */
export function draftText(file: string, draft: Draft, before: string | null): string {
  const { version, cluster, platform, logs, clock, metrics, management, jumpHosts, mounts, interfaces, nodes, jobs } =
    draft;
  const tidy = {
    version,
    cluster,
    platform,
    ...(logs === undefined ? {} : { logs }),
    clock,
    ...(metrics === undefined ? {} : { metrics }),
    ...(management === undefined ? {} : { management }),
    ...(jumpHosts.length === 0 ? {} : { jumpHosts }),
    ...(mounts.length === 0 ? {} : { mounts }),
    ...(interfaces.length === 0 ? {} : { interfaces }),
    nodes,
    jobs,
  };
  if (file.endsWith('.json')) return `${JSON.stringify(tidy, null, 2)}\n`;
  const head = /^(?:[ \t]*(?:#.*)?\n)*/.exec(before ?? '')?.[0] ?? '';
  return head + dump(tidy, { lineWidth: -1, flowLevel: 4, noRefs: true });
}

/** Are there comments below the head, which writing the file again does not keep? */
export function losesComments(text: string): boolean {
  const body = text.replace(/^(?:[ \t]*(?:#.*)?\n)*/, '');
  return /(^|\s)#/m.test(body.replaceAll(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'/g, ''));
}

/** Writes the file in one step; what stood there before is kept beside it as `FILE.before`. Answers that name. */
export function writeDraftFile(file: string, text: string, before: string | null): string | null {
  const kept = before === null ? null : `${file}.before`;
  if (kept !== null && before !== null) writeFileSync(kept, before);
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
  return kept;
}

/** https://man.openbsd.org/sshd#SSH_KNOWN_HOSTS_FILE_FORMAT, HashKnownHosts */
export const hashHost: HashHost = (saltBase64, host) =>
  createHmac('sha1', Buffer.from(saltBase64, 'base64')).update(host).digest('base64');
