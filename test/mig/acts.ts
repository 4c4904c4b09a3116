import { expect } from 'vitest'
import { migProfilesOf } from '../../src/catalog/mig-profiles.ts'
import { boardOf } from '../../src/engine/board-of.ts'
import { fits } from '../../src/engine/capacity.ts'
import { knownTypes } from '../../src/engine/known-types.ts'
import { decodeType } from '../../src/engine/vgpu-mgr/types.ts'
import type { Host } from '../engine/bound-host.ts'
import { gpuOf, uuidOf } from '../engine/host-of.ts'

/** A step on one host. Its number picks among the objects there are. */
export type Act = (host: Host, n: number) => unknown

export const nth = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)]

export const vgpus = (host: Host) => host.vgpuViews().map(({ uuid }) => uuid)

const vgpuAt = (host: Host, n: number) => nth(vgpus(host), n) ?? 'none'

/** A GPU of the host, its number, and its GPU instances. */
function gpuAt(host: Host, n: number) {
  const index = n % host.state.gpus.length
  const gpu = gpuOf(host.state, index)
  return { index, gpu: String(index), board: gpu.board, instance: nth(gpu.gsp.mig.instances, n)?.swizzId ?? 0 }
}

const profileAt = (board: string, n: number) => String(nth(migProfilesOf(board), n)?.id ?? '')

/** A MIG-backed type of an instance there is; every fifth time any MIG-backed type, or a time-sliced one. */
function typeAt(host: Host, n: number): number {
  const { index, board } = gpuAt(host, n)
  const types = knownTypes(host.state, boardOf(gpuOf(host.state, index))).map(decodeType)
  const backed = types.filter(({ gpuInstanceSize }) => gpuInstanceSize > 0)
  const profiles = host.gpuInstanceViews(String(index)).map(({ profile }) => profile.id)
  const fitting = backed.filter(({ gpuInstanceProfileId }) => profiles.includes(gpuInstanceProfileId))
  const choice = n % 5 > 0 && fitting.length > 0 ? fitting : [...backed, ...types.slice(0, 1)]
  return nth(choice, n)?.vgpuType ?? expect.fail(`${board} has no type`)
}

/** Creates a vGPU: as many are possible as capacity says. */
function createVgpu(host: Host, n: number): void {
  const { index, gpu } = gpuAt(host, n)
  const vgpuType = typeAt(host, n)
  const room = fits(host.state, index, vgpuType).count
  const start = n % 4 > 0
  try {
    host.createVgpu({ type: String(vgpuType), gpu, uuid: uuidOf(n), start })
  } catch (error) {
    if (room > 0 && !vgpus(host).includes(uuidOf(n))) throw new Error(`capacity says ${room}: ${error}`)
    throw error
  }
  // capacity counts vGPUs that also start
  if (start) expect(room, `${vgpuType} was created`).toBeGreaterThan(0)
}

export const ACTS: Readonly<Record<string, Act>> = {
  enable: (host, n) => host.setMigMode({ gpu: gpuAt(host, n).gpu, on: true }),
  disable: (host, n) => host.setMigMode({ gpu: gpuAt(host, n).gpu, on: false }),
  vfs: (host, n) => host.enableVfs({ gpu: gpuAt(host, n).gpu, count: 1 + (n % 8) }),
  noVfs: (host, n) => host.disableVfs({ gpu: gpuAt(host, n).gpu, force: n % 4 === 0 }),
  instance(host, n) {
    const { gpu, board } = gpuAt(host, n)
    host.createGpuInstances({ gpu, instances: [{ profile: profileAt(board, n) }], compute: n % 2 === 0 })
  },
  placed(host, n) {
    const { gpu, board } = gpuAt(host, n)
    const start = (n >> 1) % 13
    host.createGpuInstances({ gpu, instances: [{ profile: profileAt(board, n), start }], compute: false })
  },
  three(host, n) {
    const { gpu, board } = gpuAt(host, n)
    const instances = [n, 0, n >> 3].map((nthProfile) => ({ profile: profileAt(board, nthProfile) }))
    host.createGpuInstances({ gpu, instances, compute: n % 2 === 0 })
  },
  compute(host, n) {
    const { gpu, instance } = gpuAt(host, n)
    host.createComputeInstances({ gpu, gpuInstance: instance, instances: [{ profile: `${1 + (n % 3)}c` }] })
  },
  uncompute(host, n) {
    const { gpu, instance } = gpuAt(host, n)
    host.destroyComputeInstance({ gpu, gpuInstance: instance, id: n % 3 })
  },
  free(host, n) {
    const { gpu, instance } = gpuAt(host, n)
    host.destroyGpuInstances({ gpu, ids: [instance], withCompute: n % 2 === 0 })
  },
  freeAll: (host, n) => host.destroyGpuInstances({ gpu: gpuAt(host, n).gpu, withCompute: true }),
  vgpu: createVgpu,
  start: (host, n) => host.startVgpus({ selectors: [vgpuAt(host, n)] }),
  stop: (host, n) => host.stopVgpus({ selectors: [vgpuAt(host, n)] }),
  suspend: (host, n) => host.suspendVgpus({ selectors: [vgpuAt(host, n)] }),
  resume: (host, n) => host.resumeVgpus({ selectors: [vgpuAt(host, n)] }),
  destroy: (host, n) => host.destroyVgpus({ selectors: [vgpuAt(host, n)] }),
  reset: (host, n) => host.resetGpu(gpuAt(host, n).gpu),
  reboot: (host) => host.rebootHost(),
  unbind: (host, n) => host.unbindGpu(gpuAt(host, n).gpu, { unlessUsed: true }),
  bind: (host, n) => host.bindGpu(gpuAt(host, n).gpu),
}
