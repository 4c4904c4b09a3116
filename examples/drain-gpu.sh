#!/bin/sh
# Empties a GPU for maintenance: its vGPUs go to another host, the VMs in them run on, and then its VFs are disabled.
#
#   drain-gpu.sh GPU TARGET_STATE_DIR
#
# Nothing moves unless all of them fit over there together. Run again after an interrupt, it goes on where it was.
set -eu

if [ $# -ne 2 ]; then
  echo "usage: drain-gpu.sh GPU TARGET_STATE_DIR" >&2
  exit 2
fi
gpu=$1 target=$2

# ids, words and numbers only: a name of a type may have anything in it
vgpus=$(nvgpu query --vgpu=memory.total,uuid,state,type.id --id "$gpu" --format=csv,noheader,nounits)
stopped=$(printf '%s\n' "$vgpus" | grep ', configured, ' || true)
if [ -n "$stopped" ]; then
  echo "drain-gpu.sh: what does not run cannot move; start or destroy it first:" >&2
  printf '%s\n' "$stopped" >&2
  exit 4
fi

if [ -n "$vgpus" ]; then
  # the largest first: those are the hardest to place
  vgpus=$(printf '%s\n' "$vgpus" | sort -t, -k1,1nr)
  # TYPE=N for each type
  types=$(printf '%s\n' "$vgpus" | sed 's/.*, //' | sort | uniq -c | awk '{ print $2 "=" $1 }')
  # shellcheck disable=SC2086 # one word a type
  nvgpu fit $types --state-dir "$target" >&2
  for uuid in $(printf '%s\n' "$vgpus" | awk -F', ' '{ print $2 }'); do
    nvgpu migrate "$uuid" --to "$target"
  done
fi
nvgpu vf disable --gpu "$gpu"
