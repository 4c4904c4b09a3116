#!/bin/sh
# Rolls a driver version over hosts, one after the other, under their running vGPUs.
#
#   roll-update.sh VERSION STATE_DIR...
#
# A host that has the version is passed over, so the script may simply be run again. It is tried on all hosts before the
# first is touched, and stops at the first one where it is refused or a vGPU does not run again in TIMEOUT=30s: the hosts
# after that are as they were.
set -eu

if [ $# -lt 2 ]; then
  echo "usage: roll-update.sh VERSION STATE_DIR..." >&2
  exit 2
fi
version=$1
shift

for host in "$@"; do
  nvgpu host warm-update --to-version "$version" --dry-run --state-dir "$host" >&2 || {
    status=$?
    echo "roll-update.sh: $host would refuse $version; nothing was done" >&2
    exit "$status"
  }
done

for host in "$@"; do
  versions=$(nvgpu query --gpu=driver_version --format=csv,noheader --state-dir "$host")
  if [ "$(printf '%s\n' "$versions" | sort -u)" = "$version" ]; then
    echo "$host: has $version"
    continue
  fi
  vgpus=$(nvgpu query --vgpu=uuid,state --format=csv,noheader --state-dir "$host")
  nvgpu host warm-update --to-version "$version" --quiet --state-dir "$host" >&2
  # those that ran, in the arguments of a function: POSIX shells have no other lists
  check() {
    [ $# -eq 0 ] || nvgpu wait --for state=running "$@" --timeout "${TIMEOUT:-30s}" --state-dir "$host" >&2
    echo "$host: $version, with $# vGPUs running"
  }
  # shellcheck disable=SC2046 # one word a UUID
  check $(printf '%s\n' "$vgpus" | sed -n 's/, running$//p')
done
