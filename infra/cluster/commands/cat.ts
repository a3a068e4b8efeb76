import { printed, type NodeCommand } from './command.ts';
import { containerFiles } from './container/files.ts';
import { fabricManagerFile } from './fabricmanager-file.ts';
import { hostFiles, type FileReader } from './host/files.ts';
import { kernelCmdline, kernelVersion } from './host/kernel.ts';
import { networkFiles } from './network/files.ts';
import { storageFiles } from './storage/files.ts';

/** Files that `cat` and `grep` read; one table a family. */
export const textFiles: Readonly<Record<string, FileReader>> = {
  ...hostFiles,
  ...networkFiles,
  ...storageFiles,
  ...containerFiles,
  '/usr/share/nvidia/nvswitch/fabricmanager.cfg': fabricManagerFile,
  '/proc/cmdline': kernelCmdline,
  '/proc/version': kernelVersion,
};

/** `cat` of the files that answer here; other families have entries of their own. */
export const cat: NodeCommand = {
  name: 'cat',
  takes: (args) => args.some((path) => textFiles[path] !== undefined),
  run(context, args) {
    let text = '';
    let missing = '';
    for (const path of args) {
      const file = textFiles[path];
      if (file === undefined) missing += `cat: ${path}: No such file or directory\n`;
      else text += file(context);
    }
    return missing === '' ? printed(text) : { stdout: text, stderr: missing, exitCode: 1 };
  },
};
