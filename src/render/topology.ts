import type { GpuView, VfView } from '../contract/views/gpu.ts'
import type { Overview } from '../contract/views/host.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { View } from './answer.ts'
import { type EqualGpus, equalGpus, gpusTitle } from './equal-gpus.ts'

/** The host as a tree: boards, GPUs, VFs, vGPUs and VMs. */
export const TOPOLOGY: View<Overview> = {
  kind: 'topology',
  name: ({ host }) => host.profile,
  columns: [],
  fields: ['host.profile', 'host.gpus', 'host.vfs', 'host.vgpus.configured', 'host.vgpus.running'],
  picture: (items) => items.map((item) => drawTree(treeOf(item)).join('')).join('\n'),
}

interface Node {
  readonly text: string
  readonly below: readonly Node[]
}

type Below = Pick<Overview, 'gpuInstances' | 'vfs' | 'vgpus'>

function treeOf({ host, gpus, ...below }: Overview): Node {
  const boards = [...new Set(gpus.map((gpu) => gpu.name))]
  return {
    text: `host (${host.profile}, driver ${host.driverVersion})`,
    below: boards.map((name) => ({
      text: name,
      below: gpuNodes(
        gpus.filter((gpu) => gpu.name === name),
        below,
      ),
    })),
  }
}

/** The GPUs of a board. Equal ones without vGPUs and GPU instances are one node, in the place of the first. */
function gpuNodes(gpus: readonly GpuView[], below: Below): Node[] {
  const { vfs, gpuInstances } = below
  const carriers = vfs.flatMap((vf) => (vf.vgpu === null ? [] : [vf.gpu]))
  const used = new Set([...carriers, ...gpuInstances.map(({ gpu }) => gpu)])
  const idle = gpus.filter(({ index }) => !used.has(index))
  const groups = equalGpus(
    idle.map(({ index, bdf, sriov, mig }) => ({
      gpu: index,
      bdf,
      vfs: sriov?.numVfs ?? 0,
      mig: mig.current === 'Enabled',
    })),
  )
  const groupAt = new Map(groups.map((group) => [group.first.gpu, group]))
  return gpus.flatMap((gpu) => {
    const group = groupAt.get(gpu.index)
    if (group !== undefined && group.indices.length > 1) return [idleNode(group)]
    return used.has(gpu.index) || group !== undefined ? [gpuNode(gpu, below)] : []
  })
}

function idleNode(group: EqualGpus<{ readonly vfs: number; readonly mig: boolean }>): Node {
  const { vfs, mig } = group.first
  return {
    text: `${gpusTitle(group)}${mig ? ', MIG' : ''}`,
    below: vfs === 0 ? [] : [{ text: `${vfs} ${vfs === 1 ? 'VF' : 'VFs'} of each without a vGPU`, below: [] }],
  }
}

function gpuNode(gpu: GpuView, { gpuInstances, vfs, vgpus }: Below): Node {
  const own = vfs.filter((vf) => vf.gpu === gpu.index)
  const type = gpu.vgpuType === null ? '' : `, ${shortTypeName(gpu.vgpuType.name)}`
  const free = own.filter((vf) => vf.vgpu === null)
  const used = own.filter((vf) => vf.vgpu !== null)
  const [first, last] = [free[0]?.bdf, free.at(-1)?.bdf]
  const rest = first === undefined ? [] : [{ text: freeText(free.length, first, last), below: [] }]
  const nodeOf = (vf: VfView) => ({ text: `VF ${vf.bdf}`, below: vgpuNodes(vf, vgpus) })
  const instances = gpuInstances.filter((instance) => instance.gpu === gpu.index)
  const placed = new Set<string | null>(instances.flatMap((instance) => instance.vgpus))
  return {
    text: `GPU ${gpu.index} ${gpu.bdf}${type}${gpu.mig.current === 'Enabled' ? ', MIG' : ''}`,
    below: [
      ...instances.map((instance) => ({
        text: instanceText(instance),
        below: used.filter((vf) => vf.vgpu !== null && instance.vgpus.includes(vf.vgpu)).map(nodeOf),
      })),
      ...used.filter((vf) => !placed.has(vf.vgpu)).map(nodeOf),
      ...rest,
    ],
  }
}

function instanceText({ id, profile, placement, computeInstances }: Overview['gpuInstances'][number]): string {
  const compute = computeInstances.length === 0 ? '' : `, compute ${computeInstances.map((one) => one.id).join(' ')}`
  return `GPU instance ${id}, ${profile.name} at ${placement.start}:${placement.size}${compute}`
}

function freeText(count: number, first: string, last: string | undefined): string {
  return count === 1 ? `VF ${first} without a vGPU` : `${count} VFs without a vGPU, ${first} to ${last}`
}

function vgpuNodes(vf: VfView, vgpus: Overview['vgpus']): Node[] {
  return vgpus
    .filter(({ uuid }) => uuid === vf.vgpu)
    .map(({ uuid, name, vgpuType, state, vm, pid }) => ({
      text: `vGPU ${uuid.slice(0, 8)}${name === null ? '' : ` ${name}`}, ${shortTypeName(vgpuType.name)}, ${state}`,
      below: vm === null ? [] : [{ text: `VM ${vm} (pid ${pid ?? '-'})`, below: [] }],
    }))
}

function drawTree({ text, below }: Node, first = '', rest = ''): string[] {
  return [
    `${first}${text}\n`,
    ...below.flatMap((node, index) =>
      index === below.length - 1
        ? drawTree(node, `${rest}\`- `, `${rest}   `)
        : drawTree(node, `${rest}|- `, `${rest}|  `),
    ),
  ]
}
