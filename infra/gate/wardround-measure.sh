#!/bin/sh
# Wardround measure: runs one measurement of an idle device and leaves nothing behind.
#
#     wardround-measure gemm <gpu>              tensor throughput of a GPU
#     wardround-measure hbm <gpu>               its memory's bandwidth
#     wardround-measure pcie <gpu>              from host memory to it
#     wardround-measure nvlink                  between each two GPUs
#     wardround-measure nccl-ring               all-reduce over the node's GPUs
#     wardround-measure nccl-pairwise           send and receive between neighbours
#     wardround-measure dcgm                    the second level of DCGM's diagnostic
#     wardround-measure ib-server <hca>         waits for one client, some seconds long
#     wardround-measure ib-client <hca> <peer>  writes to the server on the other node
#     wardround-measure storage <directory>     writes, reads back and compares 1 GiB
#
# One measurement at a time on a node, and only while no process uses the GPUs that it needs. It ends when its time is
# up, when its standard input closes, and on signals. Exit codes: 64 not understood, 69 something is missing, 75 busy
# (in these nothing ran); else that of the tool, 124 when its time was up.

set -uf
LC_ALL=C
export LC_ALL
umask 077
IFS=' '

# sudo lets none of these variables through.
run_dir=${WARDROUND_RUN_DIR:-/run/wardround}
storage_mib=${WARDROUND_MEASURE_MIB:-1024}
ask_seconds_max=20

main() {
  # The group that runs the tool is this script once more.
  if [ -n "${WARDROUND_MEASURE_STEP-}" ]; then
    step "$@"
    exit
  fi
  plan "$@"
  command -v "$tool" >/dev/null 2>&1 || stop 69 "missing: $tool is not installed"
  reserve
  require_idle
  [ -z "$file" ] || require_room "$2"
  run "$@"
}

stop() {
  printf 'wardround-measure: %s\n' "$2" >&2
  exit "$1"
}

# What a request needs: tool, device as it is shown, GPUs (`all` or one) that must be idle, seconds.
plan() {
  gpus=all file=''
  case ${1-} in
    gemm) one_gpu "$@" && tool=dcgmproftester12 seconds_max=50 ;;
    hbm | pcie) one_gpu "$@" && tool=nvbandwidth seconds_max=50 ;;
    nvlink) [ $# -eq 1 ] && tool=nvbandwidth device=gpus seconds_max=110 ;;
    nccl-ring) [ $# -eq 1 ] && tool=all_reduce_perf device=gpus seconds_max=110 ;;
    nccl-pairwise) [ $# -eq 1 ] && tool=sendrecv_perf device=gpus seconds_max=110 ;;
    dcgm) [ $# -eq 1 ] && tool=dcgmi device=gpus seconds_max=110 ;;
    ib-server) [ $# -eq 2 ] && is_hca "$2" && tool=ib_write_bw device=$2 seconds_max=40 ;;
    ib-client) [ $# -eq 3 ] && is_hca "$2" && is_host "$3" && tool=ib_write_bw device=$2 seconds_max=30 ;;
    storage) [ $# -eq 2 ] && is_directory "$2" && tool=openssl device=$2 seconds_max=110 file=$2/.wardround-measure.$$ ;;
    *) false ;;
  esac || stop 64 "invalid: not a measurement, or not its arguments: $(printf %.100s "$*" | tr -c 'A-Za-z0-9 _./-' '?')"
}

one_gpu() {
  [ $# -eq 2 ] || return 1
  case $2 in [0-9] | 1[0-5]) gpus=$2 device=gpu$2 ;; *) return 1 ;; esac
}

is_hca() {
  case $1 in [!a-z]* | '' | *[!a-z0-9_]*) return 1 ;; esac
  [ "${#1}" -le 32 ]
}

is_host() {
  case $1 in [!A-Za-z0-9]* | '' | *[!A-Za-z0-9.:-]*) return 1 ;; esac
  [ "${#1}" -le 253 ]
}

# An absolute path of ordinary characters to a directory, of which no part is a link.
is_directory() {
  case $1 in [!/]* | '' | / | *[!A-Za-z0-9._/-]*) return 1 ;; esac
  [ "${#1}" -le 255 ] && [ -d "$1" ] && [ "$(cd -P -- "$1" 2>/dev/null && pwd -P)" = "$1" ]
}

