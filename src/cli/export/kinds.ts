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
  kwok: 'nodes of Kubernetes, for KWOK',
  resourceslice: 'devices of Kubernetes’ DRA, with shared counters',
  placement: 'requests to OpenStack’s placement API',
} as const

export type ExportKind = keyof typeof EXPORT_KINDS

/** Kinds that describe a host, or all hosts of a fleet, as nodes of a scheduler. */
export const NODE_KINDS = ['kwok', 'resourceslice', 'placement'] as const
export type NodeKind = (typeof NODE_KINDS)[number]
export type HostKind = Exclude<ExportKind, NodeKind>

/** Options of some kinds only. --dir is for kinds that are files. */
export const OPTION_KINDS = {
  mdev: ['nodedev', 'hostdev', 'qemu', 'kubevirt', 'nova'],
  novaRelease: ['nova'],
  config: ['vgpu-configs', 'mig-configs'],
  live: ['ansible'],
  fleet: NODE_KINDS,
  node: NODE_KINDS,
  type: NODE_KINDS,
} as const satisfies Record<string, readonly ExportKind[]>

/** Kinds that accept selected objects; the others describe the host. */
export const PARTIAL: readonly ExportKind[] = ['mdevctl', 'nodedev', 'hostdev', 'qemu', 'lspci']
