#!/bin/sh
# Wardround gate, protocol 1: the forced command of the remediation key on a node.
#
#     wardround-gate/1 apply <token> <fence> <step> [arg ...]
#     wardround-gate/1 look  <token>
#     wardround-gate/1 fence <fence>
#
# On the management host, which is no node, the same three with the node that they are about. It must stand in
# /etc/wardround/manages, and each node has its own fence and its own lock there:
#
#     wardround-gate/1 manage <node> apply | look | fence ...
#
# It maps a step to exactly one command with checked arguments, runs it at most once for a token, and remembers the
# result. README.md beside this file says how to install it, what the journal holds and what its bounds are.
#
# `wardround-gate.sh --steps` (never reachable through the forced command, which has no arguments) prints the table.

set -uf
LC_ALL=C
export LC_ALL
umask 077
IFS=' '

# A client that goes away must not stop a step in the middle: the journal, not the connection, carries the result.
trap '' HUP PIPE

directory=${WARDROUND_GATE_DIR:-/var/lib/wardround/gate}
configuration=${WARDROUND_CONFIG_DIR:-/etc/wardround}
journal=$directory/journal
state=$directory
lock=$state/lock
request_chars_max=512
output_bytes_max=65536
command_seconds_max=60
# After its time a command gets SIGTERM, and SIGKILL this long after.
grace_seconds=5
wait_seconds_max=${WARDROUND_GATE_WAIT_SECONDS:-20}
entries_max=${WARDROUND_GATE_ENTRIES_MAX:-1000}

# Argument types: extended regular expressions that must match the whole word.
pattern_of() {
  case $1 in
    gpu) pattern='[0-9]|1[0-5]' ;;
    mhz) pattern='[1-9][0-9]{2,3}' ;;
    watts) pattern='[1-9][0-9]{1,3}' ;;
    node) pattern='[a-z0-9][a-z0-9.-]{0,62}' ;;
    jobid) pattern='[1-9][0-9]{0,9}' ;;
    mib) pattern='0|[1-9][0-9]{2,7}' ;;
    hca) pattern='[a-z][a-z0-9_]{0,31}' ;;
    policy) pattern='[a-z][a-z0-9-]{0,31}' ;;
    switch) pattern='on|off' ;;
    computemode) pattern='0|2|3' ;;
    unit) pattern='nvidia-fabricmanager|nvidia-persistenced|nvidia-dcgm|slurmd|chronyd|docker|containerd|opensmd|openibd|irqbalance' ;;
    module) pattern='nvidia-peermem|nvidia-uvm|nvidia' ;;
    pid) pattern='[1-9][0-9]{0,6}' ;;
    ticks) pattern='[1-9][0-9]{0,15}' ;;
    mount) pattern='([/][A-Za-z0-9_][A-Za-z0-9._-]{0,63}){1,8}' ;;
    config) pattern='[a-z][a-z0-9-]{0,31}' ;;
    governor) pattern='performance|schedutil|powersave|ondemand' ;;
    iface) pattern='[a-z][a-z0-9._-]{0,14}' ;;
    mtu) pattern='[1-9][0-9]{2,4}' ;;
    *) pattern='' ;;
  esac
}

# A step runs on the node; `both`: or about it on the management host; `management`: there and nowhere else.
steps='gpu-clocks-reset gpu
gpu-clocks-lock gpu mhz mhz
gpu-power-limit gpu watts
gpu-reset gpu
gpu-persistence gpu switch
gpu-compute-mode gpu computemode
gpu-mig-off gpu
gpu-mig-on gpu
gpu-app-clocks-reset gpu
gpu-app-clocks gpu mhz mhz
node-drain node @both
node-resume node @both
node-reboot node @management
node-power-cycle node @management
node-power-on node @management
node-power-off node @management
k8s-cordon node @management
k8s-uncordon node @management
k8s-drain node @management
job-requeue-hold jobid @both
job-exclude-node jobid node @both
job-exclude-none jobid @both
job-memory-limit jobid mib
job-release jobid @both
job-requeue jobid @both
ib-port-down hca
ib-port-up hca
link-mtu iface mtu
space-hold policy
space-return policy
service-restart unit
service-start unit
service-stop unit
module-load module
module-unload module
process-kill pid ticks
shm-clear
shm-return
remount mount
config-revert config
config-restore config
firewall-revert
firewall-restore
governor-set governor'

