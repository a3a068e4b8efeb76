#!/bin/sh
# Wardround probe key: the forced command that lets a key read a node and nothing else.
#
# SSH_ORIGINAL_COMMAND must be one of the commands below, word by word; every other request is refused with exit code
# 126 and runs nothing. A command ends after a bounded time, and with the connection that asked for it. README.md
# beside this file says how to install it.

set -uf
LC_ALL=C
export LC_ALL
# Where the tools of system administrators are, which not every sshd gives to an ordinary user.
PATH=$PATH:/usr/local/bin:/usr/local/sbin:/usr/sbin:/sbin
export PATH
IFS=' '

request_chars_max=1024
# How long a command may run; a request that begins with `timeout -k 2 SECONDS` says so itself.
seconds_max=120
# The same for other people's tools under sudo, where nobody but root can end them. The sudoers file has this number.
root_seconds_max=60

# One extended regular expression a line, for a whole request, in quotes that are part of it. Written by
# `node infra/gate/generate-allow-list.ts` from the declared probes.
allow_list="
# allow-list begin
'cat /etc/docker/daemon\.json'
'cat /etc/nccl\.conf /proc/version'
'cat /etc/nvidia-container-runtime/config\.toml'
'cat /etc/resolv\.conf /etc/hosts'
'cat /proc/cmdline'
'cat /proc/diskstats'
'cat /proc/driver/nvidia/version'
'cat /proc/loadavg /proc/pressure/cpu /proc/pressure/io /proc/pressure/memory /sys/devices/system/cpu/online'
'cat /proc/meminfo'
'cat /proc/mounts'
'cat /proc/net/snmp /proc/net/netstat'
'cat /proc/self/mountstats'
'cat /proc/swaps'
'cat /proc/sys/fs/file-nr'
'cat /proc/vmstat'
'cat /sys/fs/lustre/health_check'
'chronyc -c tracking'
'curl -sS --max-time 10 --netrc-file /etc/wardround/bmc-netrc --cacert /etc/wardround/bmc-ca\.pem https://[A-Za-z0-9][A-Za-z0-9.:-]*/redfish/v1/Systems/[A-Za-z0-9][A-Za-z0-9._-]{0,63}'
'curl -sS --max-time 10 --netrc-file /etc/wardround/bmc-netrc --cacert /etc/wardround/bmc-ca\.pem https://[A-Za-z0-9][A-Za-z0-9.:-]*/redfish/v1/Systems/[A-Za-z0-9][A-Za-z0-9._-]{0,63}/LogServices/[A-Za-z0-9][A-Za-z0-9._-]{0,63}/Entries'
'dcgmi diag -r 1 -j'
'dcgmi dmon -e 100,140,150,155,203,1002,1004,1005 -c 5 -d 1000'
'dcgmi health -g 0 -c -j'
'df -P -i'
'df -P -k'
'dmesg --time-format iso --level emerg,alert,crit,err,warn'
'dpkg-query -W'
'ethtool -S [a-z][a-z0-9._-]{0,14}'
'ethtool [a-z][a-z0-9._-]{0,14}'
'getent ahosts [A-Za-z0-9][A-Za-z0-9.:-]*'
'grep -H \. /sys/bus/pci/devices/[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/aer_dev_correctable /sys/bus/pci/devices/[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/aer_dev_nonfatal /sys/bus/pci/devices/[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/aer_dev_fatal'
'grep -H \. /sys/kernel/mm/transparent_hugepage/enabled /proc/sys/vm/nr_hugepages'
'grep -H \. /sys/module/nvidia/version /sys/module/nvidia_uvm/version /sys/module/nvidia_peermem/version'
'grep -H oom_kill /proc/vmstat'
'grep -rH -e ENROOT_RESTRICT_DEV -e MELLANOX_VISIBLE_DEVICES -e NVIDIA_VISIBLE_DEVICES -e NVIDIA_DRIVER_CAPABILITIES -e pyxis -e include -e Linux /etc/enroot/enroot\.conf /etc/enroot/enroot\.conf\.d /etc/enroot/environ\.d /etc/slurm/plugstack\.conf /etc/slurm/plugstack\.conf\.d/pyxis\.conf /proc/version'
'grep -rH \. /sys/devices/system/cpu/cpufreq --include=scaling_governor --include=scaling_cur_freq --include=cpuinfo_max_freq'
'grep -rH \. /sys/devices/system/edac/mc --include=ce_count --include=ue_count'
'grep -viH -e password -e username -e auth -e token -e secret /etc/containerd/config\.toml /etc/containerd/conf\.d/99-nvidia\.toml /proc/version'
'iblinkinfo -l'
'ibqueryerrors'
'ibstat'
'ibv_devinfo -v'
'ip -o addr show'
'ip -o link show'
'ip -o neigh show'
'ip -o route show'
'ip -s -s link show'
'ipmitool -I lanplus -H [A-Za-z0-9][A-Za-z0-9.:-]* -U wardround -f /etc/wardround/bmc-password chassis status'
'ipmitool -I lanplus -H [A-Za-z0-9][A-Za-z0-9.:-]* -U wardround -f /etc/wardround/bmc-password sdr elist full'
'ipmitool -I lanplus -H [A-Za-z0-9][A-Za-z0-9.:-]* -U wardround -f /etc/wardround/bmc-password sel elist last 200'
'kubectl get node [a-z0-9][a-z0-9.-]{0,62} -o json'
'ls -l -L /etc/enroot/hooks\.d /etc/enroot/mounts\.d'
'ls -l /dev/infiniband'
'ls -l /dev/nvidia0 /dev/nvidiactl /dev/nvidia-uvm /dev/nvidia-uvm-tools /dev/nvidia-caps'
'ls -l /sys/class/infiniband /sys/class/net'
'ls -lnA --time-style=full-iso /dev/shm'
'ls /sys/class/iommu'
'lscpu -J'
'lsmod'
'nc -z -v -w 3 [A-Za-z0-9][A-Za-z0-9.:-]* [0-9]{1,5}'
'ntpq -pn'
'numactl --hardware'
'nv-fabricmanager --version'
'nvidia-container-cli -k info'
'nvidia-smi --query-compute-apps=gpu_uuid,pid,process_name,used_memory --format=csv,noheader,nounits'
'nvidia-smi --query-gpu=index,uuid,pci\.bus_id,clocks\.current\.sm,clocks\.max\.sm,clocks_(event|throttle)_reasons\.active,utilization\.gpu,power\.draw,power\.limit,temperature\.gpu --format=csv,noheader,nounits'
'nvidia-smi --query-gpu=index,uuid,pci\.bus_id,compute_mode --format=csv,noheader,nounits'
'nvidia-smi --query-gpu=index,uuid,pci\.bus_id,ecc\.errors\.corrected\.volatile\.total,ecc\.errors\.uncorrected\.volatile\.total,ecc\.errors\.uncorrected\.aggregate\.total --format=csv,noheader,nounits'
'nvidia-smi --query-gpu=index,uuid,pci\.bus_id,mig\.mode\.current,mig\.mode\.pending --format=csv,noheader,nounits'
'nvidia-smi --query-gpu=index,uuid,pci\.bus_id,pcie\.link\.gen\.current,pcie\.link\.gen\.max,pcie\.link\.width\.current,pcie\.link\.width\.max,utilization\.gpu --format=csv,noheader,nounits'
'nvidia-smi --query-gpu=index,uuid,pci\.bus_id,persistence_mode --format=csv,noheader,nounits'
'nvidia-smi --query-gpu=index,uuid,pci\.bus_id,power\.draw,power\.limit,enforced\.power\.limit,power\.default_limit,power\.max_limit,utilization\.gpu --format=csv,noheader,nounits'
'nvidia-smi --query-gpu=index,uuid,pci\.bus_id,temperature\.gpu,temperature\.memory --format=csv,noheader,nounits'
'nvidia-smi --query-gpu=index,uuid,pci\.bus_id,vbios_version,inforom\.img,driver_version,name --format=csv,noheader,nounits'
'nvidia-smi --query-remapped-rows=gpu_uuid,gpu_bus_id,remapped_rows\.correctable,remapped_rows\.uncorrectable,remapped_rows\.pending,remapped_rows\.failure --format=csv,noheader,nounits'
'nvidia-smi -L'
'nvidia-smi -q -d CLOCK'
'nvidia-smi -q -d PAGE_RETIREMENT'
'nvidia-smi -q -d PERFORMANCE'
'nvidia-smi nvlink --status'
'nvidia-smi nvlink -R'
'nvidia-smi nvlink -e'
'nvidia-smi topo -m'
'perfquery -x -C [a-z][a-z0-9_]{0,31} -P [0-9]{1,2}'
'ping -M do -c 2 -i 0\.2 -W 2 -s 8972 [A-Za-z0-9][A-Za-z0-9.:-]*'
'ping -c 3 -i 0\.2 -W 2 [A-Za-z0-9][A-Za-z0-9.:-]*'
'ps -eo pid,ppid,stat,wchan:32,etimes,comm'
'ps -eo pid,ppid,user,rss,etimes,comm --sort=-rss'
'rdma link show'
'rpm -qa'
'sacct -P -X -n --format=JobID,JobName,State,ExitCode,DerivedExitCode,Start,End,NodeList -S now-2days'
'scontrol -o show job'
'scontrol -o show node'
'scontrol -o show reservation'
'scontrol show config'
'scontrol show node [a-z0-9][a-z0-9.-]{0,62}'
'show_gids'
'squeue --json'
'ss -Hltn'
'sudo -n grep -rH \. /proc/fs/lustre/osc /proc/fs/lustre/mdc /sys/kernel/debug/lustre/osc /sys/kernel/debug/lustre/mdc --include=timeouts'
'sudo -n iptables -S'
'sudo -n lspci -vvv -d ::0604'
'sudo -n mlxlink -d [a-z][a-z0-9_]{3,15} -p [1-4]'
'sudo -n mlxlink -d [a-z][a-z0-9_]{3,15} -p [1-4] -m -c'
'sudo -n nft list ruleset'
'sudo -n nvme smart-log /dev/nvme[0-9]{1,2}n[0-9]{1,2} -o json'
'sudo -n wardround-job affinity'
'sudo -n wardround-job args'
'sudo -n wardround-job cgroup'
'sudo -n wardround-job devices'
'sudo -n wardround-job env'
'sudo -n wardround-job holders'
'sudo -n wardround-job libraries'
'sudo -n wardround-job limits'
'sudo -n wardround-job list'
'sudo -n wardround-job mounts'
'sudo -n wardround-job profile ([2-9]|1[0-9]|20)'
'sudo -n wardround-job stacks'
'sudo -n wardround-measure dcgm'
'sudo -n wardround-measure gemm ([0-9]|1[0-5])'
'sudo -n wardround-measure hbm ([0-9]|1[0-5])'
'sudo -n wardround-measure ib-client [a-z][a-z0-9_]{0,31} [A-Za-z0-9][A-Za-z0-9.:-]*'
'sudo -n wardround-measure ib-server [a-z][a-z0-9_]{0,31}'
'sudo -n wardround-measure nccl-pairwise'
'sudo -n wardround-measure nccl-ring'
'sudo -n wardround-measure nvlink'
'sudo -n wardround-measure pcie ([0-9]|1[0-5])'
'sudo -n wardround-measure storage (/[A-Za-z0-9_][A-Za-z0-9._-]{0,63}){1,8}'
'sysctl vm\.max_map_count vm\.swappiness kernel\.numa_balancing kernel\.pid_max net\.core\.somaxconn net\.ipv4\.ip_local_port_range net\.ipv4\.conf\.all\.rp_filter'
'systemctl is-active nvidia-fabricmanager'
'systemctl list-units --type=service --state=failed --no-legend --plain --no-pager'
'tail -n 200 /var/log/fabricmanager\.log'
'timedatectl timesync-status'
'timeout -k 1 5 stat -f -t /[A-Za-z0-9._/-]*'
'uname -srvm'
'wardround-space list'
# allow-list end
"

