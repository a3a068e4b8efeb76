import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { OptionalTool } from './requires.ts';

/** Programs that some tests need and not every machine has; `.ci/run` installs them where it can. */
const optionalPrograms = {
  alertmanager: {
    programs: ['prometheus-alertmanager', 'alertmanager'],
    why: 'Alertmanager is not installed (Debian: apt-get install prometheus-alertmanager)',
  },
  browser: {
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    why: 'no Chromium is installed (Debian: apt-get install chromium)',
  },
  sshd: { programs: ['sshd'], why: 'the OpenSSH server is not installed (Debian: apt-get install openssh-server)' },
} as const;

/** Where servers are that an ordinary user's PATH may leave out. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin', '/sbin', '/opt/homebrew/sbin'];

/** An optional program for `requireTool`, and its path: `undefined` where it is missing. */
export function optionalProgram(name: keyof typeof optionalPrograms): OptionalTool & { readonly path?: string } {
  const { programs, why } = optionalPrograms[name];
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...serverFolders].filter((each) => each !== '');
  const path = programs.flatMap((program) => folders.map((folder) => join(folder, program))).find(isExecutable);
  return { name, why, available: path !== undefined, ...(path === undefined ? {} : { path }) };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
