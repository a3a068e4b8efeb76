#!/bin/sh
# Wardround fix: repairs of a node that no tool of its own does safely. The gate calls it as root.
#
#     wardround-fix kill <pid> <start>      ends one process; start is field 22 of /proc/<pid>/stat, in clock ticks
#     wardround-fix shm-clear               moves shared memory that nobody uses out of /dev/shm
#     wardround-fix shm-return              moves it back
#     wardround-fix remount <mount>         mounts a file system of /etc/fstab that is missing or no longer answers
#     wardround-fix config-revert <name>    puts the recorded version of a configuration file in its place
#     wardround-fix config-restore <name>   puts back what stood there before
#
# Each verb can be killed at any moment and run again; once it is done, a repeat changes nothing. README.md beside
# this file says what it refuses. Exit codes: 0 done or nothing to do, 1 tried without success, 64 not understood, 69
# something is missing, 75 another run is at work, 77 refused and nothing was changed.

set -uf
LC_ALL=C
export LC_ALL
umask 077
IFS=' '

configuration=${WARDROUND_CONFIG_DIR:-/etc/wardround}
fstab=${WARDROUND_FSTAB:-/etc/fstab}
shm=${WARDROUND_SHM_DIR:-/dev/shm}
shm_held=${WARDROUND_SHM_HELD_DIR:-/var/lib/wardround/shm}
run_directory=${WARDROUND_RUN_DIR:-/run/wardround}
# The gate ends a command after 60 seconds: stop before that, between two files.
seconds_max=45
# A trainer that gets SIGTERM may write a checkpoint first; Slurm gives 30 seconds (KillWait), systemd 90.
term_seconds_max=${WARDROUND_FIX_TERM_SECONDS:-20}
kill_seconds_max=5
# Files that were written or made in the last minutes may still be passed from one process to another.
shm_age_minutes=${WARDROUND_SHM_AGE_MINUTES:-10}
shm_files_max=10000
# Room that stays free where shared memory is held, in KiB.
shm_reserve_kib=${WARDROUND_SHM_RESERVE_KIB:-1048576}
staging=.wardround-fix
ancestors_max=64

say() {
  printf '%s\n' "$1"
}

fail() {
  printf 'wardround-fix: %s\n' "$1" >&2
  exit "${2-1}"
}

refuse() {
  fail "refused: $1" 77
}

main() {
  case ${1-}:$# in
    kill:3) end_process "$2" "$3" ;;
    shm-clear:1) shm_clear ;;
    shm-return:1) shm_return ;;
    remount:2) remount "$2" ;;
    config-revert:2) config_revert "$2" ;;
    config-restore:2) config_restore "$2" ;;
    *) fail 'usage: wardround-fix kill <pid> <start> | shm-clear | shm-return | remount <mount> | config-revert <name> | config-restore <name>' 64 ;;
  esac
}

matches() {
  printf '%s\n' "$1" | grep -Eqx -e "$2"
}

need() {
  for each in "$@"; do
    command -v "$each" >/dev/null 2>&1 || fail "$each is missing" 69
  done
}

# One run at a time. The lock is the kernel's: it goes with the last process of a run that was killed.
take_lock() {
  need flock
  mkdir -p "$run_directory" 2>/dev/null && exec 9>"$run_directory/fix.lock" || fail "the lock in $run_directory cannot be written" 69
  flock -w 5 9 || fail 'another run is at work' 75
  began=$(date +%s)
}

time_is_up() {
  [ $(($(date +%s) - began)) -ge "$seconds_max" ]
}

flush() {
  if command -v sync >/dev/null 2>&1; then sync "$@" 2>/dev/null || :; fi
}

# --- kill

end_process() {
  matches "$1" '[1-9][0-9]{0,6}' || fail 'the process id is not a number' 64
  matches "$2" '[1-9][0-9]{0,15}' || fail 'the start time is not in clock ticks' 64
  pid=$1 since=$2
  take_lock
  is_there || {
    say "process $pid is not there any more"
    return 0
  }
  check_process
  send TERM "$term_seconds_max" || send KILL "$kill_seconds_max" ||
    fail "process $pid does not end: it waits in the kernel, in state $process_state"
  say "process $pid has ended"
}

