import type { Step } from '../../workflows/domain/proposal.ts';
import type { GateStep } from '../schemas/remediation.ts';

// Argument types of the gate (infra/gate/wardround-gate.sh, `--steps`); a test compares the two tables.
const gpu = { name: 'gpu', pattern: /^([0-9]|1[0-5])$/ };
const mhz = { name: 'mhz', pattern: /^([1-9][0-9]{2,3})$/ };
const watts = { name: 'watts', pattern: /^([1-9][0-9]{1,3})$/ };
const node = { name: 'node', pattern: /^([a-z0-9][a-z0-9.-]{0,62})$/ };
const jobid = { name: 'jobid', pattern: /^([1-9][0-9]{0,9})$/ };
// 0 is Slurm's word for all the memory of a node.
const mib = { name: 'mib', pattern: /^(0|[1-9][0-9]{2,7})$/ };
const hca = { name: 'hca', pattern: /^([a-z][a-z0-9_]{0,31})$/ };
const policy = { name: 'policy', pattern: /^([a-z][a-z0-9-]{0,31})$/ };
const onOff = { name: 'switch', pattern: /^(on|off)$/ };
// Numbers of `nvidia-smi -c`: default, prohibited, exclusive process.
const computeMode = { name: 'computemode', pattern: /^(0|2|3)$/ };
const unit = {
  name: 'unit',
  pattern:
    /^(nvidia-fabricmanager|nvidia-persistenced|nvidia-dcgm|slurmd|chronyd|docker|containerd|opensmd|openibd|irqbalance)$/,
};
const module = { name: 'module', pattern: /^(nvidia-peermem|nvidia-uvm|nvidia)$/ };
const pid = { name: 'pid', pattern: /^([1-9][0-9]{0,6})$/ };
const ticks = { name: 'ticks', pattern: /^([1-9][0-9]{0,15})$/ };
const mount = { name: 'mount', pattern: /^(([/][A-Za-z0-9_][A-Za-z0-9._-]{0,63}){1,8})$/ };
const config = { name: 'config', pattern: /^([a-z][a-z0-9-]{0,31})$/ };
const governor = { name: 'governor', pattern: /^(performance|schedutil|powersave|ondemand)$/ };
const iface = { name: 'iface', pattern: /^([a-z][a-z0-9._-]{0,14})$/ };
const mtu = { name: 'mtu', pattern: /^([1-9][0-9]{2,4})$/ };

