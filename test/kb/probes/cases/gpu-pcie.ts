import { printed, type ProbeCases } from '../probe-case.ts';
import { eightGpus } from './gpu-node.ts';

const args = { bdf: '0000:47:00.0' };
const names = {
  aer_dev_correctable: ['RxErr', 'BadTLP', 'BadDLLP', 'Rollover', 'Timeout', 'NonFatalErr', 'CorrIntErr', 'HeaderOF'],
  aer_dev_nonfatal: [
    'Undefined',
    'DLP',
    'SDES',
    'TLP',
    'FCP',
    'CmpltTO',
    'CmpltAbrt',
    'UnxCmplt',
    'RxOF',
    'MalfTLP',
    'ECRC',
    'UnsupReq',
    'ACSViol',
    'UncorrIntErr',
    'BlockedTLP',
    'AtomicOpBlocked',
    'TLPBlockedErr',
    'PoisonTLPBlocked',
  ],
} as const;

/** All three files as grep -H prints them; counts other than zero by file and name. */
const counters = (counts: Readonly<Record<string, number>>) => {
  const file = (name: string, of: readonly string[], total: string) => {
    const count = (one: string) => counts[`${name}:${one}`] ?? 0;
    const sum = of.reduce((all, one) => all + count(one), 0);
    return [...of.map((one) => `${one} ${count(one)}`), `${total} ${sum}`]
      .map((text) => `/sys/bus/pci/devices/${args.bdf}/${name}:${text}\n`)
      .join('');
  };
  return printed(
    file('aer_dev_correctable', names.aer_dev_correctable, 'TOTAL_ERR_COR') +
      file('aer_dev_nonfatal', names.aer_dev_nonfatal, 'TOTAL_ERR_NONFATAL') +
      file('aer_dev_fatal', names.aer_dev_nonfatal, 'TOTAL_ERR_FATAL'),
  );
};
const kernel = 'https://docs.kernel.org/PCI/pcieaer-howto.html; names: prometheus/procfs sysfs fixtures';
const none = counters({});

export const pcieAerCases: ProbeCases = {
  faulty: [
    {
      name: 'a fatal error',
      source: kernel,
      output: counters({ 'aer_dev_fatal:DLP': 1 }),
      node: eightGpus,
      args,
      means: ['pcie.counter.uncorrectable gpu 2'],
    },
    {
      name: 'completions that timed out',
      source: kernel,
      output: counters({ 'aer_dev_nonfatal:CmpltTO': 3, 'aer_dev_correctable:NonFatalErr': 3 }),
      node: eightGpus,
      args,
      means: ['pcie.counter.uncorrectable gpu 2', 'pcie.counter.corrected gpu 2'],
    },
    {
      name: 'corrected errors that come fast',
      source: kernel,
      output: counters({ 'aer_dev_correctable:BadTLP': 5_000 }),
      second: counters({ 'aer_dev_correctable:BadTLP': 5_012 }),
      elapsedMs: 5_000,
      node: eightGpus,
      args,
      means: ['pcie.counter.corrected-growing gpu 2'],
    },
  ],
  healthy: [
    { name: 'none', source: kernel, output: none, args, node: eightGpus, means: ['pcie.counter.quiet gpu 2'] },
    {
      name: 'a request that is not supported is no fault',
      source: kernel,
      output: counters({ 'aer_dev_nonfatal:UnsupReq': 1 }),
      args,
      means: ['pcie.counter.quiet gpu 00000000:47:00.0'],
    },
    {
      name: 'old corrected errors',
      source: kernel,
      output: counters({ 'aer_dev_correctable:RxErr': 31 }),
      second: counters({ 'aer_dev_correctable:RxErr': 31 }),
      args,
      node: eightGpus,
      means: ['pcie.counter.corrected gpu 2', 'pcie.counter.quiet gpu 2'],
    },
    {
      name: 'one corrected error between two close reads is no rate',
      source: kernel,
      output: counters({ 'aer_dev_correctable:RxErr': 31 }),
      second: counters({ 'aer_dev_correctable:RxErr': 32 }),
      elapsedMs: 1_000,
      args,
      node: eightGpus,
      means: ['pcie.counter.corrected gpu 2', 'pcie.counter.quiet gpu 2'],
    },
    {
      name: 'a kernel that counts nothing',
      source: 'printed by grep 3.7',
      output: printed(
        '',
        2,
        ['aer_dev_correctable', 'aer_dev_nonfatal', 'aer_dev_fatal']
          .map((file) => `grep: /sys/bus/pci/devices/0000:47:00.0/${file}: No such file or directory\n`)
          .join(''),
      ),
      args,
      node: eightGpus,
      means: ['pcie.counter.not-counted gpu 2'],
    },
  ],
  garbage: [
    printed('', 2, 'grep: /sys/bus/pci/devices/0000:47:00.0/aer_dev_fatal: Permission denied\n'),
    printed('Welcome to node-01\n'),
    printed(none.stdout.slice(0, none.stdout.lastIndexOf('/sys/'))),
    printed(none.stdout.replace('RxErr 0', 'RxErr none')),
    printed('', null),
  ],
};
