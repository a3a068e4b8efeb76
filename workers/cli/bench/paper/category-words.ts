import type { KnownCategory } from '../../../../kb/taxonomy.ts';

/**
 * Words in which people speak of a cause without naming it: what it is made of, what it does, plain synonyms. They stand
 * beside the one-line descriptions of the categories and tell which cause a sentence means.
 */
export const categoryWords: Readonly<Record<KnownCategory, string>> = {
  'gpu-fell-off-bus':
    'card lost contact with its slot, PCIe connection of the GPU drops, device vanishes, no answer on the bus, riser, seating',
  'gpu-ecc-uncorrectable':
    'memory of the card is defective, bits flip, memory cells fail, double bit error, remap rows, page retirement, contained error',
  'nvlink-fabric-error':
    'direct high-speed link between cards broken, link between GPUs down, bridge, switch of the GPU fabric, lanes',
  'gpu-clock-throttle':
    'card runs slower, lower clock, too hot, temperature limit, power limit, cap, locked frequency, brake, cooling of the card',
  'host-hardware-fault':
    'power supply inside the machine or built into the server, mainboard, failing part of the server, memory module, fan, network card of the host, breaks down, load step',
  'rdma-link-fault':
    'port, cable, optic, transceiver or switch loses packets, loses its link, flapping, bit errors, congestion, transport gets no answer, retries exceeded',
  'gpu-driver-bug':
    'defect of the GPU driver release, firmware of the card hangs, GSP, driver makes tools hang, another driver helps',
  'driver-version-mismatch':
    'kernel module and user-space library of the driver are of different versions, compat library, stale module after upgrade, uvm missing, CUDA newer than driver',
  'fabricmanager-not-running':
    'service that sets up the NVSwitches is not running, fabric manager stopped or of another version, fabric state in progress',
  'foreign-gpu-process':
    'leftover processes of an ended or dead job still there and hold memory of the cards, another user, container or server uses the GPU, zombie, orphan',
  'gdr-peermem-missing':
    'module through which network cards could map GPU memory is absent, GPUDirect RDMA, peer memory not loaded, nvidia_peermem, copies by way of host memory',
  'acs-iommu-p2p-broken':
    'bridges above the GPUs redirect direct transfers, I/O translation of the host, access control services, virtualisation, peer-to-peer copies corrupted or stuck',
  'roce-gid-misconfig':
    'address entry of the RDMA port, entry in the address table, GID index, link-local, version 1 entry, moved to another place in its table, RDMA address does not exist, address type or subnet',
  'mtu-mismatch':
    'packet size differs, path MTU, frames too large, jumbo frames, larger messages never arrive, ends do not agree on size of packets',
  'socket-interface-mismatch':
    'traffic goes over the wrong network interface, virtual networks, bridges, docker, VPN, interface name, each machine for itself, bootstrap picks an address that peers cannot reach',
  'firewall-blocked':
    'packet filter between nodes, drops connections, ports closed, rules, security group of the cloud, iptables, lets only some in, blocked',
  'rendezvous-resolution':
    'address of the meeting point cannot be resolved or reached, host name, name service, DNS, master address, told another address, hosts file',
  'rdma-device-missing-in-container':
    'container or pod cannot open the device files of the network cards, card may not be opened in the pod, devices not passed in, access to uverbs, missing in image',
  'net-plugin-mismatch':
    'collective library and installed fabric library or plugin do not fit, newer library asks for what older libfabric, OFI, EFA, UCX, HPC-X or OFED cannot serve',
  'ulimit-too-low':
    'ranks may lock too little memory, pinned memory limit, memlock, limit of open files, refused by the system, buffers cannot be registered',
  'nccl-version-mismatch':
    'ranks load different builds of the collective library, versions of NCCL differ, image on one node older, built for another CUDA, wrong libnccl found first',
  'nccl-env-misconfig':
    'variables of the library set wrongly, environment variable, list of cards or ports handed to ranks, topology file, algorithm or protocol forced, differs between nodes, settings',
  'nccl-bug':
    'defect of the communication library release, leak in NCCL, library hangs or crashes on its own, installed release has a defect, copies between GPUs of one node, protocol, fixed in a later release',
  'framework-bug':
    'defect in torch, framework or trainer release, library writes or reads wrongly, known regression, wrapper, optimizer or launcher of that version',
  'launcher-rank-misconfig':
    'ranks counted wrongly, number by which processes announce themselves, world size, local rank used as global, device of its own, two ranks on one GPU, contexts on all GPUs, start script',
  'collective-mismatch':
    'ranks call different collectives or in another order, different counts or shapes, branch of the program depends on rank, another path through the program, waits in a different reduction',
  'uneven-data':
    'one rank has run out of batches, fewer samples, empty shard, left the loop early, others wait for a partner, last batch, dataset not divisible',
  'long-rank0-work-timeout':
    'one rank prepares data, tokenises, evaluates, downloads or saves while others wait at the barrier, patience over, longer than time-out, still at work',
  'gpu-oom':
    'model and batch need more memory than the cards offer, own use has outgrown the card, fragmentation, activations, longer sequences, out of memory on GPU',
  'host-oom':
    'memory of the hosts is used up, host memory runs out, kernel kills, limit of the job for memory, control group memory, workers, page cache, swap, out-of-memory killer',
  'loss-nan-numerics':
    'loss becomes NaN or diverges, half precision overflows, underflow, learning rate, scaling, division by zero, numerically unstable, gradient explodes',
  'dataloader-stall':
    'input pipeline too slow, reading or decoding samples starves GPUs, worker processes of the loader, garbage collection pauses, Python on the host, waits for data',
  'checkpoint-corruption':
    'checkpoint file truncated, process ended halfway through writing the file, incomplete save, damaged archive, parts missing, restored wrongly',
  'shm-too-small':
    'shared memory of the container too small, /dev/shm, segments of ranks that sit together, bus error, loader workers cannot share',
  'disk-full':
    'no room left, disk for caches or checkpoints full, quota used up, inodes, no space, store has no room for more files',
  'shared-fs-problem':
    'shared file system slow, stale or cached view of a file, NFS, Lustre, parallel file system, metadata server, lock, not the same folder on all nodes, race',
  'container-toolkit-misconfig':
    'container runtime does not hand in the GPUs, toolkit hook, device plugin, visible devices, runtime class, libraries of driver not mounted',
  'cgroup-device-loss':
    'container loses its GPUs while it runs, device rules of the control group rewritten, daemon reload, systemd, permission for device nodes taken away',
  'permission-misconfig':
    'file or folder belongs to another user, may not be read or written, root squash, ownership, mode, ssh keys, runtime directory, access denied',
  'cpu-affinity-misconfig':
    'processes bound to the wrong or same cores, core layout, CPU mask, NUMA, threads share one core, binding, scheduler gives few cores',
  'scheduler-action':
    'scheduler, site program or a person ends, kills or suspends the job on purpose, time limit, preempted, cancelled, maintenance, reservation, reaper, drained, requeue',
  'user-code-error':
    "the script's own mistake, exception, wrong argument, missing file or module, loads a snapshot onto the devices it was saved from, saves and loads different things, typo, import",
  'facility-fault':
    'power feed, circuit, room, rack, cooling, chilled water, supply in common, breaker, uplink outside the nodes, several machines at once',
};