# One command a step; the arguments were checked against the table.
run_step() {
  step=$1
  shift
  case $step in
    gpu-clocks-reset) bounded nvidia-smi -i "$1" -rgc ;;
    gpu-clocks-lock) bounded nvidia-smi -i "$1" -lgc "$2,$3" ;;
    gpu-power-limit) bounded nvidia-smi -i "$1" -pl "$2" ;;
    gpu-reset) bounded nvidia-smi -i "$1" -r ;;
    gpu-persistence)
      case $2 in on) switch=1 ;; *) switch=0 ;; esac
      bounded nvidia-smi -i "$1" -pm "$switch"
      ;;
    gpu-compute-mode) bounded nvidia-smi -i "$1" -c "$2" ;;
    gpu-mig-off) bounded nvidia-smi -i "$1" -mig 0 ;;
    gpu-mig-on) bounded nvidia-smi -i "$1" -mig 1 ;;
    gpu-app-clocks-reset) bounded nvidia-smi -i "$1" -rac ;;
    gpu-app-clocks) bounded nvidia-smi -i "$1" -ac "$2,$3" ;;
    node-drain) bounded scontrol update "NodeName=$1" State=DRAIN Reason=wardround ;;
    node-resume) bounded scontrol update "NodeName=$1" State=RESUME ;;
    job-requeue-hold) bounded scontrol requeuehold "$1" ;;
    node-reboot) bounded scontrol reboot ASAP nextstate=RESUME reason=wardround "$1" ;;
    node-power-cycle) power cycle ;;
    node-power-on) power on ;;
    node-power-off) power off ;;
    k8s-cordon) bounded kubectl cordon "$1" ;;
    k8s-uncordon) bounded kubectl uncordon "$1" ;;
    k8s-drain) bounded kubectl drain "$1" --ignore-daemonsets --delete-emptydir-data --timeout=50s ;;
    job-exclude-node) bounded scontrol update "JobId=$1" "ExcNodeList=$2" ;;
    job-exclude-none) bounded scontrol update "JobId=$1" ExcNodeList= ;;
    job-memory-limit) bounded scontrol update "JobId=$1" "MinMemoryNode=$2" ;;
    job-release) bounded scontrol release "$1" ;;
    job-requeue) bounded scontrol requeue "$1" ;;
    ib-port-down) bounded mlxlink -d "$1" -p 1 -a DN ;;
    ib-port-up) bounded mlxlink -d "$1" -p 1 -a UP ;;
    space-hold) bounded wardround-space hold "$1" ;;
    space-return) bounded wardround-space return "$1" ;;
    link-mtu) bounded ip link set dev "$1" mtu "$2" ;;
    service-restart) bounded systemctl restart "$1" ;;
    service-start) bounded systemctl start "$1" ;;
    service-stop) bounded systemctl stop "$1" ;;
    module-load) bounded modprobe "$1" ;;
    module-unload) bounded modprobe -r "$1" ;;
    process-kill) bounded wardround-fix kill "$1" "$2" ;;
    shm-clear) bounded wardround-fix shm-clear ;;
    shm-return) bounded wardround-fix shm-return ;;
    remount) bounded wardround-fix remount "$1" ;;
    config-revert) bounded wardround-fix config-revert "$1" ;;
    config-restore) bounded wardround-fix config-restore "$1" ;;
    firewall-revert) bounded wardround-fix config-revert firewall ;;
    firewall-restore) bounded wardround-fix config-restore firewall ;;
    governor-set) bounded cpupower frequency-set -g "$1" ;;
    *) return 127 ;;
  esac
}

# The server's own controller, of which `check_place` has read the name.
power() {
  bounded ipmitool -I lanplus -H "$bmc" -U wardround -f "$configuration/bmc-password" chassis power "$1"
}

bounded() {
  if command -v timeout >/dev/null 2>&1; then
    timeout -k "$grace_seconds" "$command_seconds_max" "$@"
  else
    "$@"
  fi
}

