import { given } from '../../app/given.ts'
import { changeHost, readHost } from '../../app/transaction.ts'
import { usageError } from '../../app/usage.ts'
import { parseCount } from '../../app/values.ts'
import type { Change } from '../../contract/views/change.ts'
import type { VfView } from '../../contract/views/gpu.ts'
import { persistGpu } from '../../engine/definitions/intent.ts'
import { mergeChanges } from '../../engine/merge-changes.ts'
import type { HostState } from '../../engine/state.ts'
import { gpuViews } from '../../engine/views/gpu.ts'
import { vfViewOf, vfViews } from '../../engine/views/vf.ts'
import { changed, detail } from '../../render/answer.ts'
import { GPUS } from '../../render/gpu.ts'
import { VFS, vfSheet } from '../../render/vf.ts'
import { LISTING, listed } from '../listing.ts'
import { firstOf, GPU_OPTION, gpuWords, VF_ARGUMENT } from '../selectors.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

const RAW = { summary: 'the literal write to sriov_numvfs, with the kernel’s refusals' } as const

export const vf: NounSpec = {
  name: 'vf',
  verbs: [
    verb({
      name: 'enable',
      summary: 'enable this many VFs; a new number first disables all',
      examples: ['vf enable 4', 'vf enable 16 --gpu 1', 'vf enable 16 --all', 'vf enable 8 --raw'],
      options: {
        gpu: GPU_OPTION,
        all: { summary: 'on every GPU, all or none' },
        raw: RAW,
        force: { summary: 'close and remove vGPUs that prevent it' },
        persist: { summary: 'also at boot, with the current mode and scheduler of the GPU' },
      },
      args: { count: { summary: 'number of VFs, up to the total of the GPU' } },
      changes: true,
      async run(context, { options, args }) {
        const { enableVfs } = await import('../../engine/verbs/vfs.ts')
        // A raw write takes any text: what the kernel makes of it is the kernel's to say.
        const count = options.raw ? args.count : parseCount(args.count)
        const request = { count, raw: options.raw, force: options.force }
        if (options.all && options.gpu !== undefined) throw usageError('--all is every GPU, and cannot go with --gpu')
        const enable = (state: HostState, gpu: string | undefined): Change<VfView> => {
          const enabled = enableVfs(state, { ...request, ...given({ gpu }) })
          const news = options.persist && persistGpu(state, true, gpu)
          return { ...enabled, changed: enabled.changed || news }
        }
        const enableAll = (state: HostState) => mergeChanges(state.gpus.map((_, index) => enable(state, String(index))))
        const act = options.all ? enableAll : (state: HostState) => enable(state, options.gpu)
        return changed(VFS, await changeHost(context, act))
      },
    }),
    verb({
      name: 'disable',
      summary: 'disable all VFs; refused while a vGPU is configured or running',
      examples: ['vf disable', 'vf disable --gpu 1', 'vf disable --force'],
      options: {
        gpu: GPU_OPTION,
        raw: RAW,
        force: { summary: 'close and remove the vGPUs on them' },
        persist: { summary: 'also at boot: only VFs of definitions are enabled then' },
      },
      args: {},
      changes: true,
      async run(context, { options }) {
        const { disableVfs } = await import('../../engine/verbs/vfs.ts')
        const request = { raw: options.raw, force: options.force, ...gpuOf(options) }
        const change = await changeHost(context, (state) => {
          const disabled = disableVfs(state, request)
          const news = options.persist && persistGpu(state, false, options.gpu)
          return { ...disabled, changed: disabled.changed || news }
        })
        return changed(GONE, change)
      },
    }),
    verb({
      name: 'list',
      summary: 'a line for each enabled VF',
      examples: ['vf list', 'vf list --gpu 0 -o wide', 'vf list -q', 'vf list --filter vgpu='],
      options: { gpu: GPU_OPTION, ...LISTING },
      args: {},
      changes: false,
      async run(context, { options }) {
        const { vfs, first } = await readHost(context, (state) => ({
          vfs: vfViews(state, options.gpu),
          first: firstOf(state),
        }))
        const gpu = gpuWords(options.gpu ?? first)
        return listed(VFS, vfs, options, `no VF is enabled; hint: nvgpu vf enable 4${gpu}`)
      },
    }),
    verb({
      name: 'show',
      summary: 'driver, type, identity and BARs of a VF',
      examples: ['vf show 0', 'vf show 0000:c1:00.4 -o json', 'vf show 1/3'],
      options: { gpu: GPU_OPTION },
      args: { vf: VF_ARGUMENT },
      changes: false,
      async run(context, { options, args }) {
        return detail(VFS, [await readHost(context, (state) => vfViewOf(state, args.vf, options.gpu))], vfSheet)
      },
    }),
    verb({
      name: 'autoprobe',
      summary: 'whether new VFs are bound to the variant driver (sriov_drivers_autoprobe)',
      examples: ['vf autoprobe off', 'vf autoprobe on --gpu 1'],
      options: { gpu: GPU_OPTION },
      args: { state: { summary: 'from now on', choices: ['on', 'off'] } },
      changes: true,
      async run(context, { options, args }) {
        const { setAutoprobe } = await import('../../engine/verbs/vfs.ts')
        const on = args.state === 'on'
        const change = await changeHost(context, (state) => {
          const was = gpuViews(state, options.gpu)
          setAutoprobe(state, on, options.gpu)
          const items = gpuViews(state, options.gpu)
          return { changed: was.some((gpu) => gpu.sriov?.autoprobe !== on), items, warnings: [] }
        })
        return changed(AUTOPROBED, change)
      },
    }),
    verb({
      name: 'bind',
      summary: 'bind a VF to a driver',
      examples: ['vf bind 0', 'vf bind c1:00.5 --driver vfio-pci'],
      options: {
        gpu: GPU_OPTION,
        driver: { value: 'DRIVER', summary: 'the driver', choices: ['nvidia-vgpu-vfio', 'nvidia', 'vfio-pci'] },
      },
      args: { vf: VF_ARGUMENT },
      changes: true,
      async run(context, { options, args }) {
        const { bindVf } = await import('../../engine/verbs/vfs.ts')
        const driver = options.driver ?? 'nvidia-vgpu-vfio'
        return changed(VFS, await changeHost(context, (state) => bindVf(state, args.vf, driver, options.gpu)))
      },
    }),
    verb({
      name: 'unbind',
      summary: 'unbind a VF from its driver',
      examples: ['vf unbind 0', 'vf unbind c1:00.5'],
      options: { gpu: GPU_OPTION },
      args: { vf: VF_ARGUMENT },
      changes: true,
      async run(context, { options, args }) {
        const { unbindVf } = await import('../../engine/verbs/vfs.ts')
        return changed(VFS, await changeHost(context, (state) => unbindVf(state, args.vf, options.gpu)))
      },
    }),
  ],
}

/** Removed VFs are shown in their last state. */
const GONE: typeof VFS = { ...VFS, sentence: (item) => `VF ${item.bdf} removed` }

const AUTOPROBED: typeof GPUS = {
  ...GPUS,
  sentence: (gpu) =>
    `new VFs of ${gpu.bdf} are ${gpu.sriov?.autoprobe === true ? '' : 'not '}bound to the variant driver`,
}

function gpuOf(options: { readonly gpu: string | undefined }): { gpu?: string } {
  return given({ gpu: options.gpu })
}
