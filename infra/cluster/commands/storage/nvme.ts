import { integer } from '../../noise.ts';
import { driveCounters, drives } from '../../physics/disk-io.ts';
import { bootMsOf } from '../../physics/node-life.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import { complained, printed, type NodeCommand } from '../command.ts';

/** `nvme smart-log /dev/NVME -o json` of nvme-cli 1.16. Only root may send the command to the drive. */
export const nvme: NodeCommand = {
  name: 'nvme',
  run({ world, timeline, node, nowMs, root }, args) {
    const [verb, path = '', ...options] = args;
    if (verb !== 'smart-log' || options.join(' ') !== '-o json')
      return complained(`ERROR: Invalid sub-command '${verb ?? ''}' for global command\n`, 1);
    const drive = drives.find((one) => path === `/dev/${one}` || path === `/dev/${one.replace(/n1$/, '')}`);
    if (drive === undefined) return complained(`${path}: No such file or directory\n`, 1);
    if (!root) return complained(`${path}: Permission denied\n`, 1);
    const now = driveCounters(timeline, node, drive, nowMs);
    const { settings } = timeline.segmentAt(nowMs);
    const slowdown = factAt(settings, { fact: 'storage.nvme-slowdown', place: node.name, key: drive }, nowMs);
    const worn = slowdown > 1;
    const draw = (below: number, what: string) => integer(world.seed, below, 'nvme', what, drive, node.index);
    const hours = 14_000 + draw(3_000, 'hours') + Math.floor((nowMs - bootMsOf(settings, node, nowMs)) / 3_600_000);
    const seconds = Math.floor((nowMs - world.historyFromMs) / 1000);
    const unit = 512_000;
    const log = {
      // Bit 0: spare blocks below the threshold. Bit 2: reliability is degraded by media errors.
      critical_warning: worn ? 5 : 0,
      temperature: (worn ? 336 : 308) + draw(4, 'temperature'),
      avail_spare: worn ? 2 + draw(7, 'spare') : 100,
      spare_thresh: 10,
      percent_used: worn ? 101 + draw(14, 'worn') : 4 + draw(9, 'used'),
      endurance_grp_critical_warning_summary: worn ? 5 : 0,
      data_units_read: 81_402_000 + draw(900_000, 'read') + Math.floor((now.readSectors * 512) / unit),
      data_units_written:
        (worn ? 1_902_311_000 : 60_118_000) + draw(900_000, 'written') + Math.floor((now.writtenSectors * 512) / unit),
      host_read_commands: 4_104_200_118 + now.reads,
      host_write_commands: 3_012_883_407 + now.writes,
      controller_busy_time: 9_102 + draw(900, 'busy') + Math.floor(now.busyMs / 60_000),
      power_cycles: 21 + draw(9, 'cycles'),
      power_on_hours: hours,
      unsafe_shutdowns: 8 + draw(5, 'unsafe'),
      media_errors: worn ? 140 + draw(900, 'media') + Math.floor(seconds / 40) : 0,
      num_err_log_entries: worn ? 310 + draw(900, 'errors') + Math.floor(seconds / 30) : 0,
      warning_temp_time: 0,
      critical_comp_time: 0,
      temperature_sensor_1: (worn ? 336 : 308) + draw(4, 'temperature'),
      thm_temp1_trans_count: 0,
      thm_temp2_trans_count: 0,
      thm_temp1_total_time: 0,
      thm_temp2_total_time: 0,
    };
    const rows = Object.entries(log).map(([name, value]) => `  ${JSON.stringify(name)} : ${value}`);
    return printed(`{\n${rows.join(',\n')}\n}\n`);
  },
};