# The lock is the kernel's: it goes with the last process of the measurement.
reserve() {
  for each in flock setsid timeout; do
    command -v "$each" >/dev/null 2>&1 || stop 69 "missing: $each is not installed"
  done
  mkdir -p "$run_dir" && [ -d "$run_dir" ] && [ ! -h "$run_dir" ] && [ -O "$run_dir" ] ||
    stop 69 "missing: $run_dir cannot be used"
  exec 9>"$run_dir/measure.lock" || stop 69 "missing: $run_dir cannot be written"
  flock -n 9 || stop 75 'busy: reserved by another measurement'
}

# A node without nvidia-smi has no GPU that could be busy; what measures GPUs needs it.
require_idle() {
  gpu_count=0
  if ! command -v nvidia-smi >/dev/null 2>&1; then
    case $tool in ib_write_bw | openssl) return ;; esac
    stop 69 'missing: nvidia-smi is not installed'
  fi
  list=$(smi --query-gpu=index,uuid) && apps=$(smi --query-compute-apps=gpu_uuid,pid) ||
    stop 69 'missing: nvidia-smi does not answer'
  verdict=$(printf '%s\n--\n%s\n' "$list" "$apps" | awk -F ', *' -v wanted="$gpus" '
    $0 == "--" { second = 1; next }
    !second && NF == 2 { index_of[$2] = $1; count++; if ($1 == wanted) known = 1; next }
    second && NF == 2 && $2 ~ /^[0-9]+$/ { used[index_of[$1]]++ }
    END {
      if (wanted != "all" && !known) { print "absent"; exit }
      for (gpu = 0; gpu < 16; gpu++) if (used[gpu] && (wanted == "all" || wanted == gpu)) {
        printf "GPU %d is used by %d %s\n", gpu, used[gpu], used[gpu] == 1 ? "process" : "processes"; exit
      }
      print "idle", count
    }')
  case $verdict in
    'idle '*) gpu_count=${verdict#idle } ;;
    absent) stop 64 "invalid: this node has no GPU $gpus" ;;
    *) stop 75 "busy: $verdict" ;;
  esac
}

# Twice the file: a measurement must not be what fills a file system. What a machine that died left behind goes.
require_room() {
  find "$1" -maxdepth 1 -type f -name '.wardround-measure.*' -user "$(id -u)" -mmin +60 -exec rm -f -- {} + 2>/dev/null
  free_kib=$(df -Pk -- "$1" 2>/dev/null | awk 'NR == 2 { print $4 }')
  [ "${free_kib:-0}" -ge $((storage_mib * 2048)) ] || stop 69 "missing: $((storage_mib * 2)) MiB of room in $1"
}

smi() {
  timeout -k 2 "$ask_seconds_max" nvidia-smi "$1" --format=csv,noheader </dev/null 9>&-
}

# The tool runs in a session of its own, so that all that it starts can be ended together.
run() {
  printf '== measure %s tool=%s device=%s\n' "$*" "$tool" "$device"
  began=$(up_seconds)
  exec 3<&0
  WARDROUND_MEASURE_STEP=1 setsid timeout -k 2 "$seconds_max" /bin/sh "$0" "$@" "$gpu_count" "$file" </dev/null 3<&- &
  group=$!
  trap 'end_group' HUP INT TERM
  watch <&3 3<&- 9>&- >/dev/null 2>&1 &
  watcher=$!
  exec 3<&-
  wait "$group"
  status=$?
  while kill -0 "$group" 2>/dev/null; do
    wait "$group"
    status=$?
  done
  trap '' HUP INT TERM
  kill "$watcher" 2>/dev/null
  sweep
  printf '== end exit=%s seconds=%s\n' "$status" "$(($(up_seconds) - began))"
  exit "$status"
}

# Since the start of the machine: nobody sets that clock.
up_seconds() {
  cut -d . -f 1 /proc/uptime 2>/dev/null || date +%s
}