main() {
  if [ "${1-}" = --steps ]; then
    print_steps
    exit 0
  fi
  request=${SSH_ORIGINAL_COMMAND-}
  [ "${#request}" -le "$request_chars_max" ] || refuse "the request is longer than $request_chars_max characters"
  case $request in
    '') refuse 'no request; this key speaks wardround-gate/1 and opens no shell' ;;
    *[!A-Za-z0-9\ ./_-]*) refuse 'the request holds a character that no request needs' ;;
  esac
  # Words only: globbing is off and the characters were checked above.
  # shellcheck disable=SC2086
  set -- $request
  [ "${1-}" = wardround-gate/1 ] || refuse 'the request is not of protocol wardround-gate/1'
  managed=''
  if [ "${2-}" = manage ]; then
    managed=${3-}
    check_managed
    shift 2
  elif [ -e "$configuration/manages" ]; then
    refuse 'this is the management host: a request says which node it is about'
  fi
  verb=${2-}
  if [ "$verb" = fence ]; then
    [ $# -eq 3 ] || refuse 'fence takes a fence and nothing else'
    fence=$3
    is_fence || refuse 'the fence is not <epochMs>.<counter>'
    raise_fence
    exit 0
  fi
  token=${3-}
  matches "$token" '[0-9a-f]{32}' || refuse 'the token is not 32 lower-case hex digits'
  entry=$journal/$token
  case $verb in
    apply)
      [ $# -ge 5 ] || refuse 'apply needs a token, a fence and a step'
      fence=$4
      is_fence || refuse 'the fence is not <epochMs>.<counter>'
      shift 4
      check_step "$@"
      apply "$@"
      ;;
    look)
      [ $# -eq 3 ] || refuse 'look takes a token and nothing else'
      look
      ;;
    *) refuse 'the verb is neither apply, look nor fence' ;;
  esac
}

# Fence and lock of each managed node are its own: repairs of two nodes do not overtake each other.
check_managed() {
  matches "$managed" '[a-z0-9][a-z0-9.-]{0,62}' || refuse 'the node is not a valid name'
  [ -r "$configuration/manages" ] || refuse 'this host manages no other node'
  grep -Fqx -e "$managed" "$configuration/manages" || refuse 'the node is not one that this host manages'
  state=$directory/of/$managed
  lock=$state/lock
}

matches() {
  printf '%s\n' "$1" | grep -Eqx -e "$2"
}

is_fence() {
  matches "$fence" '[0-9]{1,16}[.][0-9]{1,9}'
}

print_steps() {
  printf '%s\n' "$steps" | while read -r name types; do
    printf '%s' "$name"
    for type in $types; do
      case $type in
        @*)
          printf ' on=%s' "${type#@}"
          continue
          ;;
      esac
      pattern_of "$type"
      printf ' %s=%s' "$type" "$pattern"
    done
    printf '\n'
  done
}

# Leaves only when the step is in the table and every argument fits.
check_step() {
  step=$1
  shift
  types=$(printf '%s\n' "$steps" | while read -r name rest; do
    [ "$name" = "$step" ] && printf 'known %s\n' "$rest"
  done)
  case $types in
    known*) types=${types#known} ;;
    *) refuse 'the step is not in the table of this gate' ;;
  esac
  place='' about=''
  for type in $types; do
    case $type in
      @*)
        place=${type#@}
        continue
        ;;
    esac
    [ $# -gt 0 ] || refuse 'the step needs more arguments'
    pattern_of "$type"
    matches "$1" "($pattern)" || refuse "an argument is not a valid $type"
    if [ "$type" = node ]; then about=$1; fi
    shift
  done
  [ $# -eq 0 ] || refuse 'the step takes fewer arguments'
}

# Whether this host is where the step runs, and the node that it names the one that this gate may change.
check_place() {
  case $place:$managed in
    management:) refuse 'the step runs on the management host and nowhere else' ;;
    :?*) refuse 'the step runs on the node itself and nowhere else' ;;
  esac
  if [ -n "$about" ]; then
    if [ -n "$managed" ]; then
      [ "$about" = "$managed" ] || refuse 'the step is for another node than the request'
    else
      check_own_node "$about"
    fi
  fi
  case $1 in node-power-*) find_bmc ;; esac
}

