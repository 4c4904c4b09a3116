import { describe, expect, it } from 'vitest'
import { configured } from '../../src/engine/select.ts'
import { drainGpu } from '../../src/engine/verbs/drain.ts'
import { vgpuView } from '../../src/engine/views/vgpu.ts'
import type { Host } from './bound-host.ts'
import { arm, hostOf, uuidOf } from './host-of.ts'

/** Two mixed GPUs; the first has a small, a large, a paused and a configured vGPU. */
function mixed(): Host {
  const { host } = hostOf({ gpus: 2 })
  for (const gpu of ['0', '1']) {
    host.enableVfs({ count: 8, gpu })
    host.setMode({ mode: 'heterogeneous', gpu })
  }
  const create = (n: number, type: string, start = true) =>
    host.createVgpu({ type, gpu: '0', uuid: uuidOf(n), name: `vm${n}`, start })
  create(1, 'L40-4Q')
  create(2, 'L40-24Q')
  create(3, 'L40-4Q')
  create(4, 'L40-8Q', false)
  host.suspendVgpus({ selectors: [uuidOf(3)] })
  return host
}

const places = ({ state }: Host) =>
  configured(state).map((at) => {
    const { uuid, name, vf, vm, placementId, framebuffer, channels, state: status } = vgpuView(state, at)
    return { uuid, name, vf, vm, placementId, framebuffer, channels, status }
  })

describe('drainGpu', () => {
  it('K 8: packs the vGPUs of a mixed GPU on another, the largest first', () => {
    const host = mixed()
    const before = places(host)
    const { from } = drainGpu(host.state, { gpu: '0', to: '1' })
    expect([...from]).toEqual(before.map(({ uuid, vf }) => [uuid, vf]))
    expect(places(host).map(({ name, status }) => [name, status])).toEqual([
      ['vm2', 'running'],
      ['vm4', 'configured'],
      ['vm1', 'running'],
      ['vm3', 'paused'],
    ])
    expect(places(host).map(({ vf }) => vf?.slice(0, 8))).toEqual(Array.from({ length: 4 }, () => '0000:c2:'))
  })

  it.each([
    ['ops.allocFbmem', 'ENOSPC'],
    ['ops.allocChids', 'ENOSPC'],
    ['plugin.boot', 'ETIMEDOUT'],
    ['mig.write', 'EIO'],
    ['mig.RESUMING-STOP', 'EIO'],
  ])('K 8: a fault at %s of any vGPU undoes all moves', (point, effect) => {
    let refusals = 0
    for (let after = 0; after < 3; after += 1) {
      const host = mixed()
      const before = places(host)
      arm(host.state, point, effect, after)
      try {
        drainGpu(host.state, { gpu: '0', to: '1' })
      } catch {
        refusals += 1
        expect(places(host)).toEqual(before)
      }
    }
    expect(refusals).toBeGreaterThan(1)
  })
})
