#!/bin/sh
# Creates a host with four VFs and two vGPUs in a temporary state directory, and shows it.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
NVGPU_STATE_DIR=$(mktemp -d)
export NVGPU_STATE_DIR
trap 'rm -rf "$NVGPU_STATE_DIR"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

nvgpu() {
  printf '\n$ nvgpu%s\n' "${*:+ $*}"
  node "$here/bin/nvgpu.cjs" "$@"
}

nvgpu vf enable 4
nvgpu vgpu create --type L40-4Q --name desk1
nvgpu vgpu create --type L40-4Q --name desk2
nvgpu
nvgpu vf list
nvgpu vgpu list
nvgpu chid map
