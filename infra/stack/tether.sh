#!/bin/sh
# Ends the stack's processes when the process that supervises them has been killed and cannot do it itself.
# Standard input is a pipe from the supervisor: "+ PGID" for a process group it started, "- PGID" for one that has
# ended, "bye" when it stopped everything in order. The pipe closing without a "bye" is the supervisor's death.

trap '' HUP INT TERM
groups=' '
while read -r word group; do
  case $word in
    +) groups="$groups$group " ;;
    -)
      left=' '
      for one in $groups; do [ "$one" = "$group" ] || left="$left$one "; done
      groups=$left
      ;;
    bye) exit 0 ;;
  esac
done

for group in $groups; do kill -s TERM -- "-$group" 2>/dev/null; done
tenths=0
while [ "$tenths" -lt 50 ]; do
  living=no
  for group in $groups; do kill -s 0 -- "-$group" 2>/dev/null && living=yes; done
  [ "$living" = no ] && exit 0
  sleep 0.1
  tenths=$((tenths + 1))
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
