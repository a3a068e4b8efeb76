#!/bin/sh
# Wardround space: frees room on a file system by what the site's administrators allow, and nothing else.
#
#     wardround-space list              what each policy could free, and what it holds
#     wardround-space hold <policy>     moves the oldest files of the policy's directory to its holding directory
#     wardround-space return <policy>   moves exactly those files back
#
# A policy is a file in /etc/wardround/space.d; README.md beside this file describes it. Nothing is deleted: a file is
# removed from one side only after its copy on the other side was compared byte by byte and written to disk. Every
# move can be killed at any moment and is finished by the next run. Only plain files that stand directly in the
# directory are moved; links are never followed.

set -uf
LC_ALL=C
export LC_ALL
umask 077
IFS=' '

policies=${WARDROUND_CONFIG_DIR:-/etc/wardround}/space.d
# The gate ends a command after 60 seconds: stop before that, between two files.
seconds_max=${WARDROUND_SPACE_SECONDS_MAX:-45}
policies_max=64
files_max=10000
# A file that was written in the last minutes may still be written: no policy may say less.
age_minutes_min=10
staging=.wardround-space

fail() {
  printf 'wardround-space: %s\n' "$1" >&2
  exit "${2-1}"
}

is_number() {
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  [ "${#1}" -le 12 ]
}

is_policy_name() {
  case $1 in [!a-z]* | '' | *[!a-z0-9-]*) return 1 ;; esac
  [ "${#1}" -le 32 ]
}

# Names that can be told apart and listed safely: no blanks, no line breaks, no signs that a shell knows.
is_file_name() {
  case $1 in [!A-Za-z0-9_]* | '' | *[!A-Za-z0-9._=+@,-]*) return 1 ;; esac
}

main() {
  case ${1-} in
    list)
      [ $# -eq 1 ] || fail 'list takes no argument' 2
      list
      ;;
    hold | return)
      [ $# -eq 2 ] || fail "$1 takes the name of one policy" 2
      read_policy "$2" || fail "$problem" 2
      take_lock
      "$1"_files
      ;;
    *) fail 'usage: wardround-space list | hold <policy> | return <policy>' 2 ;;
  esac
}

# Reads a policy into variables, as text: nothing of it is ever evaluated.
read_policy() {
  policy=$1 problem='' directory='' holding='' keep='' age_minutes='' reserve_kib=1048576
  is_policy_name "$policy" || problem='the name is not that of a policy'
  [ -n "$problem" ] || [ -r "$policies/$policy" ] || problem="there is no readable policy $policy"
  [ -z "$problem" ] || return 1
  while IFS='=' read -r key value || [ -n "$key" ]; do
    case $key in
      '' | '#'*) ;;
      directory) directory=$value ;;
      holding) holding=$value ;;
      keep) keep=$value ;;
      min_age_minutes) age_minutes=$value ;;
      reserve_kib) reserve_kib=$value ;;
      *) problem="policy $policy: a line is none of directory, holding, keep, min_age_minutes, reserve_kib" ;;
    esac
  done <"$policies/$policy"
  [ -z "$problem" ] || return 1
  problem="policy $policy is not valid"
  is_number "$keep" && is_number "$age_minutes" && is_number "$reserve_kib" || return 1
  problem="policy $policy: min_age_minutes is below $age_minutes_min"
  [ "$age_minutes" -ge "$age_minutes_min" ] || return 1
  problem="policy $policy: the directory or the holding directory is not a plain path without links"
  plain_directory "$directory" && plain_directory "$holding" || return 1
  problem="policy $policy: the holding directory is on the file system that should get room"
  [ "$(stat -c %d -- "$directory")" != "$(stat -c %d -- "$holding")" ] || return 1
  problem=''
  store=$holding/$policy
}

# An absolute path of ordinary characters to a directory, of which no part is a link.
plain_directory() {
  case $1 in [!/]* | '' | / | *[!A-Za-z0-9._@+/-]*) return 1 ;; esac
  [ -d "$1" ] && [ "$(cd -P -- "$1" 2>/dev/null && pwd -P)" = "$1" ]
}

mount_of() {
  df -Pk -- "$1" 2>/dev/null | {
    read -r _head
    read -r _device _total _used _free _share mount
    printf '%s' "$mount"
  }
}

free_kib() {
  df -Pk -- "$1" 2>/dev/null | {
    read -r _head
    read -r _device _total _used free _rest
    printf '%s' "$free"
  }
}