/** Every step that the gate on a node or on the management host knows. */
export const gateSteps = {
  clocksReset: {
    id: 'gpu-clocks-reset',
    args: [gpu],
    render: ([index = '']) => `nvidia-smi -i ${index} -rgc`,
  },
  clocksLock: {
    id: 'gpu-clocks-lock',
    args: [gpu, mhz, mhz],
    render: ([index = '', min = '', max = '']) => `nvidia-smi -i ${index} -lgc ${min},${max}`,
  },
  powerLimit: {
    id: 'gpu-power-limit',
    args: [gpu, watts],
    render: ([index = '', limit = '']) => `nvidia-smi -i ${index} -pl ${limit}`,
  },
  nodeDrain: {
    id: 'node-drain',
    on: 'both',
    args: [node],
    render: ([name = '']) => `scontrol update NodeName=${name} State=DRAIN Reason=wardround`,
  },
  nodeResume: {
    id: 'node-resume',
    on: 'both',
    args: [node],
    render: ([name = '']) => `scontrol update NodeName=${name} State=RESUME`,
  },
  jobRequeueHold: {
    id: 'job-requeue-hold',
    on: 'both',
    args: [jobid],
    render: ([job = '']) => `scontrol requeuehold ${job}`,
  },
  jobMemoryLimit: {
    id: 'job-memory-limit',
    args: [jobid, mib],
    render: ([job = '', limit = '']) => `scontrol update JobId=${job} MinMemoryNode=${limit}`,
  },
  jobRelease: {
    id: 'job-release',
    on: 'both',
    args: [jobid],
    render: ([job = '']) => `scontrol release ${job}`,
  },
  jobRequeue: {
    id: 'job-requeue',
    on: 'both',
    args: [jobid],
    render: ([job = '']) => `scontrol requeue ${job}`,
  },
  ibPortDown: {
    id: 'ib-port-down',
    args: [hca],
    render: ([name = '']) => `mlxlink -d ${name} -p 1 -a DN`,
  },
  ibPortUp: {
    id: 'ib-port-up',
    args: [hca],
    render: ([name = '']) => `mlxlink -d ${name} -p 1 -a UP`,
  },
  spaceHold: {
    id: 'space-hold',
    args: [policy],
    render: ([name = '']) => `wardround-space hold ${name}`,
  },
  spaceReturn: {
    id: 'space-return',
    args: [policy],
    render: ([name = '']) => `wardround-space return ${name}`,
  },
  gpuReset: {
    id: 'gpu-reset',
    args: [gpu],
    render: ([index = '']) => `nvidia-smi -i ${index} -r`,
  },
  gpuPersistence: {
    id: 'gpu-persistence',
    args: [gpu, onOff],
    render: ([index = '', mode = '']) => `nvidia-smi -i ${index} -pm ${mode === 'on' ? 1 : 0}`,
  },
  gpuComputeMode: {
    id: 'gpu-compute-mode',
    args: [gpu, computeMode],
    render: ([index = '', mode = '']) => `nvidia-smi -i ${index} -c ${mode}`,
  },
  gpuMigOff: {
    id: 'gpu-mig-off',
    args: [gpu],
    render: ([index = '']) => `nvidia-smi -i ${index} -mig 0`,
  },
  gpuMigOn: {
    id: 'gpu-mig-on',
    args: [gpu],
    render: ([index = '']) => `nvidia-smi -i ${index} -mig 1`,
  },
  gpuAppClocksReset: {
    id: 'gpu-app-clocks-reset',
    args: [gpu],
    render: ([index = '']) => `nvidia-smi -i ${index} -rac`,
  },
  gpuAppClocks: {
    id: 'gpu-app-clocks',
    args: [gpu, mhz, mhz],
    render: ([index = '', memory = '', graphics = '']) => `nvidia-smi -i ${index} -ac ${memory},${graphics}`,
  },
  nodeReboot: {
    id: 'node-reboot',
    on: 'management',
    args: [node],
    render: ([name = '']) => `scontrol reboot ASAP nextstate=RESUME reason=wardround ${name}`,
  },
  nodePowerCycle: {
    id: 'node-power-cycle',
    on: 'management',
    args: [node],
    render: ([name = '']) =>
      `ipmitool -I lanplus -H bmc-of-${name} -U wardround -f /etc/wardround/bmc-password chassis power cycle`,
  },
  nodePowerOn: {
    id: 'node-power-on',
    on: 'management',
    args: [node],
    render: ([name = '']) =>
      `ipmitool -I lanplus -H bmc-of-${name} -U wardround -f /etc/wardround/bmc-password chassis power on`,
  },
  nodePowerOff: {
    id: 'node-power-off',
    on: 'management',
    args: [node],
    render: ([name = '']) =>
      `ipmitool -I lanplus -H bmc-of-${name} -U wardround -f /etc/wardround/bmc-password chassis power off`,
  },
  kubernetesCordon: {
    id: 'k8s-cordon',
    on: 'management',
    args: [node],
    render: ([name = '']) => `kubectl cordon ${name}`,
  },
  kubernetesUncordon: {
    id: 'k8s-uncordon',
    on: 'management',
    args: [node],
    render: ([name = '']) => `kubectl uncordon ${name}`,
  },
  kubernetesDrain: {
    id: 'k8s-drain',
    on: 'management',
    args: [node],
    render: ([name = '']) => `kubectl drain ${name} --ignore-daemonsets --delete-emptydir-data --timeout=50s`,
  },
  jobExcludeNode: {
    id: 'job-exclude-node',
    on: 'both',
    args: [jobid, node],
    render: ([job = '', name = '']) => `scontrol update JobId=${job} ExcNodeList=${name}`,
  },
  jobExcludeNone: {
    id: 'job-exclude-none',
    on: 'both',
    args: [jobid],
    render: ([job = '']) => `scontrol update JobId=${job} ExcNodeList=`,
  },
  linkMtu: {
    id: 'link-mtu',
    args: [iface, mtu],
    render: ([name = '', bytes = '']) => `ip link set dev ${name} mtu ${bytes}`,
  },
  serviceRestart: {
    id: 'service-restart',
    args: [unit],
    render: ([name = '']) => `systemctl restart ${name}`,
  },
  serviceStart: {
    id: 'service-start',
    args: [unit],
    render: ([name = '']) => `systemctl start ${name}`,
  },
  serviceStop: {
    id: 'service-stop',
    args: [unit],
    render: ([name = '']) => `systemctl stop ${name}`,
  },
  moduleLoad: {
    id: 'module-load',
    args: [module],
    render: ([name = '']) => `modprobe ${name}`,
  },
  moduleUnload: {
    id: 'module-unload',
    args: [module],
    render: ([name = '']) => `modprobe -r ${name}`,
  },
  processKill: {
    id: 'process-kill',
    args: [pid, ticks],
    render: ([id = '', started = '']) => `wardround-fix kill ${id} ${started}`,
  },
  shmClear: {
    id: 'shm-clear',
    args: [],
    render: () => 'wardround-fix shm-clear',
  },
  shmReturn: {
    id: 'shm-return',
    args: [],
    render: () => 'wardround-fix shm-return',
  },
  remount: {
    id: 'remount',
    args: [mount],
    render: ([point = '']) => `wardround-fix remount ${point}`,
  },
  configRevert: {
    id: 'config-revert',
    args: [config],
    render: ([name = '']) => `wardround-fix config-revert ${name}`,
  },
  configRestore: {
    id: 'config-restore',
    args: [config],
    render: ([name = '']) => `wardround-fix config-restore ${name}`,
  },
  firewallRevert: {
    id: 'firewall-revert',
    args: [],
    render: () => 'wardround-fix config-revert firewall',
  },
  firewallRestore: {
    id: 'firewall-restore',
    args: [],
    render: () => 'wardround-fix config-restore firewall',
  },
  governorSet: {
    id: 'governor-set',
    args: [governor],
    render: ([name = '']) => `cpupower frequency-set -g ${name}`,
  },
} as const satisfies Record<string, GateStep>;

