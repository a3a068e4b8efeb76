#!/bin/sh
# Wardround job: reads the trainers of this node and who holds its GPUs, and changes nothing.
#
#     wardround-job list
#     wardround-job holders              processes that have a GPU open, of a job or not
#     wardround-job env|args|limits|affinity|devices|mounts|libraries|cgroup|stacks
#     wardround-job profile SECONDS      2 to 20
#
# A trainer is a process whose environment has RANK and WORLD_SIZE; launchers, wrapper shells and a trainer's own helpers,
# which inherit both, are not listed. README.md beside this file has the format. What is printed of a process is plain
# text: no line of it can begin with "==" or "!!", which are this script's own. Without the last line it was cut.

set -uf
LC_ALL=C
export LC_ALL
umask 077
IFS=' 
'

# More ranks than any node has GPUs, and more helpers than ranks have workers.
trainers_max=64
candidates_max=4096
# What one trainer and all of them may print, and how long reading may take altogether, besides a profile's seconds.
lines_max=2000
line_chars_max=4096
trainer_bytes_max=262144
bytes_max=3145728
# Processes that have GPUs open, times GPUs: monitoring holds all of them, helpers of a rank those of their rank.
holders_max=1024
ancestors_max=64
seconds_max=25
# One py-spy call; a dump takes a fraction of a second.
tool_seconds_max=10

fail() {
  printf 'wardround-job: %s\n' "$1" >&2
  exit "${2-1}"
}

main() {
  verb=${1-} seconds=0
  case $verb in
    list | holders | env | args | limits | affinity | devices | mounts | libraries | cgroup | stacks)
      [ $# -eq 1 ] || fail "$verb takes no argument" 64
      ;;
    profile)
      [ $# -eq 2 ] || fail 'profile takes a number of seconds' 64
      case $2 in [2-9] | 1[0-9] | 20) seconds=$2 ;; *) fail 'profile takes 2 to 20 seconds' 64 ;; esac
      ;;
    *) fail 'usage: wardround-job list|holders|env|args|limits|affinity|devices|mounts|libraries|cgroup|stacks|profile SECONDS' 64 ;;
  esac
  # Another user's trainers would be missing, which looks like a node without a job.
  [ "$(id -u)" -eq 0 ] || fail 'needs root' 77
  command -v timeout >/dev/null 2>&1 || fail 'timeout is missing' 69
  # sudo lets this variable not through.
  [ -n "${WARDROUND_JOB_STEP-}" ] || bounded "$@"
  ends=$(($(up_seconds) + seconds_max + seconds))
  folder='' recordings=''
  trap leave EXIT
  # A reader that is gone (PIPE) would leave the recordings' folder behind.
  trap 'exit 143' HUP INT TERM PIPE
  if [ "$verb" = holders ]; then
    holders
    exit
  fi
  trainers=$(find_trainers) || exit 1
  if [ "$verb" = list ]; then list; else read_all; fi
}

# Who reads a process that hangs may hang himself, and what root runs nobody else can end: this script once more, with a
# deadline for all of it, which ends with the standard input of who asked.
bounded() {
  exec 3<&0
  WARDROUND_JOB_STEP=1 timeout -k 2 $((seconds_max + seconds + tool_seconds_max)) /bin/sh "$0" "$@" </dev/null 3<&- &
  reading=$!
  trap 'kill -TERM "$reading" 2>/dev/null' HUP INT TERM
  watch <&3 3<&- >/dev/null 2>&1 &
  watcher=$!
  exec 3<&-
  wait "$reading"
  status=$?
  # A signal ends the waiting, not the reading.
  while kill -0 "$reading" 2>/dev/null; do
    wait "$reading"
    status=$?
  done
  kill "$watcher" 2>/dev/null
  exit "$status"
}

# An input that was closed from the start (`ssh -n`) says nothing of who asked.
watch() {
  began=$(up_seconds)
  while read -r _; do :; done
  [ $(($(up_seconds) - began)) -le 1 ] || kill -TERM "$reading"
}