# What may be moved out of the current directory, oldest first: "<KiB> <name>". Plain files with ordinary names, one
# link, old enough, and not among the newest `keep`.
candidates() {
  of "$(ls -1t)" "$(plain_files)" | tail -n "+$((keep + 1))" | {
    movable=$(oldest_first | head -n "$files_max")
    # Room that a file takes, which for a file with holes is less than its length.
    of "$movable" "$(plain_files -mmin "+$age_minutes")" | xargs -r du -k -- 2>/dev/null | tr '\t' ' '
  }
}

plain_files() {
  find . ! -name . -prune -type f -links 1 "$@" -name '[A-Za-z0-9_]*' ! -name '*[!A-Za-z0-9._=+@,-]*' -print 2>/dev/null |
    sed 's|^\./||'
}

# The lines of the first list that stand in the second one, in the order of the first; "/" is no name and parts the two.
of() {
  printf '%s\n/\n%s\n' "$2" "$1" |
    awk '$0 == "/" { second = 1; next } !second { wanted[$0] = 1; next } $0 != "" && $0 in wanted && !seen[$0]++'
}

oldest_first() {
  awk '{ line[NR] = $0 } END { for (n = NR; n > 0; n--) print line[n] }'
}

is_old() {
  [ -n "$(find "./$1" -prune -type f -links 1 -mmin "+$age_minutes" -print 2>/dev/null)" ]
}

kib_of() {
  du -k -- "$1" 2>/dev/null | cut -f 1
}

list() {
  unread=0
  printf 'policy mount reclaimable_kib files held_files\n'
  [ -d "$policies" ] || exit 0
  for policy in $(ls -1 "$policies" 2>/dev/null | head -n "$policies_max" | tr '\n' ' '); do
    if read_policy "$policy" && readable; then
      (cd -P -- "$directory" && candidates) | {
        kib=0 files=0
        while read -r size _name; do
          kib=$((kib + size)) files=$((files + 1))
        done
        printf '%s %s %s %s %s\n' "$policy" "$(mount_of "$directory")" "$kib" "$files" "$(held_count)"
      }
    else
      unread=1
      printf 'wardround-space: %s\n' "${problem:-policy $policy cannot be read by this user}" >&2
    fi
  done
  exit "$unread"
}

readable() {
  [ -r "$directory" ] && [ -x "$directory" ] || return 1
  [ ! -e "$store" ] || [ -x "$store" ] || return 1
  [ ! -e "$store/journal" ] || [ -r "$store/journal" ]
}

held_count() {
  held=0
  for name in $(journal_names); do
    [ -e "$store/files/$name" ] && held=$((held + 1))
  done
  printf '%s' "$held"
}

journal_names() {
  [ ! -r "$store/journal" ] || awk '!seen[$2]++ { print $2 }' "$store/journal" | tr '\n' ' '
}

# One run at a time for a policy. The lock is the kernel's: it goes with the last process of a run that was killed.
take_lock() {
  command -v flock >/dev/null 2>&1 || fail 'flock is missing'
  [ -O "$holding" ] && [ -z "$(find "$holding" -prune -perm -0002 -print)" ] ||
    fail "policy $policy: the holding directory is not ours, or everybody may write into it"
  mkdir -p "$store/files" && plain_directory "$store/files" && [ -O "$store" ] ||
    fail "policy $policy: the holding directory cannot be used"
  # The probe user counts what is held and opens none of it; the files keep the modes they had.
  chmod 0755 "$store" && chmod 0711 "$store/files"
  exec 9>"$store/lock" || fail "policy $policy: the lock cannot be written"
  flock -n 9 || fail "policy $policy: another run is at work"
  rm -f -- "$store/files/.part"
  started=$(date +%s)
}

time_is_up() {
  [ $(($(date +%s) - started)) -ge "$seconds_max" ]
}

# A folder beside the files that only root can write into: what stands in it can be neither swapped nor written over
# by the owner of the directory. A file is renamed into it before it is copied, and renamed out of it after.
enter_staging() {
  cd -P -- "$directory" 2>/dev/null && [ "$(pwd -P)" = "$directory" ] || fail "policy $policy: the directory cannot be entered"
  mkdir "$staging" 2>/dev/null
  [ -d "$staging" ] && [ ! -h "$staging" ] && [ -O "$staging" ] ||
    fail "policy $policy: $directory/$staging is not ours"
  chmod 0700 "$staging"
  rm -f -- "$staging/.part"
}

leave_staging() {
  rmdir "$staging" 2>/dev/null || :
}