# Standard input is the leash: whoever asked holds the other end, and lets go when it is cancelled, killed or cut off.
watch() {
  while read -r _; do :; done
  end_group
  # The script itself may have been killed: nobody else would clear up.
  for _ in 1 2 3 4; do
    kill -0 "$group" 2>/dev/null || break
    sleep 1
  done
  sweep
}

# timeout passes it on to all of its group and kills what is left two seconds later.
end_group() {
  kill -TERM "$group" 2>/dev/null
}

sweep() {
  kill -KILL "-$group" 2>/dev/null
  [ -z "$file" ] || rm -f -- "$file"
}

# What runs in the group: the request, how many GPUs there are, and the file of a storage measurement.
step() {
  unset WARDROUND_MEASURE_STEP
  CUDA_DEVICE_ORDER=PCI_BUS_ID
  export CUDA_DEVICE_ORDER
  case $1 in
    gemm) CUDA_VISIBLE_DEVICES=$2 exec dcgmproftester12 --no-dcgm-validation -t 1004 -d 10 ;;
    hbm) CUDA_VISIBLE_DEVICES=$2 exec nvbandwidth -t device_local_copy ;;
    pcie) CUDA_VISIBLE_DEVICES=$2 exec nvbandwidth -t host_to_device_memcpy_ce ;;
    nvlink) exec nvbandwidth -t device_to_device_memcpy_read_ce ;;
    nccl-ring) exec all_reduce_perf -b 8M -e 1G -f 2 -g "$2" ;;
    nccl-pairwise) pairwise "$2" ;;
    # DCGM's host engine runs the tests; dcgmi has it stop them when it is told to end.
    dcgm) exec dcgmi diag -r 2 -j ;;
    ib-server) exec ib_write_bw -d "$2" -D 5 --report_gbits ;;
    ib-client) exec ib_write_bw -d "$2" -D 5 --report_gbits "$3" ;;
    storage) storage "$4" ;;
  esac
}

pairwise() {
  worst=0 first=0
  while [ "$first" -lt "$1" ]; do
    second=$(((first + 1) % $1))
    # Of two GPUs the way back is the same pair.
    [ "$1" -eq 2 ] && [ "$first" -eq 1 ] && break
    printf '== pair %s %s\n' "$first" "$second"
    CUDA_VISIBLE_DEVICES=$first,$second sendrecv_perf -b 64M -e 64M -g 2 || worst=$?
    first=$((first + 1))
  done
  return "$worst"
}

# Content that neither compresses nor repeats, the same for reader and writer. The file's name is new, and all further
# work goes through descriptors: nobody can put another file under it.
storage() {
  file=$1
  seed=$(printf '%032x' "$$")
  bytes=$((storage_mib * 1048576))
  set -C
  exec 5>"$file" || exit 1
  set +C
  exec 6<"$file" 7<"$file"
  trap 'rm -f -- "$file"; exit 143' HUP INT TERM
  from=$(now_ms)
  content | dd bs=1M iflag=fullblock conv=fdatasync >&5 2>/dev/null || fail_storage 'writing failed'
  write_ms=$(($(now_ms) - from))
  [ "$(stat -L -c %s /dev/fd/7)" = "$bytes" ] || fail_storage 'the file is not as long as what was written'
  # What stays in the cache would be read from there.
  dd iflag=nocache count=0 <&6 2>/dev/null
  from=$(now_ms)
  dd bs=1M <&6 2>/dev/null >/dev/null || fail_storage 'reading failed'
  read_ms=$(($(now_ms) - from))
  if content | cmp -s - /dev/fd/7; then verified=yes; else verified=no; fi
  rm -f -- "$file"
  printf 'write_mib_s %s\nread_mib_s %s\nverified %s\n' "$(rate "$write_ms")" "$(rate "$read_ms")" "$verified"
}

content() {
  openssl enc -aes-128-ctr -nosalt -K "$seed" -iv 00000000000000000000000000000000 -in /dev/zero 2>/dev/null | head -c "$bytes"
}

now_ms() {
  date +%s%3N
}

rate() {
  printf '%s' "$((storage_mib * 1000 / ($1 > 0 ? $1 : 1)))"
}

fail_storage() {
  rm -f -- "$file"
  printf 'wardround-measure: %s\n' "$1" >&2
  exit 1
}

main "$@"
