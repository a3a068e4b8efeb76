import { lineDetector } from './line-patterns.ts';

const sinfo = 'https://slurm.schedmd.com/sinfo.html#SECTION_NODE-STATE-CODES';
const scontrol = 'https://slurm.schedmd.com/scontrol.html#OPT_reboot';
const state =
  '(?:alloc(?:ated)?|comp(?:leting)?|down|drain(?:ed|ing)?|drng|idle|maint|mix(?:ed)?|npc|plnd|planned|resv|reserved|blocked|block|unk)';
// PARTITION AVAIL TIMELIMIT NODES STATE NODELIST
const before = String.raw`^\s{0,8}[\w.-]{1,40}\*?\s{1,20}(?:up|drain|inact|down)\s{1,20}(?:infinite|[\d:-]{4,14})\s{1,20}\d{1,6}\s{1,20}`;

/** What sinfo and scontrol show of partitions and nodes that somebody has taken out of service. */
export const slurmListings = lineDetector('slurm-listings', [
  {
    // `@`: a reboot is pending, `^`: it was issued. Nobody but an administrator orders one.
    id: 'slurm.listing.reboot-pending',
    summary: 'nodes are to be rebooted by order of an administrator, and take no jobs until then',
    role: 'cause',
    weighs: { 'scheduler-action': 4, 'host-hardware-fault': 0.6 },
    source: scontrol,
    literals: ['@ ', '^ ', '@\t', '^\t', 'reboot_requested', 'reboot_issued'],
    pattern: new RegExp(
      String.raw`${before}${state}[@^]\s{1,20}\S|\s${state}[@^]\s{1,20}[\w.-]{1,40}\[?[\d,-]|\bState=\S{0,80}\bREBOOT_(?:REQUESTED|ISSUED)\b`,
    ),
    sees: [
      'gpu          up 14-00:00:0     12  drng@ node-[01-12]',
      'batch*       up   infinite      4 drain^ node-[01-04]',
      '   State=IDLE+DRAIN+REBOOT_REQUESTED ThreadsPerCore=2 TmpDisk=0 Weight=1',
    ],
    ignores: ['gpu          up 14-00:00:0     12   drng node-[01-12]', 'user@ node-01'],
  },
  {
    // Sites also keep broken nodes in a reservation with this flag.
    id: 'slurm.listing.maintenance',
    summary: 'nodes are reserved for maintenance',
    role: 'cause',
    weighs: { 'scheduler-action': 3, 'host-hardware-fault': 0.8 },
    source: sinfo,
    literals: ['maint', '$ ', '+maintenance'],
    pattern: new RegExp(
      String.raw`${before}(?:maint\S?|${state}\$)\s{1,20}\S|\bState=\S{0,80}\+MAINTENANCE\b|\bReservationName=\S{1,80}[^\n]{0,300}\bFlags=\S{0,60}\bMAINT\b`,
    ),
    sees: [
      'gpu          up 14-00:00:0      5  maint node-[03,05,11]',
      'gpu          up   infinite      5  idle$ node-[03,05,11]',
      '   State=IDLE+MAINTENANCE+RESERVED ThreadsPerCore=2',
    ],
    ignores: ['gpu          up 14-00:00:0      5   idle node-[03,05,11]', 'maintenance is planned'],
  },
  {
    id: 'slurm.listing.partition-closed',
    summary: 'a partition is closed: it takes no jobs, or starts none',
    role: 'cause',
    weighs: { 'scheduler-action': 3 },
    source: sinfo,
    literals: [' down ', ' drain ', ' inact '],
    pattern:
      /^\s{0,8}[\w.-]{1,40}\*?\s{1,20}(?:down|drain|inact)\s{1,20}(?:infinite|\d{1,3}(?:-\d{2})?:\d{2}(?::\d{1,2})?)\s{1,20}\d{1,6}\s{1,20}[a-z]{3,12}\S?\s/,
    sees: [
      'gpu        down   infinite      5   idle node-[03-07]',
      'debug*    inact      10:00      2   idle node-[01-02]',
    ],
    ignores: ['gpu          up   infinite      5   down node-[03-07]', 'link down 10 times'],
  },
]);
