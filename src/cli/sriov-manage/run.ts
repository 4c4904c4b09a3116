import { formatBdf } from '../../abi/pci.ts'
import { changeHost, readHost } from '../../app/transaction.ts'
import { totalVfs } from '../../engine/definitions/vf-address.ts'
import type { GpuState, HostState } from '../../engine/state.ts'
import { resetGpu } from '../../engine/verbs/power.ts'
import { disableVfs, enableVfs } from '../../engine/verbs/vfs.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Answer } from '../../render/answer.ts'
import type { Context } from '../context.ts'

type Action = 'enable' | 'disable'

interface Request {
  readonly action: Action
  /** an address as written, or ALL in any case */
  readonly target: string
  /** reset and scan the GPU first */
  readonly reset: boolean
}

/** The help of the script, as its users quote it. */
const USAGE = `Usage:
    sriov-manage <-e|-d> <ssss:bb:dd.f|ALL>
        Enable/disable Virtual functions on the GPU specified by the PCI_ID=ssss:bb:dd.f.
        If 'ALL' is specified in place of PCI_ID, operate on all the nvidia GPUs in the system.

    sriov-manage -e <ssss:bb:dd.f|ALL> -r 1
        Reset and rescan the GPU followed by enabling Virtual functions on the GPU.

    sriov-manage -h
        Print this help.
`

/** Runs a command line of NVIDIA's sriov-manage: a line for each GPU, status 1 if one of them fails. */
export async function sriovManage(context: Context, words: readonly string[]): Promise<Answer> {
  if (words.length === 1 && (words[0] === 'help' || words[0] === '-h')) return { raw: USAGE }
  const request = requestOf(words)
  if (request === null) {
    context.io.stderr.write(USAGE)
    return { raw: '', status: 1 }
  }
  const targets = await readHost(context, (state) => targetsOf(state, request.target))
  if (targets.length === 0) {
    context.io.stderr.write(`There is no NVIDIA GPU at ${request.target.slice(0, 40)}\n`)
    return { raw: '', status: 1 }
  }
  let text = ''
  let status = 0
  for (const bdf of targets) {
    text += `${request.action === 'enable' ? 'Enabling' : 'Disabling'} VFs on ${bdf}\n`
    try {
      await changeHost(context, (state) => act(state, bdf, request))
    } catch (error) {
      if (!(error instanceof NvError)) throw error
      context.io.stderr.write(`${error.message}\n`)
      status = 1
    }
  }
  return { raw: text, status }
}

/** The request of a command line; null where the script prints its help. */
function requestOf(words: readonly string[]): Request | null {
  const [flag, target, ...more] = words
  const action = flag === '-e' ? 'enable' : flag === '-d' ? 'disable' : null
  const reset = more.join(' ') === '-r 1'
  if (action === null || target === undefined || (more.length > 0 && !reset) || (reset && action === 'disable'))
    return null
  return { action, target, reset }
}

/** Addresses of the GPUs: all, or the one at an address whose parts may be short, as in 0:c1:0.0. */
function targetsOf(state: HostState, target: string): string[] {
  const all = state.gpus.map(({ bdf }) => bdf)
  if (target.toUpperCase() === 'ALL') return all
  const [, domain = '0', bus = '', device = '', fn = ''] =
    /^(?:([0-9a-f]{1,8}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})\.([0-7])$/i.exec(target) ?? []
  const number = (text: string) => Number.parseInt(text, 16)
  const bdf = formatBdf({ domain: number(domain), bus: number(bus), device: number(device), function: number(fn) })
  return all.filter((known) => known === bdf)
}

/**
 * All VFs of one GPU. The script unbinds the driver for that, which ends vGPUs without a VM, mixed-size mode and the
 * scheduler's setting; enabling what is enabled changes nothing.
 * @throws NvError EBUSY (a VM uses the GPU), or as the change fails
 */
function act(state: HostState, bdf: string, { action, reset }: Request): void {
  const gpu = gpuAt(state, bdf)
  const wanted = action === 'enable' ? totalVfs(gpu) : 0
  if (gpu.hw.numVfs === wanted && !reset) return
  refuseBusy(gpu)
  if (gpu.hw.numVfs > 0) disableVfs(state, { gpu: bdf, force: true })
  if (reset) resetGpu(state, bdf)
  gpuAt(state, bdf).scheduler = null
  if (wanted > 0) enableVfs(state, { gpu: bdf, count: wanted })
}

function gpuAt(state: HostState, bdf: string): GpuState {
  const gpu = state.gpus.find((known) => known.bdf === bdf)
  if (gpu) return gpu
  throw new NvError({
    errno: 'ENODEV',
    code: 'not-found',
    at: 'sriov-manage',
    message: `There is no NVIDIA GPU at ${bdf}`,
  })
}

function refuseBusy({ bdf, vfs }: GpuState): void {
  if (vfs.every((vf) => vf.opened === null)) return
  throw new NvError({
    errno: 'EBUSY',
    code: 'busy',
    at: 'sriov-manage',
    message: `Cannot obtain unbindLock for ${bdf}`,
    object: bdf,
  })
}
