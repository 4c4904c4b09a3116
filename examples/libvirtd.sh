#!/bin/sh
# libvirt on the simulated host, without a GPU and without root. Starts libvirtd for one command:
#   nvgpu run --root --net private -- sh examples/libvirtd.sh virsh -c nodedev:///system nodedev-list --tree
# All that libvirtd writes is in memory. It has the driver of devices only: the others want users that a namespace lacks.
set -eu
if [ $# -eq 0 ] || [ "$1" = --help ]; then
  echo 'usage: libvirtd.sh COMMAND [ARG]...' >&2
  exit 2
fi
# Outside of `nvgpu run` it would hide directories of the machine.
if ! grep -q ' /sys .* - fuse nvgpu ' /proc/self/mountinfo; then
  echo 'libvirtd.sh: start it with nvgpu run --root --net private -- sh libvirtd.sh COMMAND' >&2
  exit 1
fi
for dir in /run /var/lib /var/cache /var/log; do
  mount -t tmpfs tmpfs "$dir"
done
mkdir -p /run/udev /run/drivers
touch /run/udev/control
ln -s /usr/lib/*/libvirt/connection-driver/libvirt_driver_nodedev.so /run/drivers/
printf 'unix_sock_group = "root"\nauth_unix_rw = "none"\n' >/run/libvirtd.conf
LIBVIRT_DRIVER_DIR=/run/drivers libvirtd --config /run/libvirtd.conf >/run/libvirtd.log 2>&1 &
trap 'kill "$server"' EXIT
server=$!
until virsh -c nodedev:///system uri >/run/uri 2>&1; do
  kill -0 "$server" || { cat /run/libvirtd.log >&2; exit 1; }
  sleep 0.1
done
"$@"
