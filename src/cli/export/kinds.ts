/** Kinds of exports, and their readers. The first is nvgpu's own document. */
export const EXPORT_KINDS = {
  host: 'a document that apply, diff and assert take',
  'vgpu-configs': 'a file of vgpu-device-manager',
  'mig-configs': 'a file of mig-parted',
  mdevctl: 'devices as mdevctl list --dumpjson prints them',
  nodedev: 'libvirt node devices',
  hostdev: 'the <hostdev> of a libvirt domain',
  qemu: 'arguments of QEMU',
  kubevirt: 'permittedHostDevices of KubeVirt',
  nova: 'sections of nova.conf',
  facts: 'facts in JSON',
  ansible: 'a facts script for Ansible',
  lspci: 'a dump of configuration spaces, as lspci -xxxx prints it and lspci -F reads it',
} as const

export type ExportKind = keyof typeof EXPORT_KINDS

/** Options of some kinds only. --dir is for kinds that are files. */
export const OPTION_KINDS = {
  mdev: ['nodedev', 'hostdev', 'qemu', 'kubevirt', 'nova'],
  novaRelease: ['nova'],
  config: ['vgpu-configs', 'mig-configs'],
  live: ['ansible'],
} as const satisfies Record<string, readonly ExportKind[]>

/** Kinds that accept selected objects; the others describe the host. */
export const PARTIAL: readonly ExportKind[] = ['mdevctl', 'nodedev', 'hostdev', 'qemu', 'lspci']
