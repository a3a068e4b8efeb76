/*
 * Outputs of other tools as they print them. Users and paths are replaced.
 */

/**
 * `scontrol show node dgx001`, Slurm 21.08.8-2, A800: test data of a public Go program that submits jobs to a cluster of
 * DGX A800 ("another-scheduler").
 */
export const slurmNode2108 = `NodeName=dgx001 Arch=x86_64 CoresPerSocket=1
   CPUAlloc=128 CPUTot=256 CPULoad=9.12
   AvailableFeatures=location=local
   ActiveFeatures=location=local
   Gres=gpu:A800:8(S:16-31,48-63,80-95,112-127,144-159,176-191,210-223,240-255)
   NodeAddr=dgx001 NodeHostName=dgx001 Version=21.08.8-2
   OS=Linux 5.4.0-156-generic #173-Ubuntu SMP Tue Jul 11 07:25:22 UTC 2023
   RealMemory=2034931 AllocMem=0 FreeMem=1644035 Sockets=256 Boards=1
   State=MIXED ThreadsPerCore=1 TmpDisk=0 Weight=1 Owner=N/A MCS_label=N/A
   Partitions=defq
   BootTime=2023-09-17T19:49:58 SlurmdStartTime=2023-09-17T19:53:31
   LastBusyTime=2023-10-12T15:42:00
   CfgTRES=cpu=256,mem=2034931M,billing=256,gres/gpu=8
   AllocTRES=cpu=128,gres/gpu=8
   CapWatts=n/a
   CurrentWatts=0 AveWatts=0
   ExtSensorsJoules=n/s ExtSensorsWatts=0 ExtSensorsTemp=n/s
`;

/** `scontrol show job` of the same cluster: two nodes, one task each. */
export const slurmJob2108 = `JobId=8687 JobName=train-e2859539.script
   UserId=ann(1002) GroupId=ann(1002) MCS_label=N/A
   Priority=4294899611 Nice=0 Account=(null) QOS=normal
   JobState=RUNNING Reason=None Dependency=(null)
   Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=0:0
   RunTime=06:52:54 TimeLimit=UNLIMITED TimeMin=N/A
   SubmitTime=2023-10-12T09:20:50 EligibleTime=2023-10-12T09:20:50
   AccrueTime=2023-10-12T09:20:50
   StartTime=2023-10-12T09:20:50 EndTime=Unknown Deadline=N/A
   SuspendTime=None SecsPreSuspend=0 LastSchedEval=2023-10-12T09:20:50 Scheduler=Backfill
   Partition=defq AllocNode:Sid=login-01:2393654
   ReqNodeList=(null) ExcNodeList=(null)
   NodeList=dgx[001-002]
   BatchHost=dgx001
   NumNodes=2 NumCPUs=256 NumTasks=2 CPUs/Task=128 ReqB:S:C:T=0:0:*:*
   TRES=cpu=256,node=2,billing=256,gres/gpu=16
   Socks/Node=* NtasksPerN:B:S:C=0:0:*:* CoreSpec=*
   MinCPUsNode=128 MinMemoryNode=128G MinTmpDiskNode=0
   Features=(null) DelayBoot=00:00:00
   OverSubscribe=OK Contiguous=0 Licenses=(null) Network=(null)
   Command=/shared/job/train.script
   WorkDir=/shared/job
   StdErr=/shared/job/train.log
   StdIn=/dev/null
   StdOut=/shared/job/train.log
   Power=
   TresPerNode=gres:gpu:8

`;

/** `scontrol show node`, Slurm 24.05: https://github.com/awslabs/awsome-distributed-ai/issues/195 */
export const slurmNode2405 = `NodeName=yigou-dev-102-68 Arch=x86_64 CoresPerSocket=1
   CPUAlloc=0 CPUEfctv=8 CPUTot=8 CPULoad=0.99
   AvailableFeatures=(null)
   ActiveFeatures=(null)
   Gres=gpu:nvidia-rtx-3090:1
   NodeAddr=yigou-dev-102-68 NodeHostName=yigou-dev-102-68 Version=24.05.0-0rc1
   OS=Linux 5.10.0-153.12.0.92.oe2203sp2.x86_64 #1 SMP Wed Jun 28 23:04:48 CST 2023
   RealMemory=1 AllocMem=0 FreeMem=340 Sockets=8 Boards=1
   State=IDLE+DRAIN ThreadsPerCore=1 TmpDisk=0 Weight=1 Owner=N/A MCS_label=N/A
   Partitions=compute100
   BootTime=2024-11-18T20:46:45 SlurmdStartTime=2024-12-19T11:41:49
   LastBusyTime=2024-12-19T11:41:49 ResumeAfterTime=None
   CfgTRES=cpu=8,mem=1M,billing=8,gres/gpu=1
   AllocTRES=
   CurrentWatts=0 AveWatts=0

   Reason=gres/gpu count reported lower than configured (0 < 1) [slurm@2024-12-19T11:03:34]
`;