hold_files() {
  enter_staging
  held_kib=0 held_files=0
  finish_moves
  todo=$(candidates)
  for line in $(printf '%s\n' "$todo" | tr ' \n' '/ '); do
    kib=${line%%/*} name=${line#*/}
    [ -n "$name" ] || continue
    if time_is_up; then
      printf 'stopped after %s seconds\n' "$seconds_max" >&2
      break
    fi
    # What is held already under this name stays what it is.
    [ ! -e "$store/files/$name" ] || continue
    [ $((kib + reserve_kib)) -le "$(free_kib "$holding")" ] || continue
    is_old "$name" && ! in_use "$name" || continue
    printf '%s %s %s\n' "$kib" "$name" "$directory" >>"$store/journal" &&
      chmod 0644 "$store/journal" && flush "$store/journal" || fail "policy $policy: the journal cannot be written"
    mv -- "./$name" "$staging/$name" && move_out "$name" && count "$kib"
  done
  leave_staging
  printf 'held %s files, %s KiB\n' "$held_files" "$held_kib"
}

count() {
  held_files=$((held_files + 1))
  held_kib=$((held_kib + $1))
}

in_use() {
  command -v fuser >/dev/null 2>&1 && fuser -s "./$1" 2>/dev/null
}

# From the staging folder to the holding directory. Safe to run again at every point.
move_out() {
  plain_file "$staging/$1" || return 1
  copy "$staging/$1" "$store/files" "$1" && rm -f -- "$staging/$1"
}

plain_file() {
  [ -f "$1" ] && [ ! -h "$1" ]
}

# Copies, compares, writes to disk, and only then gives the copy its name.
copy() {
  part=$2/.part
  rm -f -- "$part"
  cp -p -P -- "$1" "$part" && cmp -s -- "$1" "$part" && flush "$part" && mv -f -- "$part" "$2/$3" && flush "$2" && return 0
  rm -f -- "$part"
  printf 'wardround-space: %s could not be copied\n' "$3" >&2
  return 1
}

# What a killed run left in the staging folder is moved out. A name that is held with other content is left for people.
finish_moves() {
  for name in $(journal_names); do
    plain_file "$staging/$name" || continue
    if [ -e "$store/files/$name" ]; then
      cmp -s -- "$staging/$name" "$store/files/$name" && rm -f -- "$staging/$name"
      continue
    fi
    kib=$(kib_of "$staging/$name")
    move_out "$name" && count "$kib"
  done
}

return_files() {
  back_kib=0 back_files=0 left=0 entered=''
  [ -e "$store/journal" ] || {
    printf 'returned 0 files, 0 KiB\n'
    return 0
  }
  : >"$store/journal.new" && chmod 0644 "$store/journal.new" || fail "policy $policy: the journal cannot be written"
  while read -r kib name origin; do
    if return_one "$kib" "$name" "$origin"; then continue; fi
    printf '%s %s %s\n' "$kib" "$name" "$origin" >>"$store/journal.new"
    left=$((left + 1))
  done <"$store/journal"
  [ -z "$entered" ] || leave_staging
  flush "$store/journal.new"
  mv -f "$store/journal.new" "$store/journal"
  [ "$left" -gt 0 ] || rm -f "$store/journal"
  printf 'returned %s files, %s KiB\n' "$back_files" "$back_kib"
  [ "$left" -eq 0 ] || fail "$left files stay held: their place is taken, there is no room, or time was up"
}

# Zero when nothing of this entry is left to bring back.
return_one() {
  is_file_name "$2" || return 1
  if [ "$3" != "$entered" ]; then
    plain_directory "$3" || return 1
    [ -z "$entered" ] || leave_staging
    directory=$3
    enter_staging
    entered=$3
  fi
  bring_back "$1" "$2"
}

bring_back() {
  if plain_file "$store/files/$2"; then
    ! time_is_up || return 1
    if [ -e "./$2" ] || [ -h "./$2" ]; then
      # The name is taken. By our own copy, if the run before was killed at the very end; else by somebody's new file.
      plain_file "./$2" && cmp -s -- "./$2" "$store/files/$2" && rm -f -- "$staging/$2" "$store/files/$2"
      return
    fi
    if ! cmp -s -- "$staging/$2" "$store/files/$2" 2>/dev/null; then
      [ "$1" -lt "$(free_kib "$directory")" ] || return 1
      copy "$store/files/$2" "$staging" "$2" || return 1
    fi
  elif ! plain_file "$staging/$2"; then
    # Neither held nor on its way: the hold was killed before it began, or the file is back already.
    return 0
  elif [ -e "./$2" ] || [ -h "./$2" ]; then
    return 1
  fi
  # A link fails where the name is taken and never follows one; then the file has two names, and one goes.
  ln -T -- "$staging/$2" "./$2" || return 1
  flush .
  rm -f -- "$staging/$2" "$store/files/$2"
  back_files=$((back_files + 1))
  back_kib=$((back_kib + $1))
}

flush() {
  if command -v sync >/dev/null 2>&1; then sync "$@" 2>/dev/null || :; fi
}

main "$@"