main() {
  request=${SSH_ORIGINAL_COMMAND-}
  [ "${#request}" -le "$request_chars_max" ] || refuse "the request is longer than $request_chars_max characters"
  case $request in
    '') refuse 'no request; this key reads a node and opens no shell' ;;
    *[!A-Za-z0-9\ _@%+=:,./-]*) refuse 'the request holds a character that no probe needs' ;;
  esac
  # Words only: globbing is off and the characters were checked above.
  # shellcheck disable=SC2086
  set -- $request
  if [ $# -gt 4 ] && [ "$1 $2 $3" = 'timeout -k 2' ]; then
    case $4 in *[!0-9]* | ????* | 0*) refuse 'timeout takes 1 to 999 seconds' ;; esac
    seconds_max=$4
    shift 4
  fi
  is_allowed "$@" || refuse 'the command is not on the list of this key'
  run "$@"
}

# What is not spelt out in the list does not run. Only patterns of the same tool are handed to grep, which takes its
# time over long ones.
is_allowed() {
  case ${1-} in
    '') return 1 ;;
    sudo) start="'$1 ${2-} ${3-}" ;;
    *) start="'$1" ;;
  esac
  patterns=''
  IFS='
'
  for pattern in $allow_list; do
    case $pattern in "$start"*) patterns="$patterns
