import { readInput, writeOutput } from '../../app/files.ts'
import { given } from '../../app/given.ts'
import { Overtaken, untilFirst } from '../../app/overtaken.ts'
import { changeHost, tryHost } from '../../app/transaction.ts'
import { usageError } from '../../app/usage.ts'
import { parseName, parseSelector, parseVm } from '../../app/values.ts'
import type { Change } from '../../contract/views/change.ts'
import type { VgpuView } from '../../contract/views/vgpu.ts'
import type { HostState } from '../../engine/state.ts'
import { changed } from '../../render/answer.ts'
import { VGPUS } from '../../render/vgpu.ts'
import type { Context } from '../context.ts'
import { GPU_OPTION, GPU_TARGET, VGPU_ARGUMENT } from '../selectors.ts'
import { verb } from '../spec.ts'
import { ALL, TARGETS, targets } from '../vgpu-targets.ts'

/** Verbs of the noun vgpu that stop a guest and resume it, here or from a file. */
export const SAVE_VERBS = {
  suspend: () =>
    verb({
      name: 'suspend',
      summary: 'pause in place: the guest stops and keeps its resources',
      examples: ['vgpu suspend desk7', 'vgpu suspend --all', 'vgpu suspend --gpu 1'],
      options: { all: ALL, gpu: GPU_TARGET },
      args: { vgpu: TARGETS },
      changes: true,
      async run(context, { options, args }) {
        const { suspendVgpus } = await import('../../engine/verbs/save.ts')
        const request = targets('suspend', args.vgpu, options)
        return changed(VGPUS, await changeHost(context, (state) => suspendVgpus(state, request)))
      },
    }),
  resume: () =>
    verb({
      name: 'resume',
      summary: 'resume paused vGPUs',
      examples: ['vgpu resume desk7', 'vgpu resume --all'],
      options: { all: ALL, gpu: GPU_TARGET },
      args: { vgpu: TARGETS },
      changes: true,
      async run(context, { options, args }) {
        const { resumeVgpus } = await import('../../engine/verbs/save.ts')
        const request = targets('resume', args.vgpu, options)
        return changed(VGPUS, await changeHost(context, (state) => resumeVgpus(state, request)))
      },
    }),
  save: () =>
    verb({
      name: 'save',
      summary: 'suspend to a file and release framebuffer and channels; type, UUID and VF stay',
      examples: ['vgpu save desk7 desk7.vgpu', 'vgpu save 6f1c /srv/saved/6f1c.vgpu --dry-run'],
      options: {},
      args: { vgpu: VGPU_ARGUMENT, file: { summary: 'the file; an existing one is replaced', complete: 'file' } },
      changes: true,
      async run(context, { args }) {
        if (args.file === '-') throw usageError('a saved vGPU goes into a file, not to standard output')
        return changed(VGPUS, await saveToFile(context, args.vgpu, args.file))
      },
    }),
  restore: () =>
    verb({
      name: 'restore',
      summary: 'restore a saved vGPU: where it is configured, on --vf, or on a free VF',
      examples: [
        'vgpu restore desk7.vgpu',
        'vgpu restore desk7.vgpu --vf 0000:c1:00.6 --vm desk7b',
        'vgpu restore',
        'vgpu restore --saved desk7',
      ],
      options: {
        gpu: { ...GPU_OPTION, summary: 'the GPU; else the first on which it fits' },
        vf: {
          value: 'VF',
          summary: 'the VF; else its own, or the first free one',
          parse: parseSelector,
          complete: 'vf',
        },
        vm: { value: 'VM', summary: 'name or UUID of the VM; else the one it had', parse: parseVm },
        name: { value: 'NAME', summary: 'name of the vGPU; else the one it had', parse: parseName },
        saved: {
          value: 'VGPU',
          summary: 'a vGPU that a warm update left saved; default without FILE: all of them',
          parse: parseSelector,
          complete: 'vgpu',
        },
      },
      args: { file: { summary: 'a file of vgpu save, - for standard input', optional: true, complete: 'file' } },
      changes: true,
      async run(context, { options, args }) {
        const { restoreSavedVgpus, restoreVgpu } = await import('../../engine/verbs/save.ts')
        const { gpu, vf, vm, name, saved } = options
        if (args.file === undefined) {
          if ([vf, vm, name].some((option) => option !== undefined))
            throw usageError('--vf, --vm and --name go with a FILE')
          const request = {
            selectors: saved === undefined ? [] : [saved],
            all: saved === undefined,
            ...given({ gpu }),
          }
          return changed(VGPUS, await changeHost(context, (state) => restoreSavedVgpus(state, request)))
        }
        if (saved !== undefined) throw usageError('name a FILE, or --saved, not both')
        const file = readInput(context, args.file)
        const request = {
          ...given({ gpu, vf, vm, name }),
        }
        return changed(VGPUS, await changeHost(context, (state) => restoreVgpu(state, file, request)))
      },
    }),
}

/**
 * The file is on disk before the vGPU is closed: it is written from a copy of the state, and the change is committed
 * only if saving then gives the same bytes. If the vGPU changed in between, the file is written again.
 */
async function saveToFile(context: Context, vgpu: string, path: string): Promise<Change<VgpuView>> {
  const { saveVgpu } = await import('../../engine/verbs/save.ts')
  const save = (state: HostState) => saveVgpu(state, vgpu)
  return untilFirst(context, async () => {
    const { file, change } = await tryHost(context, save)
    if (context.settings.dryRun) {
      const { refuseInState } = await import('../../app/not-in-state.ts')
      refuseInState(context, path)
      return change
    }
    await writeOutput(context, path, file)
    return changeHost(context, (state) => {
      const now = save(state)
      if (!same(now.file, file)) throw new Overtaken()
      return now.change
    })
  })
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
