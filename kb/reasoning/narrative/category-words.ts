import type { Category } from '../../taxonomy.ts';

/** A category in words for people who do not know the machines. */
export interface CategoryWords {
  /** What is wrong, as a clause that a place can follow: `a GPU runs below its normal speed`. */
  readonly says: string;
  /** As a thing that can be ruled out: `a slowed GPU`. */
  readonly thing: string;
  /** Why that disturbs a training job; a whole sentence. */
  readonly means: string;
  /** What to do; a whole sentence, about the same as what the repairs of kb/remediations do or ask for. */
  readonly advice: string;
  /** Which log shows it best, where one does. */
  readonly log: 'kernel' | 'job' | 'scheduler' | 'controller';
}

/** After the meanings of the taxonomy's page, and the questions of `ask-person`. */
export const categoryWords: Readonly<Record<Category, CategoryWords>> = {
  'gpu-fell-off-bus': {
    says: 'a GPU has stopped answering its server',
    thing: 'a GPU that no longer answers its server',
    means:
      'The server can no longer reach that GPU at all, so the program on it dies and all others wait for it in vain.',
    advice: 'Take the server out of use and restart it; if it happens again, have GPU, riser and power looked at.',
    log: 'kernel',
  },
  'gpu-ecc-uncorrectable': {
    says: 'the memory of a GPU has errors that it cannot correct',
    thing: 'broken GPU memory',
    means:
      'What was stored there is lost, so the driver ends the program that used it rather than let it compute with wrong numbers.',
    advice: 'Reset the GPU so that it can retire the bad memory; if errors come back, replace it.',
    log: 'kernel',
  },
  'nvlink-fabric-error': {
    says: 'the fast connection between the GPUs of a server is faulty',
    thing: 'a faulty connection between the GPUs of a server',
    means: 'The GPUs of one server exchange results over it at every step; with a fault in it they fail or wait.',
    advice:
      'Take the server out of use, reset its GPUs and their switches, and have the hardware looked at if it comes back.',
    log: 'kernel',
  },
  'gpu-clock-throttle': {
    says: 'a GPU runs below its normal speed',
    thing: 'a GPU that runs below its normal speed',
    means: 'All GPUs of a job work in step, so one slow GPU makes all others wait for it.',
    advice:
      'Give the GPU its normal clocks and power limit back; if it is heat or power that slows it, look at cooling and power supply.',
    log: 'kernel',
  },
  'host-hardware-fault': {
    says: 'a part of the server other than its GPUs is broken',
    thing: 'another broken part of a server',
    means:
      'Board, bridges, memory and power supplies serve everything in the server; when one fails, the job on it stops or slows.',
    advice: 'Take the server out of use and have the part replaced that its management controller names.',
    log: 'controller',
  },
  'rdma-link-fault': {
    says: 'a network connection of the fast network is faulty',
    thing: 'a faulty cable, port or adapter of the fast network',
    means:
      'The servers exchange results over it at every step; where data is lost on the way, all wait or the job is aborted.',
    advice:
      'Clean or replace the cable and its optics, then look at the port of the switch; until then keep traffic off this port.',
    log: 'kernel',
  },
  'gpu-driver-bug': {
    says: 'the software that drives the GPU has a defect',
    thing: 'a defect of the GPU driver',
    means: 'The GPU itself may be sound, but its driver or firmware hangs or gives up, and the program with it.',
    advice:
      'Reset the GPU or restart the server to go on; then compare the driver release with its known defects and plan an update.',
    log: 'kernel',
  },
  'driver-version-mismatch': {
    says: 'parts of the GPU software on the server do not fit each other',
    thing: 'GPU software of different versions',
    means: 'Driver and libraries have to be of one release; otherwise programs cannot use the GPUs.',
    advice: 'Bring driver, libraries and container images to one release, and load the parts that are missing.',
    log: 'kernel',
  },
  'fabricmanager-not-running': {
    says: 'the service that sets up the connections between the GPUs is not running as it should',
    thing: 'a stopped service for the connections between GPUs',
    means: 'Without that service the GPUs of the server cannot work together, and programs fail when they start.',
    advice: 'Start the fabric manager again, in the same release as the driver.',
    log: 'kernel',
  },
  'foreign-gpu-process': {
    says: 'another program is using a GPU that the job needs',
    thing: 'another program on the GPU',
    means: 'It takes memory or time of the GPU, so the job runs out of memory or is slowed.',
    advice: 'Find out whose program it is, and end it if it was left over from an earlier job.',
    log: 'job',
  },
  'gdr-peermem-missing': {
    says: 'a software module that lets the network reach the GPUs directly is missing',
    thing: 'a missing module for direct network access to GPUs',
    means: 'Data then takes a slow detour through the main memory, and one server slows the whole job.',
    advice: 'Load the peer-memory module (nvidia_peermem) on the server, and have it loaded at every start.',
    log: 'kernel',
  },
  'acs-iommu-p2p-broken': {
    says: 'a setting of the server forces data between its devices onto a detour',
    thing: 'a server setting that redirects traffic between devices',
    means: 'GPUs and network adapters exchange data directly when they may; redirected, transfers are slow or hang.',
    advice:
      'Switch the redirection (ACS) off on the bridges, or the IOMMU to pass-through, in the BIOS or at the kernel command line.',
    log: 'kernel',
  },
  'roce-gid-misconfig': {
    says: 'the network adapters are addressed in a way that does not work between the servers',
    thing: 'a wrong network address index',
    means: 'The adapters are sound, but the chosen address cannot be reached from the other servers.',
    advice: 'Set NCCL_IB_GID_INDEX to the address that is routed between the servers, or let NCCL choose it.',
    log: 'job',
  },
  'mtu-mismatch': {
    says: 'two ends of a network path disagree about how large a packet may be',
    thing: 'different packet sizes in the network',
    means: 'Small messages pass and large ones vanish, so the job hangs as soon as it exchanges real data.',
    advice: 'Set the same packet size (MTU) at all ends and on the switches between them.',
    log: 'kernel',
  },
  'socket-interface-mismatch': {
    says: 'the job uses a network interface that does not reach the other servers',
    thing: 'a wrong network interface',
    means: 'A server has several networks; over the wrong one the processes never find each other.',
    advice: 'Set NCCL_SOCKET_IFNAME and GLOO_SOCKET_IFNAME to the interface that all servers share.',
    log: 'job',
  },
  'firewall-blocked': {
    says: 'a firewall blocks the connections of the job',
    thing: 'a blocking firewall',
    means:
      'The processes of the job talk to each other over the network; what is blocked is waited for until time runs out.',
    advice: 'Open the ports that the job uses between its servers, or take the new firewall rule back.',
    log: 'kernel',
  },
  'rendezvous-resolution': {
    says: 'the processes of the job cannot find the place where they should meet',
    thing: 'a meeting point that cannot be found',
    means:
      'At its start every process asks one address for the others; if that name leads nowhere, the job never begins.',
    advice: 'Make the name of the meeting point lead to the same, reachable server everywhere.',
    log: 'job',
  },
  'rdma-device-missing-in-container': {
    says: 'the container of the job cannot use the fast network',
    thing: 'a container without the fast network',
    means:
      'Devices or rights are missing inside the container, so data goes over the slow network, or the start fails.',
    advice: 'Give the container the devices under /dev/infiniband and the right to lock enough memory.',
    log: 'job',
  },
  'net-plugin-mismatch': {
    says: 'the network libraries of the job do not fit each other',
    thing: 'network libraries that do not fit',
    means:
      'The library that moves data between GPUs needs helpers that fit it; with the wrong ones it fails or falls back to a slow way.',
    advice: 'Use an image in which the network plugin fits the network and this release of NCCL.',
    log: 'job',
  },
  'ulimit-too-low': {
    says: 'a limit of the operating system is too low for the job',
    thing: 'a limit that is too low',
    means: 'The job may not lock as much memory, or open as many files, as it needs, and fails at its start.',
    advice: 'Raise the limit (locked memory or open files) where the job is launched.',
    log: 'job',
  },
  'nccl-version-mismatch': {
    says: 'the processes of the job use different releases of the library that connects GPUs',
    thing: 'different releases of the communication library',
    means: 'All processes have to speak the same way; with different releases they fail or wait for each other.',
    advice: 'Use one image with one release of NCCL on all servers.',
    log: 'job',
  },
  'nccl-env-misconfig': {
    says: 'a setting of the library that connects GPUs is wrong',
    thing: 'a wrong setting of the communication library',
    means: 'A setting forces a way that does not work here, or differs between the servers.',
    advice: 'Take the NCCL setting that differs, or forces a way, out of the launch.',
    log: 'job',
  },
  'nccl-bug': {
    says: 'the library that connects GPUs has a defect',
    thing: 'a defect of the communication library',
    means: 'Nothing is broken in the machines: this release of the library fails in this situation.',
    advice: 'Compare the release of NCCL with its known defects, and try the next one.',
    log: 'job',
  },
  'framework-bug': {
    says: 'the training software has a defect',
    thing: 'a defect of the training software',
    means: 'Nothing is broken in the machines: a library that the job is built on fails in this situation.',
    advice: 'Compare the release with its known defects and change it, or report the defect with this evidence.',
    log: 'job',
  },
  'launcher-rank-misconfig': {
    says: 'the job was started with the wrong number or order of processes',
    thing: 'a job that was started wrongly',
    means: 'Every GPU needs exactly one process that knows its number; otherwise they wait for one that never comes.',
    advice: 'Start the job anew with one process for each GPU and each number once.',
    log: 'job',
  },
  'collective-mismatch': {
    says: 'the processes of the job do not do the same things in the same order',
    thing: 'processes that do not do the same',
    means: 'Each exchange of data needs all processes; where one takes another path in the program, all wait for ever.',
    advice: 'Find in the training program why its processes take different paths; the evidence says which differ.',
    log: 'job',
  },
  'uneven-data': {
    says: 'the processes of the job were given different amounts of data',
    thing: 'unevenly shared data',
    means: 'The one that is finished first leaves, and the others wait for it.',
    advice: 'Give every process the same number of batches, or let the program join uneven inputs.',
    log: 'job',
  },
  'long-rank0-work-timeout': {
    says: 'one process worked so long on its own that the others gave up waiting',
    thing: 'one process that worked too long on its own',
    means: 'Nothing is broken: the waiting time of the others is shorter than that piece of work.',
    advice: 'Move the long work out of the training loop, or raise the time-out of the others.',
    log: 'job',
  },
  'gpu-oom': {
    says: 'the job needs more GPU memory than there is',
    thing: 'too little GPU memory for the job',
    means: 'Nothing is broken: the program asks for more memory than the GPU has left, and is refused.',
    advice: 'Lower the batch size or the sequence length, or share the model among more GPUs.',
    log: 'job',
  },
  'host-oom': {
    says: 'the main memory of a server ran out',
    thing: 'a server without main memory left',
    means: 'When its memory is full, the operating system ends a program to go on, and it was one that the job needs.',
    advice: 'Let the job use less main memory (fewer workers, smaller caches), or start it again with limits that fit.',
    log: 'kernel',
  },
  'loss-nan-numerics': {
    says: 'the numbers of the training itself went wrong',
    thing: 'numbers that went wrong in training',
    means:
      'The machines are sound: the computation left the range of numbers that it can hold, and nothing learned since is of use.',
    advice: 'Go back to the last good checkpoint, and look at learning rate, precision and the data since then.',
    log: 'job',
  },
  'dataloader-stall': {
    says: 'the training waits for its input data',
    thing: 'input data that comes too slowly',
    means: 'The GPUs are faster than what feeds them, so they stand idle.',
    advice: 'Give the input more workers or processor cores, or a faster source.',
    log: 'job',
  },
  'checkpoint-corruption': {
    says: 'a saved state of the training cannot be read whole',
    thing: 'a damaged saved state',
    means: 'The job starts from a state that was saved earlier; what is damaged or incomplete stops it.',
    advice: 'Start from the last saved state that is whole, and look at where the damaged one was written.',
    log: 'job',
  },
  'shm-too-small': {
    says: 'the memory that the processes share inside the container is too small',
    thing: 'too little shared memory in the container',
    means: 'Processes of one server hand data to each other through it; when it is full, they fail.',
    advice: 'Clear what was left over there, and start the container with more shared memory (--shm-size).',
    log: 'job',
  },
  'disk-full': {
    says: 'a disk or quota is full',
    thing: 'a full disk',
    means: 'The job cannot write its results or its saved states any more, and ends.',
    advice: 'Make room on the file system, or write somewhere else.',
    log: 'job',
  },
  'shared-fs-problem': {
    says: 'the file system that all servers share is slow or does not answer',
    thing: 'a shared file system in trouble',
    means: 'All processes read and write there; when it does not answer, they wait.',
    advice: 'Mount it again where only one server lost it; otherwise look at the servers of the file system.',
    log: 'kernel',
  },
  'container-toolkit-misconfig': {
    says: 'containers are set up so that they cannot use the GPUs as they should',
    thing: 'a wrong set-up of containers',
    means: 'The GPUs are sound, but the job inside the container does not see them, or sees the wrong ones.',
    advice: 'Look at the set-up of the container runtime and of its NVIDIA part; the last change is the first suspect.',
    log: 'job',
  },
  'cgroup-device-loss': {
    says: 'the container has lost its access to the GPUs',
    thing: 'a container that lost its access to the GPUs',
    means: 'The operating system took the right away while the job ran; the GPUs themselves are sound.',
    advice: 'Start the job again, and keep the system from resetting the device rights of containers.',
    log: 'job',
  },
  'permission-misconfig': {
    says: 'the job is not allowed to use something that it needs',
    thing: 'a missing right',
    means: 'Nothing is broken: a file, folder or device belongs to somebody else.',
    advice: 'Give the user of the job access to what the evidence names.',
    log: 'job',
  },
  'cpu-affinity-misconfig': {
    says: 'the processes of the job are squeezed onto the wrong processor cores',
    thing: 'processes on the wrong processor cores',
    means: 'The GPUs are fed by processes that share too few cores, or run far away from their GPU.',
    advice: 'Ask for enough cores for each process, and let the launcher place them.',
    log: 'job',
  },
  'scheduler-action': {
    says: 'the scheduler or a person ended or paused the job on purpose',
    thing: 'an intended end of the job',
    means: 'Nothing is broken: a time limit, a more important job, maintenance or a person took it away.',
    advice: 'Ask who took the job or the server away, and start the job again when it may run.',
    log: 'scheduler',
  },
  'user-code-error': {
    says: 'the training program has an error',
    thing: 'an error of the training program',
    means: 'The machines are sound: the program itself ended with an error, and its other processes with it.',
    advice: 'Its owner has to look at the trace in the log and mend the program or its settings.',
    log: 'job',
  },
  'facility-fault': {
    says: 'power, cooling or network of the building or rack failed',
    thing: 'a failure of power, cooling or network outside of the servers',
    means: 'Several servers that share it are disturbed at once.',
    advice: 'Look at power, cooling and uplink of the rack.',
    log: 'controller',
  },
  unlisted: {
    says: 'the cause is none that Wardround knows',
    thing: 'a cause that Wardround does not know',
    means: 'What was read fits no known cause well.',
    advice:
      'Look at the evidence and decide what to do about it; tell the incident what it was, so that it is known next time.',
    log: 'job',
  },
};
