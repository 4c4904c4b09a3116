#!/bin/sh
# Updates the driver of several hosts, one after the other, under their running vGPUs.
#
#   roll-update.sh VERSION STATE_DIR...
#
# Hosts that have the version are skipped, so the script can be run again. A dry run checks all hosts before the first
# change. The script stops at the first host that refuses, or whose vGPUs do not run again within TIMEOUT (default 30s);
# the hosts after it stay unchanged.
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
  # The vGPUs that ran are the arguments of a function: POSIX shells have no other lists.
  check() {
    [ $# -eq 0 ] || nvgpu wait --for state=running "$@" --timeout "${TIMEOUT:-30s}" --state-dir "$host" >&2
    echo "$host: $version, with $# vGPUs running"
  }
  # shellcheck disable=SC2046 # one word a UUID
  check $(printf '%s\n' "$vgpus" | sed -n 's/, running$//p')
done