# `<node> <controller>` lines; the controller is a host name or an address.
find_bmc() {
  bmc=''
  [ -r "$configuration/bmcs" ] || refuse 'this host knows no management controllers (bmcs)'
  while read -r name address _rest; do
    if [ "$name" = "$about" ]; then bmc=$address; fi
  done <"$configuration/bmcs"
  [ -n "$bmc" ] || refuse 'the management controller of the node is not listed in bmcs'
  matches "$bmc" '[A-Za-z0-9][A-Za-z0-9.:-]{0,252}' || refuse 'the management controller of the node has no valid name'
}

apply() {
  if [ "$1" = gpu-clocks-lock ] && [ "$3" -gt "$4" ]; then
    refuse 'the lowest clock is above the highest'
  fi
  check_place "$1"
  make_folders
  answer_if_begun "$@"
  take_lock "$@"
  if [ -e "$entry/begun" ]; then release_lock; fi
  answer_if_begun "$@"
  check_fence
  claim "$@"
  run "$@"
  trim_journal
  release_lock
  answer no
}

make_folders() {
  mkdir -p "$journal" "$state" 2>/dev/null && [ -w "$journal" ] || refuse 'the journal folder cannot be written'
}

# The scheduler would change any node for root; this gate changes its own and no other.
check_own_node() {
  own=''
  if [ -r "$configuration/node-name" ]; then
    read -r own <"$configuration/node-name"
  else
    own=$(hostname -s 2>/dev/null)
  fi
  [ -n "$own" ] || refuse 'this host does not tell its own name'
  [ "$1" = "$own" ] || refuse 'the step is for another node than this one'
}

# A repeat is answered from the journal and needs neither lock nor fence: it changes nothing.
answer_if_begun() {
  if [ -e "$entry/begun" ]; then
    [ "$(cat "$entry/request" 2>/dev/null)" = "$*" ] || refuse 'this token was used for another step'
    answer_from_journal
    exit 0
  fi
}

# Nothing runs; from here on an owner with a lower fence is refused, also one that was authorised before.
raise_fence() {
  entry=$journal/none
  make_folders
  take_lock
  check_fence
  release_lock
  header none no
  printf '\n'
}

# The highest fence seen so far; a lower one is an owner that lost its lease.
check_fence() {
  highest=0.0
  if [ -e "$state/fence" ]; then
    highest=$(cat "$state/fence" 2>/dev/null)
    matches "$highest" '[0-9]{1,16}[.][0-9]{1,9}' || refuse_locked 'the stored fence cannot be read; see the README'
  fi
  if lower "$fence" "$highest"; then
    refuse_locked "the fence $fence is lower than $highest, the highest seen: another owner holds the lease"
  fi
  if [ "$fence" != "$highest" ]; then
    printf '%s\n' "$fence" >"$state/fence.new" && flush "$state/fence.new" &&
      mv -f "$state/fence.new" "$state/fence" || refuse_locked 'the fence cannot be stored'
  fi
}

lower() {
  if [ "${1%.*}" -ne "${2%.*}" ]; then
    [ "${1%.*}" -lt "${2%.*}" ]
  else
    [ "${1#*.}" -lt "${2#*.}" ]
  fi
}

# The claim stands on disk before the command starts: a crash in between is seen as begun without an end.
claim() {
  [ -d "$entry" ] || mkdir "$entry" 2>/dev/null || refuse_locked 'the journal entry cannot be made'
  printf '%s\n' "$*" >"$entry/request" &&
    identity >"$entry/owner" &&
    flush "$entry/request" "$entry/owner" &&
    date -u '+%Y-%m-%dT%H:%M:%SZ' >"$entry/begun.new" &&
    flush "$entry/begun.new" &&
    mv "$entry/begun.new" "$entry/begun" &&
    flush "$journal" || refuse_locked 'the journal entry cannot be written; nothing was run'
}

run() {
  {
    run_step "$@" </dev/null 2>&1
    printf '%s\n' "$?" >"$entry/exit.new"
  } | {
    head -c "$output_bytes_max" >"$entry/output.new"
    cat >/dev/null
  }
  flush "$entry/output.new" "$entry/exit.new"
  mv "$entry/output.new" "$entry/output"
  mv "$entry/exit.new" "$entry/exit"
  flush "$entry"
}

