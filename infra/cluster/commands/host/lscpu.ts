import { hostCpu, socketCpus } from '../../physics/host-cpu.ts';
import { complained, printed, type NodeCommand } from '../command.ts';

interface Row {
  readonly field: string;
  readonly data: string | null;
  readonly children?: readonly Row[];
}

/** `lscpu -J` of util-linux 2.37: sections with children. */
export const lscpu: NodeCommand = {
  name: 'lscpu',
  run: (_context, args) =>
    args.join(' ') === '-J' || args.join(' ') === '--json'
      ? printed(`{\n   "lscpu": [\n      ${rows.map((row) => shown(row, 6)).join(',')}\n   ]\n}\n`)
      : complained(`lscpu: bad usage\nTry 'lscpu --help' for more information.\n`, 1),
};

/** libsmartcols' layout: objects of an array follow each other as `},{`. */
function shown({ field, data, children }: Row, indent: number): string {
  const inner = ' '.repeat(indent + 3);
  const value = data === null ? 'null' : JSON.stringify(data);
  const below =
    children === undefined
      ? ''
      : `,\n${inner}"children": [\n${inner}   ${children.map((child) => shown(child, indent + 6)).join(',')}\n${inner}]`;
  return `{\n${inner}"field": ${JSON.stringify(field)},\n${inner}"data": ${value}${below}\n${' '.repeat(indent)}}`;
}

function row(field: string, data: string | number | null, children?: readonly Row[]): Row {
  return { field: `${field}:`, data: data === null ? null : String(data), ...(children !== undefined && { children }) };
}

const mhz = (khz: number) => (khz / 1000).toFixed(4);

const rows: readonly Row[] = [
  row('Architecture', 'x86_64', [
    row('CPU op-mode(s)', '32-bit, 64-bit'),
    row('Address sizes', '48 bits physical, 48 bits virtual'),
    row('Byte Order', 'Little Endian'),
  ]),
  row('CPU(s)', hostCpu.threads, [row('On-line CPU(s) list', `0-${hostCpu.threads - 1}`)]),
  row('Vendor ID', 'AuthenticAMD', [
    row('Model name', hostCpu.model, [
      row('CPU family', 25),
      row('Model', 1),
      row('Thread(s) per core', 2),
      row('Core(s) per socket', hostCpu.coresPerSocket),
      row('Socket(s)', hostCpu.sockets),
      row('Stepping', 1),
      row('Frequency boost', 'enabled'),
      row('CPU max MHz', mhz(hostCpu.maxKhz)),
      row('CPU min MHz', mhz(hostCpu.minKhz)),
      row('BogoMIPS', '4591.53'),
      row(
        'Flags',
        'fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 ht syscall nx mmxext fxsr_opt pdpe1gb rdtscp lm constant_tsc rep_good nopl nonstop_tsc cpuid extd_apicid aperfmperf rapl pni pclmulqdq monitor ssse3 fma cx16 pcid sse4_1 sse4_2 x2apic movbe popcnt aes xsave avx f16c rdrand lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch osvw ibs skinit wdt tce topoext perfctr_core perfctr_nb bpext perfctr_llc mwaitx cpb cat_l3 cdp_l3 hw_pstate ssbd mba ibrs ibpb stibp vmmcall fsgsbase bmi1 avx2 smep bmi2 erms invpcid cqm rdt_a rdseed adx smap clflushopt clwb sha_ni xsaveopt xsavec xgetbv1 xsaves',
      ),
    ]),
  ]),
  row('Virtualization features', null, [row('Virtualization', 'AMD-V')]),
  row('Caches (sum of all)', null, [
    row('L1d', '3 MiB (96 instances)'),
    row('L1i', '3 MiB (96 instances)'),
    row('L2', '48 MiB (96 instances)'),
    row('L3', '512 MiB (16 instances)'),
  ]),
  row('NUMA', null, [
    row('NUMA node(s)', 2),
    row('NUMA node0 CPU(s)', socketCpus[0]),
    row('NUMA node1 CPU(s)', socketCpus[1]),
  ]),
  row('Vulnerabilities', null, [
    row('Itlb multihit', 'Not affected'),
    row('L1tf', 'Not affected'),
    row('Mds', 'Not affected'),
    row('Meltdown', 'Not affected'),
    row('Spectre v1', 'Mitigation; usercopy/swapgs barriers and __user pointer sanitization'),
    row('Spectre v2', 'Mitigation; Retpolines, IBPB conditional, IBRS_FW, STIBP always-on, RSB filling'),
  ]),
];