# Sends a signal and waits; zero when the process is gone.
send() {
  is_there || return 0
  # Its own words for the signals, of which sh knows the names without SIG.
  kill -s "$1" "$pid" 2>/dev/null
  waited=0
  while is_there; do
    [ "$waited" -lt "$2" ] || return 1
    sleep 1
    waited=$((waited + 1))
  done
}

# The same process as the one that was meant; one that has ended and waits for its parent is gone.
is_there() {
  read_stat "$pid" && [ "$process_started" = "$since" ] && [ "$process_state" != Z ] && [ "$process_state" != X ]
}

# Reads name, state, parent, flags and start time of a process.
read_stat() {
  stat_line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  process_name=${stat_line#*\(}
  process_name=${process_name%)*}
  # shellcheck disable=SC2086
  set -- ${stat_line##*) }
  [ $# -ge 20 ] || return 1
  process_state=$1 process_parent=$2 process_flags=$7 process_started=${20}
}

# PF_KTHREAD of the kernel's include/linux/sched.h.
kernel_thread=2097152

check_process() {
  [ "$pid" -gt 1 ] || refuse 'process 1 is the system itself'
  [ $((process_flags & kernel_thread)) -eq 0 ] || refuse "process $pid is a thread of the kernel"
  is_of_the_system "$process_name" && refuse "process $pid ($process_name) belongs to the system"
  case $(cat "/proc/$pid/cgroup" 2>/dev/null) in
    *kubepods*) refuse "process $pid belongs to a pod" ;;
  esac
  job_of_cgroup
  if [ -n "$job" ] && has_step_daemon "$job"; then refuse "process $pid belongs to job $job, which runs"; fi
  walk=$pid count=0
  while [ "$walk" -gt 1 ] && [ "$count" -lt "$ancestors_max" ]; do
    read_stat "$walk" || break
    [ "$process_name" != slurmstepd ] || refuse "process $pid was started by slurmstepd, so its job runs"
    walk=$process_parent
    count=$((count + 1))
  done
  walk=$$ count=0
  while [ "$walk" -gt 1 ] && [ "$count" -lt "$ancestors_max" ]; do
    [ "$walk" != "$pid" ] || refuse "process $pid is one that this repair itself comes from"
    read_stat "$walk" || break
    walk=$process_parent
    count=$((count + 1))
  done
  is_there || {
    say "process $pid is not there any more"
    exit 0
  }
}

# Names as the kernel has them, cut at 15 characters.
is_of_the_system() {
  case $1 in
    systemd* | init | sshd* | slurmd | slurmctld | slurmdbd | slurmstepd | munged | dbus-* | agetty | login | chronyd) ;;
    dockerd | containerd* | runc | crio | kubelet | nv-fabricmanage | nvidia-persiste | nv-hostengine | dcgm* | opensm) ;;
    node_exporter | rsyslogd | auditd | cron | crond | polkitd | multipathd | udevd) ;;
    *) return 1 ;;
  esac
}

# The control group of Slurm keeps the number of the job, also for what outlives it.
job_of_cgroup() {
  job=$(grep -Eo 'slurm.*/job_[0-9]{1,10}' "/proc/$pid/cgroup" 2>/dev/null | head -n 1)
  job=${job##*/job_}
}

# slurmstepd calls itself `slurmstepd: [4242.batch]` while a step of the job runs.
has_step_daemon() {
  find /proc -maxdepth 2 -path '/proc/[0-9]*/comm' 2>/dev/null | xargs -r grep -lx slurmstepd 2>/dev/null |
    sed 's|/comm$|/cmdline|' | xargs -r grep -lF "[$1." 2>/dev/null | grep -q .
}

# --- shared memory

# Zero where an absolute path of ordinary characters leads to a directory over no link.
plain_directory() {
  case $1 in [!/]* | '' | / | *[!A-Za-z0-9._@+/-]*) return 1 ;; esac
  [ -d "$1" ] && [ "$(cd -P -- "$1" 2>/dev/null && pwd -P)" = "$1" ]
}

free_kib() {
  df -Pk -- "$1" 2>/dev/null | {
    read -r _head
    read -r _device _total _used free _rest
    printf '%s' "$free"
  }
}

