#!/bin/sh
# Wardround probe key: the forced command that lets a key read a node and nothing else.
#
# SSH_ORIGINAL_COMMAND must be one of the read-only commands below, word by word; every other request is refused with
# exit code 126 and runs nothing. README.md beside this file says how to install it.

set -uf
LC_ALL=C
export LC_ALL
IFS=' '

request_chars_max=1024

refuse() {
  printf 'wardround-probe: refused: %s\n' "$1" >&2
  exit 126
}

matches() {
  printf '%s\n' "$1" | grep -Eqx -e "$2"
}

request=${SSH_ORIGINAL_COMMAND-}
[ "${#request}" -le "$request_chars_max" ] || refuse "the request is longer than $request_chars_max characters"
case $request in
  '') refuse 'no request; this key reads a node and opens no shell' ;;
  *[!A-Za-z0-9\ ,./=_-]*) refuse 'the request holds a character that no probe needs' ;;
esac
# Words only: globbing is off and the characters were checked above.
# shellcheck disable=SC2086
set -- $request

csv='--format=csv(,noheader)?(,nounits)?'
units='nvidia-fabricmanager|nvidia-persistenced|slurmd'

# The whole request against one pattern a command: what is not spelt out here does not run.
request="$*"
for allowed in \
  "nvidia-smi( -i [0-9]{1,2})? --query-(gpu|compute-apps|remapped-rows)=[a-z0-9_.]+(,[a-z0-9_.]+)* $csv" \
  'nvidia-smi -L' \
  'nvidia-smi( -i [0-9]{1,2})? -q( -d [A-Z_]+(,[A-Z_]+)*)?' \
  'nvidia-smi nvlink (--status|-s)( -i [0-9]{1,2})?' \
  'dcgmi discovery -l' \
  'ibstat' \
  'perfquery -x -C [a-z][a-z0-9_]{0,31} -P [0-9]{1,2}' \
  'mlxlink -d [a-z][a-z0-9_]{0,31} -p 1' \
  'ps -eo pid,ppid,user,rss,etimes,comm --sort=-rss' \
  'wardround-space list' \
  'scontrol -o show (job|reservation)' \
  'df -P -[ik]' \
  'cat /proc/(meminfo|loadavg)' \
  'lsmod' \
  'uptime -s' \
  "systemctl is-active ($units)" \
  'dmesg --time-format iso --level emerg,alert,crit,err,warn' \
  'scontrol show node [a-z0-9][a-z0-9.-]{0,62}' \
  'ip -o link show'; do
  if matches "$request" "$allowed"; then exec "$@"; fi
done

refuse 'the command is not on the list of this key'