look() {
  if [ ! -e "$entry/begun" ]; then
    header none yes
    printf '\n'
    exit 0
  fi
  answer_from_journal
}

# An entry that has begun: its end, or after a bounded wait for a live owner the plain fact that none is known.
answer_from_journal() {
  waited=0
  while [ ! -e "$entry/exit" ] && alive "$entry/owner" && [ "$waited" -lt "$wait_seconds_max" ]; do
    sleep 1
    waited=$((waited + 1))
  done
  if [ -e "$entry/exit" ]; then
    answer yes
  else
    header unknown yes
    printf 'reason: begun at %s and its end is not recorded; look at the node, do not repeat\n\n' \
      "$(head -c 40 "$entry/begun" 2>/dev/null)"
  fi
}

answer() {
  header done "$1"
  printf 'exit: %s\n\n' "$(head -c 4 "$entry/exit")"
  head -c "$output_bytes_max" "$entry/output"
}

header() {
  printf 'gate: 1\noutcome: %s\nreplayed: %s\n' "$1" "$2"
}

refuse() {
  header refused no
  printf 'reason: %s\n\n' "$1"
  exit 0
}

refuse_locked() {
  release_lock
  refuse "$1"
}

# One step at a time on a node, so that a lower fence can never start after a higher one was accepted. The lock is a
# file made by `ln`, which fails where it exists, and names its owner from its first moment on.
take_lock() {
  waited=0
  while ! hold "$lock"; do
    if dead "$lock" && break_lock; then continue; fi
    if [ "$waited" -ge "$wait_seconds_max" ]; then
      answer_if_begun "$@"
      refuse 'another step is running on this node, or left its lock behind (see the README); nothing was run'
    fi
    sleep 1
    waited=$((waited + 1))
  done
}

hold() {
  identity >"$1.$$" && flush "$1.$$" || refuse 'the lock cannot be written'
  ln "$1.$$" "$1" 2>/dev/null
  held=$?
  rm -f "$1.$$"
  return "$held"
}

# A dead owner never gives its lock back, and only the one process that holds lock.break removes a lock of another:
# so what is read as dead under lock.break is still the same lock when it is removed.
break_lock() {
  hold "$lock.break" || return 1
  if dead "$lock"; then rm -f "$lock"; fi
  rm -f "$lock.break"
}

release_lock() {
  rm -f "$lock"
}

boot=none
if [ -r /proc/sys/kernel/random/boot_id ]; then read -r boot </proc/sys/kernel/random/boot_id; fi

# Process id, its start time (ids are used again) and the boot it belongs to.
identity() {
  printf '%s %s %s\n' "$$" "$(started "$$")" "$boot"
}

started() {
  [ -r "/proc/$1/stat" ] || {
    printf 'gone'
    return
  }
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || stat=
  stat=${stat##*) }
  # shellcheck disable=SC2086
  set -- $stat
  printf '%s' "${20-gone}"
}

# Reads the owner that a file names; fails where there is none.
owner_of() {
  pid='' since='' of_boot=''
  read -r pid since of_boot 2>/dev/null <"$1" && matches "$pid" '[0-9]{1,10}'
}

alive() {
  owner_of "$1" && owner_lives
}

dead() {
  owner_of "$1" && ! owner_lives
}

owner_lives() {
  [ "$of_boot" = "$boot" ] || return 1
  if [ -d "/proc/$$" ]; then
    [ "$(started "$pid")" = "$since" ]
  else
    kill -0 "$pid" 2>/dev/null
  fi
}

# Oldest ended entries beyond the bound; one that never ended is kept for people to see.
trim_journal() {
  # Names are tokens, which hold neither blanks nor line breaks.
  # shellcheck disable=SC2012
  ls -1t "$journal" | tail -n "+$((entries_max + 1))" | while read -r old; do
    if matches "$old" '[0-9a-f]{32}' && [ -e "$journal/$old/exit" ]; then rm -rf "${journal:?}/$old"; fi
  done
}

flush() {
  if command -v sync >/dev/null 2>&1; then sync "$@" 2>/dev/null || :; fi
}

main "$@"