# Where the memory is, where it is held, and a folder in the first that nobody but root may enter.
enter_shm() {
  need find fuser df du cmp xargs
  take_lock
  plain_directory "$shm" || fail "$shm is not a directory" 69
  mkdir -p "$shm_held/files" 2>/dev/null && plain_directory "$shm_held" && [ -O "$shm_held" ] ||
    fail "the holding directory $shm_held cannot be used" 69
  [ "$(stat -c %d -- "$shm")" != "$(stat -c %d -- "$shm_held")" ] ||
    refuse "the holding directory $shm_held is in memory too"
  rm -f -- "$shm_held/files/.part"
  cd -P -- "$shm" || fail "$shm cannot be entered" 69
  mkdir "$staging" 2>/dev/null
  [ -d "$staging" ] && [ ! -h "$staging" ] && [ -O "$staging" ] || refuse "$shm/$staging is not ours"
  chmod 0700 "$staging"
  rm -f -- "$staging/.part"
}

# Plain files with ordinary names and one name each, that were neither written nor changed for a while.
unused_files() {
  find . ! -name . -prune -type f -links 1 -mmin "+$shm_age_minutes" -cmin "+$shm_age_minutes" \
    ! -name '*[!A-Za-z0-9._=+@,-]*' ! -name '-*' -print 2>/dev/null | sed 's|^\./||' | head -n "$shm_files_max" |
    while read -r name; do
      in_use "./$name" || printf '%s\n' "$name"
    done
}

# Open or mapped, by whatever path a process came to it.
in_use() {
  fuser -s "$1" >/dev/null 2>&1
}