/** One line of `scontrol -o show node`, fields as Slurm 23.11 prints them. */
export function slurmNodeLine(name: string, fields: { gres?: string; state?: string; addr?: string } = {}): string {
  const { gres = 'gpu:a800:8(S:0-1)', state = 'ALLOCATED', addr = name } = fields;
  return `NodeName=${name} Arch=x86_64 CoresPerSocket=48 CPUAlloc=192 CPUEfctv=192 CPUTot=192 CPULoad=24.25 AvailableFeatures=a800 ActiveFeatures=a800 Gres=${gres} NodeAddr=${addr} NodeHostName=${name} Version=23.11.8 OS=Linux 5.15.0-113-generic #123-Ubuntu SMP Mon Jun 10 08:16:17 UTC 2024 RealMemory=1031000 AllocMem=1031000 FreeMem=311100 Sockets=2 Boards=1 State=${state} ThreadsPerCore=2 TmpDisk=0 Weight=1 Owner=N/A MCS_label=N/A Partitions=train CfgTRES=cpu=192,mem=1031000M,billing=192,gres/gpu=8,gres/gpu:a800=8 AllocTRES=cpu=192,mem=1031000M,gres/gpu=8,gres/gpu:a800=8 CapWatts=n/a CurrentWatts=0 AveWatts=0 ExtSensorsJoules=n/a ExtSensorsWatts=0 ExtSensorsTemp=n/a \n`;
}

/** One line of `scontrol -o show job`, fields as Slurm 23.11 prints them; `detail` is what `-d` adds. */
export function slurmJobLine(
  id: number,
  fields: { name?: string; state?: string; nodes?: string; tasks?: number; gpus?: number; detail?: string } = {},
): string {
  const { name = 'pretrain', state = 'RUNNING', nodes = 'node-[01-02]', tasks = 16, gpus = 16, detail = '' } = fields;
  return `JobId=${id} JobName=${name} UserId=train(2001) GroupId=train(2001) MCS_label=N/A Priority=1 Nice=0 Account=llm QOS=normal JobState=${state} Reason=None Dependency=(null) Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=0:0 Partition=train AllocNode:Sid=login-01:41873 ReqNodeList=(null) ExcNodeList=(null) NodeList=${nodes} BatchHost=node-01 NumNodes=2 NumCPUs=384 NumTasks=${tasks} CPUs/Task=24 ReqB:S:C:T=0:0:*:* ReqTRES=cpu=384,node=2,billing=384,gres/gpu=${gpus} AllocTRES=cpu=384,node=2,billing=384,gres/gpu=${gpus},gres/gpu:a800=${gpus} Socks/Node=* NtasksPerN:B:S:C=8:0:*:* CoreSpec=*${detail} MinCPUsNode=192 Features=(null) Command=/shared/pretrain.sbatch TresPerNode=gres/gpu:8 \n`;
}

/**
 * Labels of a node with eight H100: https://github.com/NVIDIA/k8s-device-plugin/issues/1501; the frame around them as
 * `kubectl get nodes -o json` prints it (Kubernetes API reference, Node v1).
 */
export const gpuLabels = {
  'kubernetes.io/arch': 'amd64',
  'nvidia.com/gpu.count': '8',
  'nvidia.com/gpu.family': 'hopper',
  'nvidia.com/gpu.machine': 'PowerEdge-XE9680',
  'nvidia.com/gpu.memory': '81559',
  'nvidia.com/gpu.present': 'true',
  'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3',
  'nvidia.com/gpu.replicas': '1',
  'nvidia.com/mig.capable': 'true',
};

export function kubernetesNode(
  name: string,
  node: {
    labels?: Record<string, string>;
    capacity?: Record<string, string>;
    addresses?: readonly { type: string; address: string }[];
    unschedulable?: true;
    ready?: string;
  } = {},
): object {
  const { labels = gpuLabels, capacity = { cpu: '192', 'nvidia.com/gpu': '8' }, unschedulable, ready = 'True' } = node;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels, uid: '7f0d6b46-5d0b-4b1e-9a34-0a3f0c8d9f10' },
    spec: { podCIDR: '10.244.3.0/24', ...(unschedulable === undefined ? {} : { unschedulable }) },
    status: {
      addresses: node.addresses ?? [
        { type: 'InternalIP', address: '10.8.102.148' },
        { type: 'Hostname', address: name },
      ],
      capacity,
      conditions: [{ type: 'Ready', status: ready, reason: 'KubeletReady' }],
    },
  };
}
