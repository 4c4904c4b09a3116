#!/bin/sh
# Drains a GPU for maintenance: migrates its vGPUs to another host while their VMs run, then disables its VFs.
#
#   drain-gpu.sh GPU TARGET_STATE_DIR
#
# No vGPU moves unless all of them fit at the target together. After an interrupt the script can be run again.
set -eu

if [ $# -ne 2 ]; then
  echo "usage: drain-gpu.sh GPU TARGET_STATE_DIR" >&2
  exit 2
fi
gpu=$1 target=$2

# Only ids, words and numbers: the name of a type may contain any character.
vgpus=$(nvgpu query --vgpu=memory.total,uuid,state,type.id --id "$gpu" --format=csv,noheader,nounits)
stopped=$(printf '%s\n' "$vgpus" | grep ', configured, ' || true)
if [ -n "$stopped" ]; then
  echo "drain-gpu.sh: only running vGPUs can move; start or destroy these first:" >&2
  printf '%s\n' "$stopped" >&2
  exit 4
fi

if [ -n "$vgpus" ]; then
  # The largest first, since they are the hardest to place.
  vgpus=$(printf '%s\n' "$vgpus" | sort -t, -k1,1nr)
  # TYPE=N for each type.
  types=$(printf '%s\n' "$vgpus" | sed 's/.*, //' | sort | uniq -c | awk '{ print $2 "=" $1 }')
  # shellcheck disable=SC2086 # one word a type
  nvgpu fit $types --state-dir "$target" >&2
  for uuid in $(printf '%s\n' "$vgpus" | awk -F', ' '{ print $2 }'); do
    nvgpu migrate "$uuid" --to "$target"
  done
fi
nvgpu vf disable --gpu "$gpu"