shm_clear() {
  enter_shm
  moved_files=0 moved_kib=0
  finish_staged
  todo=$(unused_files | tr '\n' ' ')
  # Names hold no blanks.
  # shellcheck disable=SC2086
  set -- $todo
  if [ $# -gt 0 ]; then
    wanted_kib=$(printf '%s\n' "$@" | sed 's|^|./|' | xargs -r du -k | awk '{ sum += $1 } END { print sum + 0 }')
    if [ $((wanted_kib + shm_reserve_kib)) -gt "$(free_kib "$shm_held")" ]; then
      rmdir "$staging" 2>/dev/null
      refuse "$shm_held has no room for $wanted_kib KiB and its reserve; nothing was moved"
    fi
  fi
  for name in "$@"; do
    if time_is_up; then
      printf 'stopped after %s seconds\n' "$seconds_max" >&2
      break
    fi
    # What is held under this name stays what it is.
    [ ! -e "$shm_held/files/$name" ] || continue
    mv -- "./$name" "$staging/$name" 2>/dev/null || continue
    # From here on nobody can open it by its name; who did so just before gets it back.
    if in_use "$staging/$name"; then
      put_back "$name"
      continue
    fi
    hold "$name"
  done
  rmdir "$staging" 2>/dev/null
  say "moved $moved_files files, $moved_kib KiB"
}

# A run that was killed left these on their way out.
finish_staged() {
  for name in $(ls -1A "$staging" 2>/dev/null | tr '\n' ' '); do
    if in_use "$staging/$name"; then put_back "$name"; else hold "$name"; fi
  done
}

put_back() {
  ln -T -- "$staging/$1" "./$1" 2>/dev/null && rm -f -- "$staging/$1"
}

# Copies, compares, writes to disk, gives the copy its name, and only then lets the memory go.
hold() {
  kib=$(du -k -- "$staging/$1" 2>/dev/null | cut -f 1)
  if [ ! -e "$shm_held/files/$1" ]; then
    copy "$staging/$1" "$shm_held/files" "$1" || {
      put_back "$1"
      return 1
    }
  elif ! cmp -s -- "$staging/$1" "$shm_held/files/$1"; then
    put_back "$1"
    return 1
  fi
  rm -f -- "$staging/$1"
  moved_files=$((moved_files + 1))
  moved_kib=$((moved_kib + ${kib:-0}))
}

copy() {
  part=$2/.part
  rm -f -- "$part"
  cp -p -P -- "$1" "$part" 2>/dev/null && cmp -s -- "$1" "$part" && flush "$part" && mv -f -- "$part" "$2/$3" && flush "$2" && return 0
  rm -f -- "$part"
  printf 'wardround-fix: %s could not be copied\n' "$3" >&2
  return 1
}

shm_return() {
  enter_shm
  back=0 left=0
  for name in $(ls -1A "$shm_held/files" | tr '\n' ' '); do
    if bring_back "$name"; then back=$((back + 1)); else left=$((left + 1)); fi
  done
  finish_returned
  rmdir "$staging" 2>/dev/null
  say "returned $back files"
  [ "$left" -eq 0 ] || fail "$left files stay held: their name is taken, there is no room, or time was up"
}

bring_back() {
  ! time_is_up || return 1
  if [ -e "./$1" ] || [ -h "./$1" ]; then
    # By our own copy, if the run before was killed at the very end; else by somebody's new memory.
    [ -f "./$1" ] && [ ! -h "./$1" ] && cmp -s -- "./$1" "$shm_held/files/$1" && rm -f -- "$staging/$1" "$shm_held/files/$1"
    return
  fi
  if ! cmp -s -- "$staging/$1" "$shm_held/files/$1" 2>/dev/null; then
    [ "$(du -k -- "$shm_held/files/$1" | cut -f 1)" -lt "$(free_kib "$shm")" ] || return 1
    copy "$shm_held/files/$1" "$staging" "$1" || return 1
  fi
  ln -T -- "$staging/$1" "./$1" 2>/dev/null || return 1
  rm -f -- "$staging/$1" "$shm_held/files/$1"
}

# A clear that was killed while a file was on its way and not yet held.
finish_returned() {
  for name in $(ls -1A "$staging" 2>/dev/null | tr '\n' ' '); do
    [ -e "$shm_held/files/$name" ] || put_back "$name"
  done
}

# --- remount

remount() {
  mount=$1
  matches "$mount" '([/][A-Za-z0-9_][A-Za-z0-9._-]{0,63}){1,8}' || fail 'the mount point is not a plain path' 64
  need timeout stat mount umount
  take_lock
  case $mount in
    /boot* | /usr* | /var | /etc | /home | /opt | /proc* | /sys* | /dev* | /run* | /tmp) refuse "$mount belongs to the system" ;;
  esac
  fstab_line || refuse "$mount is not listed in $fstab"
  if is_mounted; then
    if answers; then
      say "$mount is mounted and answers"
      return 0
    fi
    is_network || refuse "$mount is no network file system and is mounted; people must look at its disk"
    timeout -k 2 10 umount -l "$mount" || fail "$mount could not be unmounted"
  fi
  timeout -k 2 25 mount -T "$fstab" "$mount" || fail "$mount could not be mounted"
  is_mounted || fail "$mount is not mounted"
  answers || fail "$mount is mounted and does not answer"
  say "$mount is mounted and answers"
}

# Reads type and options of the mount point from the table.
fstab_line() {
  kind='' options=''
  [ -r "$fstab" ] || return 1
  while read -r device point type rest_options _rest; do
    case $device in '' | '#'*) continue ;; esac
    if [ "$point" = "$mount" ]; then kind=$type options=$rest_options; fi
  done <<END
$(tr '\t' ' ' <"$fstab")
END
  [ -n "$kind" ]
}

is_network() {
  case $kind in nfs | nfs4 | lustre | beegfs | gpfs | ceph | cifs | glusterfs | wekafs | fuse.*) return 0 ;; esac
  case ,$options, in *,_netdev,*) return 0 ;; esac
  return 1
}

is_mounted() {
  while read -r _device point _rest; do
    if [ "$point" = "$mount" ]; then return 0; fi
  done </proc/self/mounts
  return 1
}

answers() {
  timeout -k 1 5 stat -f -t "$mount" >/dev/null 2>&1
}

# --- configuration files

