import { changeHost, readHost } from '../../app/transaction.ts'
import { parsePath, parseSelector } from '../../app/values.ts'
import { list as listEntries, read, write } from '../../engine/sysfs/sysfs.ts'
import { changed, list } from '../../render/answer.ts'
import { SYSFS_ENTRIES, SYSFS_TREES, SYSFS_WRITES } from '../../render/sysfs.ts'
import { LISTING, listed } from '../listing.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

const PATH = {
  summary: '/sys/…, or an address and a path: c1:00.4/nvidia/current_vgpu_type',
  parse: parseSelector,
} as const
const DEVICES = '/sys/bus/pci/devices'
/** An attribute holds at most a page. */
const MOST_BYTES = 4096

export const sysfs: NounSpec = {
  name: 'sysfs',
  verbs: [
    verb({
      name: 'ls',
      summary: 'list a directory; default: the PCI devices',
      examples: ['sysfs ls', 'sysfs ls c1:00.4/nvidia', 'sysfs ls /sys/bus/pci/drivers/nvidia-vgpu-vfio -q'],
      options: { ...LISTING },
      args: { path: { ...PATH, optional: true } },
      changes: false,
      async run(context, { options, args }) {
        const path = args.path ?? DEVICES
        return listed(SYSFS_ENTRIES, await readHost(context, (state) => listEntries(state, path)), options)
      },
    }),
    verb({
      name: 'cat',
      summary: 'print a file, byte for byte as the kernel would',
      examples: ['sysfs cat c1:00.4/nvidia/creatable_vgpu_types', 'sysfs cat c1:00.0/config'],
      options: {},
      args: { path: PATH },
      changes: false,
      async run(context, { args }) {
        return { raw: await readHost(context, (state) => read(state, args.path)) }
      },
    }),
    verb({
      name: 'export',
      summary: 'write the whole tree into a directory, for programs that accept another root than /sys',
      examples: ['sysfs export tree', 'sysfs export /tmp/l40 -o json'],
      options: {},
      args: { dir: { summary: 'the directory: a new one, or an empty one', parse: parsePath, complete: 'dir' } },
      changes: false,
      async run(context, { args }) {
        const [{ writeSysfs }, { refuseInState }] = await Promise.all([
          import('../../app/sysfs-tree.ts'),
          import('../../app/not-in-state.ts'),
        ])
        const count = await readHost(context, (state) => {
          refuseInState(context, args.dir)
          return writeSysfs(state, args.dir)
        })
        const remark = `lspci -A linux-sysfs -O sysfs.path=${args.dir}/bus/pci reads it`
        return { ...list(SYSFS_TREES, [{ path: args.dir, ...count }]), remark }
      },
    }),
    verb({
      name: 'write',
      summary: 'write a file, with the kernel’s checks and errno; standard input without a value',
      examples: [
        'sysfs write c1:00.0/sriov_numvfs 4',
        'sysfs write c1:00.4/nvidia/current_vgpu_type 874',
        'sysfs write /sys/bus/pci/drivers/nvidia-vgpu-vfio/unbind 0000:c1:00.4',
      ],
      options: {},
      args: { path: PATH, value: { summary: 'the text', optional: true } },
      changes: true,
      async run(context, { args }) {
        const bytes = args.value === undefined ? context.io.readStdin(MOST_BYTES) : new TextEncoder().encode(args.value)
        const taken = await changeHost(context, (state) => write(state, args.path, bytes))
        return changed(SYSFS_WRITES, { changed: true, items: [{ path: args.path, bytes: taken }], warnings: [] })
      },
    }),
  ],
}
