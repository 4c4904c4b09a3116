import type { FleetNode } from '../node.ts'

/** Figures of KWOK's own example, for hosts of which the fleet says nothing. */
const USUAL = { cpu: '32', memory: '256Gi' } as const
const PODS = '110'

/**
 * A Node as KWOK takes it. Its extended resources are in KubeVirt's naming: of each type the number that the node can still
 * create, if no other type comes. Such counters are independent of one another; vGPUs are not.
 */
export function kwokNode(name: string, node: FleetNode): object {
  const { cpuMilli, memoryMiB, model, gpus } = node
  const resources = {
    cpu: cpuMilli === null ? USUAL.cpu : `${cpuMilli}m`,
    memory: memoryMiB === null ? USUAL.memory : `${memoryMiB}Mi`,
    pods: PODS,
    ...vgpuResources(node),
  }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake', 'node.alpha.kubernetes.io/ttl': '0' },
      labels: {
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'node-role.kubernetes.io/agent': '',
        type: 'kwok',
        ...(model === null ? {} : { 'nvidia.com/gpu.product': labelValue(model) }),
        'nvidia.com/gpu.count': String(gpus.length),
      },
    },
    spec: { taints: [{ effect: 'NoSchedule', key: 'kwok.x-k8s.io/node', value: 'fake' }] },
    status: {
      allocatable: resources,
      capacity: resources,
      nodeInfo: {
        architecture: 'amd64',
        bootID: '',
        containerRuntimeVersion: '',
        kernelVersion: '',
        kubeProxyVersion: 'fake',
        kubeletVersion: 'fake',
        machineID: '',
        operatingSystem: 'linux',
        osImage: '',
        systemUUID: '',
      },
      phase: 'Running',
    },
  }
}

function vgpuResources({ gpus, states, types }: FleetNode): Record<string, string> {
  const found: Record<string, string> = {}
  for (const type of types) {
    const room = gpus.reduce((sum, { state }) => sum + states.room(state, type.vgpuType), 0)
    const isOwn = gpus.some(({ state }) => states.space(state).rules.types.has(type.vgpuType))
    if (isOwn) found[resourceName(type.name)] = String(room)
  }
  return found
}

/** nvidia.com/NVIDIA_L40-4Q, as KubeVirt names a mediated device. */
function resourceName(typeName: string): string {
  return `nvidia.com/${labelValue(typeName.replaceAll(' ', '_'))}`
}

/** A text as the value of a label. */
function labelValue(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 63)
    .replace(/^[._-]+|[._-]+$/g, '')
}