# `path` is the file at work, `recorded` the version that the site keeps; a `reload` or `restart` names a service.
read_config() {
  matches "$1" '[a-z][a-z0-9-]{0,31}' || fail 'the name is not that of a configuration' 64
  path='' recorded='' reload='' restart=''
  [ -r "$configuration/configs.d/$1" ] || refuse "there is no readable configuration $1"
  while IFS='=' read -r key value || [ -n "$key" ]; do
    case $key in
      '' | '#'*) ;;
      path) path=$value ;;
      recorded) recorded=$value ;;
      reload) reload=$value ;;
      restart) restart=$value ;;
      *) refuse "configuration $1: a line is none of path, recorded, reload, restart" ;;
    esac
  done <"$configuration/configs.d/$1"
  plain_file_place "$path" || refuse "configuration $1: the file is not at a plain path of root without links"
  plain_file_place "$recorded" && is_ours "$recorded" ||
    refuse "configuration $1: the recorded version is not a plain file that only root can write"
  [ "$path" != "$recorded" ] || refuse "configuration $1: the file is its own recorded version"
  for unit in "$reload" "$restart"; do
    matches "$unit" '([a-z][a-z0-9@-]{0,47})?' || refuse "configuration $1: a service has no valid name"
  done
  before=$path.wardround-before absent=$path.wardround-absent pending=$path.wardround-pending part=$path.wardround-part
  take_lock
  [ ! -h "$path" ] && { [ ! -e "$path" ] || [ -f "$path" ]; } || refuse "$path is not a plain file"
}

# A path whose folder is plain, root's own, and not open to everybody.
plain_file_place() {
  case $1 in [!/]* | '' | */ | *[!A-Za-z0-9._@+/-]*) return 1 ;; esac
  folder=${1%/*}
  plain_directory "$folder" && [ -O "$folder" ] && [ -z "$(find "$folder" -prune -perm -0002 -print)" ]
}

is_ours() {
  [ -f "$1" ] && [ ! -h "$1" ] && [ -O "$1" ] && [ -z "$(find "$1" -prune -perm -0002 -print)" ]
}

config_revert() {
  read_config "$1"
  if cmp -s -- "$path" "$recorded"; then
    tell_service
    say "$path is as recorded"
    return 0
  fi
  keep_present || fail "$path could not be kept; nothing was changed"
  replace "$recorded" || fail "$path could not be replaced"
  tell_service
  say "$path is as recorded; what stood there is in $before"
}

# What stands there now, for the restore: its content, or that there was nothing.
keep_present() {
  if [ -e "$path" ]; then
    rm -f -- "$part"
    cp -p -- "$path" "$part" && cmp -s -- "$path" "$part" && flush "$part" && mv -f -- "$part" "$before" && rm -f -- "$absent"
  else
    : >"$absent" && rm -f -- "$before"
  fi && flush "${path%/*}"
}

# Owner and mode stay those of the file at work, where there is one.
replace() {
  rm -f -- "$part"
  if [ -e "$path" ]; then cp -p -- "$path" "$part" && cat -- "$1" >"$part"; else cp -p -- "$1" "$part"; fi &&
    cmp -s -- "$1" "$part" && flush "$part" && : >"$pending" && mv -f -- "$part" "$path" && flush "${path%/*}"
}

config_restore() {
  read_config "$1"
  if [ -e "$before" ]; then
    if ! cmp -s -- "$path" "$before"; then
      cmp -s -- "$path" "$recorded" || refuse "$path was changed since it was reverted"
      replace "$before" || fail "$path could not be restored"
    fi
    tell_service
    rm -f -- "$before"
  elif [ -e "$absent" ]; then
    if [ -e "$path" ]; then
      cmp -s -- "$path" "$recorded" || refuse "$path was changed since it was reverted"
      : >"$pending" && rm -f -- "$path" && flush "${path%/*}" || fail "$path could not be taken away"
    fi
    tell_service
    rm -f -- "$absent"
  else
    say "nothing of $path is kept"
    return 0
  fi
  say "$path is as it was before"
}

# The mark is made before the file changes and goes after the service knows: a run that was killed in between tells it.
tell_service() {
  [ -e "$pending" ] || return 0
  if [ -n "$reload" ]; then timeout -k 2 30 systemctl reload "$reload" || fail "$reload could not be reloaded"; fi
  if [ -n "$restart" ]; then timeout -k 2 30 systemctl restart "$restart" || fail "$restart could not be restarted"; fi
  rm -f -- "$pending"
}

main "$@"