export type WantedStep = { readonly step: GateStep; readonly args: readonly string[] } & Pick<
  Step,
  'undoes' | 'onFailure' | 'on'
>;

export type StepDraft = { readonly step: Step } | { readonly invalid: string };

/** Steps of one node in order, numbered from 1; the first that the gate would refuse makes them all invalid. */
export function draftSteps(
  node: string,
  wanted: readonly WantedStep[],
): { readonly steps: readonly Step[] } | { readonly invalid: string } {
  const steps: Step[] = [];
  for (const { step, args, ...more } of wanted) {
    const draft = draftStep(step, { index: steps.length + 1, node }, args);
    if ('invalid' in draft) return draft;
    const on = more.on ?? (step.on === 'management' ? step.on : undefined);
    steps.push({ ...draft.step, ...more, ...(on === undefined ? {} : { on }) });
  }
  return { steps };
}

/** A step of a plan; arguments that the gate would refuse are found here, before anybody is asked to approve them. */
export function draftStep(
  gateStep: GateStep,
  at: { readonly index: number; readonly node: string },
  args: readonly string[],
): StepDraft {
  const wrong = gateStep.args.find(({ pattern }, position) => !pattern.test(args[position] ?? ''));
  if (wrong !== undefined || args.length !== gateStep.args.length)
    return { invalid: `${gateStep.id} cannot take the arguments ${args.join(' ')}` };
  return {
    step: { index: at.index, stepId: gateStep.id, node: at.node, args: [...args], rendered: gateStep.render(args) },
  };
}