$pattern" ;; esac
  done
  IFS=' '
  [ -n "$patterns" ] || return 1
  printf "'%s'\n" "$*" | grep -Eqx -e "${patterns#?}"
}

refuse() {
  printf 'wardround-probe: refused: %s\n' "$1" >&2
  exit 126
}

# Runs the command in a process group of its own (timeout makes it) and waits for it. Only the node's own scripts get
# the standard input: they end by themselves when it closes, which as root's processes nobody else could make them do.
run() {
  exec 3<&0
  input=/dev/null
  if [ "$1" = sudo ]; then
    case $3 in
      wardround-*) input=client ;;
      *)
        shift 2
        set -- sudo -n timeout -k 2 "$root_seconds_max" "$@"
        ;;
    esac
  fi
  command -v timeout >/dev/null 2>&1 && set -- timeout -k 2 "$seconds_max" "$@"
  if [ "$input" = client ]; then
    "$@" <&3 3<&- &
  else
    "$@" </dev/null 3<&- &
  fi
  command=$!
  trap 'kill -TERM "$command" 2>/dev/null' HUP INT TERM
  watch "$command" <&3 3<&- >/dev/null 2>&1 &
  watcher=$!
  exec 3<&-
  wait "$command"
  status=$?
  # A signal ends the waiting, not the command.
  while kill -0 "$command" 2>/dev/null; do
    wait "$command"
    status=$?
  done
  # What it started and did not wait for.
  kill -KILL "-$command" 2>/dev/null
  kill "$watcher" 2>/dev/null
  exit "$status"
}

# Ends the command when the client closes its standard input, or is gone. A client that offers no standard input at
# all (`ssh -n`) is told by its connection: sshd is the parent of the session's first process.
watch() {
  connection
  now
  began=$now
  client=$parent
  while read -r _; do :; done
  now
  if [ $((now - began)) -le 1 ]; then
    [ -n "$client" ] || return
    while connection && [ "$parent" = "$client" ]; do sleep 1; done
  fi
  kill -TERM "$1"
}

# Seconds, in `now`; those since the start of the machine where they are known, which nobody sets.
now() {
  { read -r now _ </proc/uptime; } 2>/dev/null || now=$(date +%s)
  now=${now%%.*}
}

# Process id of who opened this session, in `parent`; empty where there is no /proc. A session whose first process is
# gone, or is in another process namespace, is held by who started this script.
connection() {
  parent=''
  [ -r "/proc/$$/stat" ] || return 1
  fields_of "$$" || return 1
  fields_of "$session" || fields_of "$$"
}

# A process's name may hold blanks and brackets: what follows the last bracket is fields.
fields_of() {
  read -r line 2>/dev/null <"/proc/$1/stat" || return 1
  # shellcheck disable=SC2086
  set -- ${line##*) }
  parent=$2 session=$4
}

main "$@"
