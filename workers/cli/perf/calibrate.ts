import { Command } from 'commander';
import { processContext, type CliContext } from '../context.ts';
import { sshRunner, type OpenRunner } from '../probe-run-command.ts';
import { calibrateGpusCommand } from './calibrate-gpus.ts';
import { calibrateRevokeCommand } from './calibrate-revoke.ts';
import { calibrateShowCommand } from './calibrate-show.ts';
import { calibrateSiteCommand } from './calibrate-site.ts';
import { withStackCalibration, type WithCalibration } from './calibration-store.ts';

/** `wardround perf calibrate …`: what this site's devices and jobs really give. */
export function calibrateCommand(
  context: CliContext = processContext(),
  openRunner: OpenRunner = sshRunner,
  withCalibration: WithCalibration = withStackCalibration(context),
): Command {
  return new Command('calibrate')
    .description('measure what devices and jobs of this site really give; predictions stand on it')
    .addCommand(calibrateGpusCommand(context, openRunner, withCalibration))
    .addCommand(calibrateSiteCommand(context, withCalibration))
    .addCommand(calibrateShowCommand(context, openRunner, withCalibration))
    .addCommand(calibrateRevokeCommand(context, withCalibration))
    .addHelpText(
      'after',
      `
Examples:
  $ wardround perf calibrate gpus --on node-[01-08]
  $ wardround perf calibrate site --runs our-runs.jsonl
  $ wardround perf calibrate show --live`,
    );
}