# Since the start of the machine: nobody sets that clock.
up_seconds() {
  cut -d . -f 1 /proc/uptime
}

leave() {
  # Recordings that still run; each has its own deadline too.
  for recording in $recordings; do kill "${recording#*/}" 2>/dev/null; done
  [ -z "$folder" ] || rm -rf -- "$folder"
}

# ---- trainers

# "<pid> <rank> <local rank> <world size> <start> <comm>" a line, by ascending pid; "-" for a local rank that is not said.
find_trainers() {
  set +f
  found=$(printf '%s\n' /proc/[0-9]*/environ | xargs grep -slz -e '^RANK=[0-9]' 2>/dev/null | cut -d / -f 3 | sort -n)
  set -f
  # shellcheck disable=SC2086
  set -- $found
  [ $# -le "$candidates_max" ] || fail "more than $candidates_max processes have a rank"
  table=$(for pid in "$@"; do candidate "$pid"; done | without_helpers)
  [ "$(printf '%s\n' "$table" | wc -l)" -le "$trainers_max" ] || fail "more than $trainers_max trainers"
  printf '%s' "$table"
}

# "<pid> <parent> <rank> <local rank> <world size> <start> <resident pages> <comm>", or nothing.
candidate() {
  read_stat "$1" || return 0
  ranks=$(environment "$1" | awk '
    { at = index($0, "="); name = substr($0, 1, at - 1); value = substr($0, at + 1) }
    (name == "RANK" || name == "LOCAL_RANK" || name == "WORLD_SIZE") && !(name in said) {
      said[name] = (value ~ /^[0-9]+$/ && length(value) <= 7) ? value : "-" }
    END {
      if (!("LOCAL_RANK" in said)) said["LOCAL_RANK"] = "-"
      if (said["RANK"] ~ /^[0-9]/ && said["WORLD_SIZE"] ~ /^[0-9]/) print said["RANK"], said["LOCAL_RANK"], said["WORLD_SIZE"]
    }')
  [ -n "$ranks" ] || return 0
  comm=$({ one_word <"/proc/$1/comm"; } 2>/dev/null)
  printf '%s %s %s %s %s %s\n' "$1" "$parent" "$ranks" "$start" "$resident" "${comm:--}"
}

# Parent, start in clock ticks after boot, and resident pages. The name may hold anything, so count from its end.
read_stat() {
  stat=$(tr -d '\0' 2>/dev/null <"/proc/$1/stat") 2>/dev/null || return 1
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  [ $# -ge 22 ] && [ "$1" != Z ] && [ "$1" != X ] || return 1
  parent=$2 start=${20} resident=${22}
}

# One setting a line; a line break inside of a value becomes "?".
environment() {
  head -c 1048576 "/proc/$1/environ" 2>/dev/null | tr '\n\0' '?\n'
}

one_word() {
  head -c 64 | tr -d '\n' | tr -c 'A-Za-z0-9_.:/+@-' '?'
}

# Children inherit the environment. The trainer is below launchers and wrapper shells, and above its own workers.
without_helpers() {
  awk '
    { parent[$1] = $2; job[$1] = $3 " " $5; place[$1] = $4; pages[$1] = $7; comm[$1] = $8; order[++n] = $1
      out[$1] = $1 " " $3 " " $4 " " $5 " " $6 " " $8 }
    function wraps(name) {
      return name ~ /^(sh|bash|dash|ash|zsh|ksh|env|sudo|tini|dumb-init|timeout|numactl|nsys|ncu|strace|srun|mpirun|orterun|torchrun|accelerate|deepspeed)$/
    }
    END {
      for (i = 1; i <= n; i++) {
        pid = order[i]
        steps = 0
        for (above = parent[pid]; above in parent && steps < 64; above = parent[above]) {
          steps++
          if (place[above] == "-" && place[pid] != "-") launcher[above] = 1
          else if (job[above] != job[pid] || place[above] != place[pid]) continue
          else if (wraps(comm[above])) { launcher[above] = 1; under[pid] = above }
          else helper[pid] = 1
        }
      }
      # Of several programs that one wrapper started for a rank, the trainer is the one that holds most memory.
      for (i = 1; i <= n; i++) {
        pid = order[i]
        if (!(pid in under) || pid in helper || pid in launcher) continue
        top = under[pid] " " job[pid]
        if (!(top in largest) || pages[pid] > pages[largest[top]]) largest[top] = pid
      }
      for (i = 1; i <= n; i++) {
        pid = order[i]
        if (!(pid in helper) && !(pid in launcher) && !(pid in under && largest[under[pid] " " job[pid]] != pid)) print out[pid]
      }
    }'
}

each_trainer() {
  printf '%s\n' "$trainers" | sed '/^$/d'
}

end() {
  printf '== end trainers=%s\n' "$(each_trainer | wc -l | tr -d ' ')"
}

list() {
  boot=$(awk '$1 == "btime" { print $2 }' /proc/stat)
  ticks=$(getconf CLK_TCK 2>/dev/null || printf 100)
  printf 'pid rank local_rank world_size user started comm\n'
  each_trainer | while read -r pid rank local world start comm; do
    user=$(stat -c %U "/proc/$pid" 2>/dev/null | one_word)
    printf '%s %s %s %s %s %s %s\n' "$pid" "$rank" "$local" "$world" "${user:--}" $((boot + start / ticks)) "$comm"
  done
  end
}

read_all() {
  # What py-spy writes goes through files, so that it can be looked at before it is passed on.
  case $verb in
    stacks | profile) folder=$(mktemp -d "${TMPDIR:-/tmp}/wardround-job.XXXXXX") || fail 'no temporary folder' ;;
  esac
  [ "$verb" != profile ] || record_all
  total=0
  while read -r pid rank local _world born _comm; do
    [ -n "$pid" ] || continue
    printf '== pid=%s rank=%s local_rank=%s\n' "$pid" "$rank" "$local"
    text='!! not read: time was up'
    [ "$(up_seconds)" -ge "$ends" ] || text=$(text_of_"$verb" "$pid" 2>/dev/null </dev/null)
    # A pid that another process has by now is as good as gone.
    { read_stat "$pid" && [ "$start" = "$born" ]; } || text='!! gone'
    total=$((total + ${#text}))
    [ "$total" -le "$bytes_max" ] || fail 'the output is too long'
    [ -z "$text" ] || printf '%s\n' "$text"
  done <<END
$trainers
END
  end
}

# ---- holders of GPUs

# The driver makes a device node for each GPU: /dev/nvidia0 and so on, by the minor number, which is not nvidia-smi's index.
gpu_device=${WARDROUND_GPU_DEVICE:-/dev/nvidia}
gpu_information=${WARDROUND_GPU_INFORMATION:-/proc/driver/nvidia/gpus}

# A line for each process and GPU, by ascending pid. "job" is the number of a Slurm job, of one that has ended too, or what
# else the process belongs to; "runs" says whether that job still has a daemon on the node, "-" where Slurm cannot say.
holders() {
  found=$(open_gpus) || exit 1
  boards=$(board_addresses)
  rows=$(printf '%s\n' "$found" | while read -r pid minor; do
    [ -z "$pid" ] || holder "$pid" "$minor"
  done)
  printf 'pid start_ticks user comm gpu job runs\n'
  printf '%s\n' "$rows" | sed '/^$/d'
  printf '== end holders=%s\n' "$(printf '%s\n' "$rows" | sed '/^$/d' | wc -l | tr -d ' ')"
}

# "<pid> <minor>" a line. What a process has open is listed first; a file's name can hold anything, so each is looked up again.
open_gpus() {
  set +f
  listed=$(printf '%s\n' /proc/[0-9]*/fd | xargs ls -l 2>/dev/null | awk -v device="$gpu_device" '
    /^\/proc\/[0-9]+\/fd:$/ { split($0, part, "/"); pid = part[3]; next }
    (at = index($0, " -> " device)) == 0 { next }
    {
      minor = substr($0, at + 4 + length(device)); fd = substr($0, 1, at - 1); sub(/.* /, "", fd)
      if (minor ~ /^[0-9]+$/ && length(minor) <= 3 && fd ~ /^[0-9]+$/ && !((pid, minor) in seen)) {
        seen[pid, minor] = 1; print pid, minor, fd } }' | sort -n -k 1,1 -k 2,2)
  set -f
  [ "$(printf '%s\n' "$listed" | wc -l)" -le "$holders_max" ] || fail "more than $holders_max open GPUs"
  printf '%s\n' "$listed" | while read -r pid minor fd; do
    [ -n "$pid" ] && [ "$(readlink "/proc/$pid/fd/$fd" 2>/dev/null)" = "$gpu_device$minor" ] || continue
    printf '%s %s\n' "$pid" "$minor"
  done
}

# "<minor> <address on the bus>" a line, as the driver tells it.
board_addresses() {
  set +f
  printf '%s\n' "$gpu_information"/*/information | xargs -r cat 2>/dev/null | awk -F ':[ \t]+' '
    $1 == "Bus Location" { at = $2 } $1 == "Device Minor" && at ~ /^[0-9A-Fa-f:.]+$/ { print $2, at; at = "" }'
  set -f
}

holder() {
  read_stat "$1" || return 0
  born=$start
  user=$(stat -c %U "/proc/$1" 2>/dev/null | one_word)
  comm=$({ one_word <"/proc/$1/comm"; } 2>/dev/null)
  board=$(printf '%s\n' "$boards" | awk -v minor="$2" '$1 == minor { print $2; exit }')
  job_of "$1"
  printf '%s %s %s %s %s %s %s\n' "$1" "$born" "${user:--}" "${comm:--}" "${board:-minor-$2}" "$job" "$runs"
}

job_of() {
  job=- runs=no
  groups=$(head -c 65536 "/proc/$1/cgroup" 2>/dev/null)
  # A process that left its parents is in the group of its job all the same.
  number=$(printf '%s\n' "$groups" | grep -Eo 'slurm.*/job_[0-9]{1,10}' | head -n 1)
  if [ -n "$number" ]; then
    job=${number##*/job_}
    if has_step_daemon "$job"; then runs=yes; fi
  fi
  walk=$1 count=0
  while [ "$runs" = no ] && [ "$walk" -gt 1 ] && [ "$count" -lt "$ancestors_max" ]; do
    read_stat "$walk" || break
    if [ "$(head -c 16 "/proc/$walk/comm" 2>/dev/null)" = slurmstepd ]; then
      # It calls itself "slurmstepd: [4242.batch]".
      number=$(head -c 256 "/proc/$walk/cmdline" 2>/dev/null | tr '\0' ' ' | sed -n 's/^slurmstepd: \[\([0-9]\{1,10\}\)[.].*/\1/p')
      job=${number:-$job} runs=yes
    fi
    walk=$parent
    count=$((count + 1))
  done
  [ "$job" = - ] && [ "$runs" = no ] || return 0
  case $groups in
    *kubepods*) job=pod runs=- ;;
    *docker* | *containerd* | *libpod* | *crio-*) job=container runs=- ;;
  esac
}

has_step_daemon() {
  set +f
  printf '%s\n' /proc/[0-9]*/comm | xargs grep -slx slurmstepd 2>/dev/null | sed 's|/comm$|/cmdline|' |
    xargs -r grep -slF "[$1." 2>/dev/null | grep -q .
  said=$?
  set -f
  return "$said"
}

# ---- texts

# Printable characters, tabs and line breaks only, in lines that can't be taken for this script's own; never without end.
plain() {
  head -c "$trainer_bytes_max" | tr -c '\n\t -~' '?' | awk -v lines="$lines_max" -v chars="$line_chars_max" '
    NR > lines { cut = 1; exit }
    # user:password@ of an address
    { while (match($0, /:\/\/[^\/@ ?*]+@/)) $0 = substr($0, 1, RSTART + 2) "***@" substr($0, RSTART + RLENGTH) }
    /^(==|!!)/ { $0 = " " $0 }
    length($0) > chars { $0 = substr($0, 1, chars) "..." }
    { print }
    END { if (cut) print "!! cut after " lines " lines" }'
}

# Names and values of the settings that training depends on. Whatever else stands there may be secret and is not shown.
text_of_env() {
  environment "$1" | awk '
    { at = index($0, "="); if (at < 2) next; name = substr($0, 1, at - 1) }
    name !~ /^[A-Za-z_][A-Za-z0-9_]*$/ || name in seen { next }
    name ~ /^(NCCL|CUDA|NVIDIA|TORCH|PYTORCH|OMP|MKL|UCX|GLOO|FI|IBV|KMP)_/ ||
    name ~ /^(MASTER_ADDR|MASTER_PORT|RANK|LOCAL_RANK|WORLD_SIZE|LOCAL_WORLD_SIZE|GROUP_RANK|LD_LIBRARY_PATH|LD_PRELOAD)$/ ||
    name ~ /^(SLURM_(JOB_ID|NODEID|PROCID|LOCALID|NTASKS|JOB_NODELIST|CPUS_PER_TASK)|HYDRA_FULL_ERROR|TOKENIZERS_PARALLELISM)$/ {
      seen[name] = 1
      if (name ~ /TOKEN|KEY|SECRET|PASSW|CREDENTIAL|AUTH/ && name !~ /^TOKENIZERS_/) print name "=***"
      else print
    }' | sort | plain
}

# The words of the command line. What follows an option that is named like a secret is not shown.
text_of_args() {
  head -c 131072 "/proc/$1/cmdline" 2>/dev/null | tr '\n\0' '?\n' | awk '
    function secret(name) { return tolower(name) ~ /token|key|secret|passw|credential/ }
    hidden && !/^--/ { print "***"; hidden = 0; next }
    { hidden = 0 }
    { at = index($0, "="); name = at > 1 ? substr($0, 1, at - 1) : $0 }
    at > 1 && name ~ /^[-+A-Za-z0-9_.\/]+$/ && secret(name) { print name "=***"; next }
    /^-/ && at == 0 && secret(name) { hidden = 1 }
    { print }' | plain
}

text_of_limits() {
  plain <"/proc/$1/limits"
}

text_of_affinity() {
  for field in Cpus_allowed_list Mems_allowed_list Threads; do grep "^$field:" "/proc/$1/status"; done | plain
}

text_of_devices() {
  # Links are not followed; names with odd characters are no devices of ours. A namespace may hold a file server that is gone.
  timeout -k 2 5 find "/proc/$1/root/dev" -maxdepth 2 ! -type d ! -name '*[!A-Za-z0-9._-]*' \
    \( -path "/proc/$1/root/dev/nvidia*" -o -path "/proc/$1/root/dev/infiniband/*" \) -exec stat -c '%n %A %u %g %t %T' {} + |
    head -n "$lines_max" | while read -r name mode uid gid major minor; do
      printf '%s %s %s %s %s:%s\n' "${name#/proc/[0-9]*/root/dev/}" "$mode" "$uid" "$gid" $((0x$major)) $((0x$minor))
    done | sort | plain
}

text_of_mounts() {
  awk '
    { type = ""; for (i = 7; i < NF; i++) if ($i == "-") { type = $(i + 1); break } }
    $5 == "/" || $5 == "/dev/shm" || $5 == "/tmp" ||
    type ~ /^(nfs|nfs4|lustre|gpfs|beegfs|beegfs_nodev|ceph|cifs|smb3|wekafs|9p|virtiofs|glusterfs|pvfs2|orangefs|panfs|afs)$/ ||
    type ~ /^fuse[.]/ { print }' "/proc/$1/mountinfo" | plain
  shm=/proc/$1/root/dev/shm
  [ ! -h "/proc/$1/root/dev" ] && [ ! -h "$shm" ] || shm=''
  timeout -k 2 5 stat -f -c '%S %b %f' "$shm" |
    awk '$1 > 0 { printf "shm %d %d\n", $1 * $2 / 1024, $1 * ($2 - $3) / 1024; said = 1 }
         END { if (!said) print "!! /dev/shm cannot be read" }'
}

# The kernel names the files themselves, so a path in the maps has no links left in it.
text_of_libraries() {
  awk '
    (at = index($0, "/")) == 0 { next }
    { path = substr($0, at); gone = sub(/ \(deleted\)$/, "", path); gsub(/ /, "\\040", path); base = path; sub(/.*\//, "", base) }
    path in seen || base !~ /^lib(nccl|cuda|cublas|ibverbs|mlx5|fabric|torch_cuda|ucp|nvidia-ml)/ { next }
    { seen[path] = 1; print path, (gone ? "(deleted)" : path) }' "/proc/$1/maps" | sort | plain
}

text_of_stacks() {
  has_py_spy || return 0
  timeout -k 2 "$tool_seconds_max" py-spy dump --pid "$1" --nonblocking >"$folder/$1.out" 2>"$folder/$1.err"
  said=$?
  # The line with the command line may hold secrets and line breaks: only its pid stays.
  awk 'NR == 1 && /^Process [0-9]+:/ { print $1, $2, "***"; skip = 1; next }
       skip && /^Python v[0-9]/ { skip = 0 }
       !skip { print }' "$folder/$1.out" | plain
  [ "$said" -eq 0 ] || tool_failed "$said" "$folder/$1.err"
}

# All at once, so that ranks that wait for each other are seen in the same seconds. Without --idle, py-spy leaves out the
# samples in which a thread waits, and a rank that waits for its data would be seen at work only.
record_all() {
  has_py_spy >/dev/null || return 0
  for pid in $(each_trainer | cut -d ' ' -f 1); do
    timeout -k 2 $((seconds + tool_seconds_max)) py-spy record --pid "$pid" --duration "$seconds" --rate 50 --format raw \
      --idle --nonblocking -o "$folder/$pid.out" >/dev/null 2>"$folder/$pid.err" </dev/null &
    recordings="$recordings $pid/$!"
  done
  for recording in $recordings; do
    wait "${recording#*/}"
    printf '%s' $? >"$folder/${recording%/*}.said"
  done
  recordings=''
}

# Helper threads, which mostly wait, begin in threading.py; the main thread and those of autograd do not. From 0.4 on,
# py-spy names methods with their class.
text_of_profile() {
  has_py_spy || return 0
  [ ! -r "$folder/$1.out" ] || awk '!/^(Thread\.)?_bootstrap \(threading\.py/' "$folder/$1.out" | plain
  said=$(cat "$folder/$1.said" 2>/dev/null || printf 1)
  [ "$said" -eq 0 ] || tool_failed "$said" "$folder/$1.err"
}

tool_failed() {
  case $1 in
    124 | 137) printf '!! py-spy was ended after its time\n' ;;
    *) printf '!! py-spy: %s\n' "$(head -n 1 "$2" | tr -c '\n -~' '?' | cut -c 1-200)" ;;
  esac
}

has_py_spy() {
  command -v py-spy >/dev/null 2>&1 || { printf '!! missing: py-spy is not installed\n' && return 1; }
}

# ---- control groups

text_of_cgroup() {
  tree=/sys/fs/cgroup
  memory=$(group_of "$1" memory)
  if [ -n "$memory" ]; then
    if in_tree "$tree/memory" "$memory"; then group_v1 "$1" "$memory"; return; fi
  else
    [ ! -d "$tree/unified" ] || tree=$tree/unified
    own=$(group_of "$1" '')
    if in_tree "$tree" "$own"; then group_v2 "$own"; return; fi
  fi
  printf '!! the control group cannot be read\n'
}

# The path of a process in the hierarchy of a controller; that of version 2 has no name.
group_of() {
  awk -F: -v name="$2" '(name == "" && $1 == 0 && $2 == "") || (name != "" && ("," $2 ",") ~ ("," name ",")) {
    sub(/^[^:]*:[^:]*:/, ""); print; exit }' "/proc/$1/cgroup"
}

in_tree() {
  case $2 in /*) ;; *) return 1 ;; esac
  case $2/ in */../*) return 1 ;; esac
  [ -d "$1$2" ]
}

value_of() {
  head -n 1 "$1" 2>/dev/null | tr -cd '0-9a-z ,\n-'
}

figures() {
  group=$1
  shift
  for name in "$@"; do
    value=$(value_of "$group/$name")
    [ -z "$value" ] || printf '%s %s\n' "$name" "$value"
  done
}

oom_kills() {
  awk '$1 == "oom_kill" { print "memory.events.oom_kill", $2 }' "$1"
}

# A limit often stands above the group of the process itself: memory is that of the group on the way up which has
# least room, tasks and processor time those of the nearest group with a limit.
group_v2() {
  up=$1
  tightest=$1 room='' tasks='' quota='' cpus=''
  while :; do
    max=$(value_of "$tree$up/memory.max") now=$(value_of "$tree$up/memory.current")
    case $max$now in
      '' | *[!0-9]*) ;;
      *) if [ -z "$room" ] || [ $((max - now)) -lt "$room" ]; then room=$((max - now)) tightest=$up; fi ;;
    esac
    [ -n "$tasks" ] || case $(value_of "$tree$up/pids.max") in '' | max) ;; *) tasks=$up ;; esac
    [ -n "$quota" ] || case $(value_of "$tree$up/cpu.max") in '' | max*) ;; *) quota=$up ;; esac
    [ -n "$cpus" ] || cpus=$(value_of "$tree$up/cpuset.cpus.effective")
    [ -n "${up#/}" ] || break
    up=${up%/*}
    up=${up:-/}
  done
  printf 'path %s\n' "$tightest" | plain
  figures "$tree$tightest" memory.max memory.current memory.high
  figures "$tree${tasks:-$1}" pids.max pids.current
  figures "$tree${quota:-$1}" cpu.max
  [ -z "$cpus" ] || printf 'cpuset.cpus.effective %s\n' "$cpus"
  oom_kills "$tree$tightest/memory.events"
}

group_v1() {
  printf 'path %s\n' "$2" | plain
  # The limit that applies, of the group or of one above it; the kernel's "none" is a number close to 2^63.
  max=$(awk '$1 == "hierarchical_memory_limit" { print $2 }' "$tree/memory$2/memory.stat")
  [ "${#max}" -lt 19 ] || max=max
  printf 'memory.max %s\nmemory.current %s\n' "${max:-max}" "$(value_of "$tree/memory$2/memory.usage_in_bytes")"
  figures "$tree/pids$(group_of "$1" pids)" pids.max pids.current
  group=$tree/cpu$(group_of "$1" cpu)
  quota=$(value_of "$group/cpu.cfs_quota_us")
  case $quota in '' | -*) quota=max ;; esac
  printf 'cpu.max %s %s\n' "$quota" "$(value_of "$group/cpu.cfs_period_us")"
  cpus=$(value_of "$tree/cpuset$(group_of "$1" cpuset)/cpuset.effective_cpus")
  [ -z "$cpus" ] || printf 'cpuset.cpus.effective %s\n' "$cpus"
  oom_kills "$tree/memory$2/memory.oom_control"
}

main "$@"
