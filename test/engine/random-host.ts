import fc from 'fast-check'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { boundHost } from './bound-host.ts'
import { uuidOf } from './host-of.ts'

const TYPES = ['L40-1B', 'L40-4Q', 'L40-8Q', 'L40-12Q', 'L40-48Q'] as const
export const PROFILES = ['v2', 'vgpu17', 'vgpu16', 'rfc-v1'] as const
/** Number of UUIDs and names: few, so that hosts and wishes often name the same vGPU. */
const FEW = 4

export const type = fc.constantFrom(...TYPES)
export const number = fc.nat({ max: FEW })
export const some = <T>(value: fc.Arbitrary<T>, weight = 1) =>
  fc.oneof({ weight, arbitrary: value }, { weight: 3, arbitrary: fc.constant(undefined) })

export interface Past {
  profile: (typeof PROFILES)[number]
  gpus: number
  vfs: number[]
  mixed: boolean[]
  autoprobe: boolean
  policies: ('best-effort' | 'equal-share' | 'fixed-share')[]
  ecc: { on: boolean; reset: boolean; gpu: number } | undefined
  persist: 'never' | 'early' | 'last'
  favourite: string
  vgpus: {
    type: string | undefined
    gpu: number
    name: number | undefined
    uuid: number | undefined
    state: number
    defined: boolean
    limited: boolean
  }[]
}

export const past: fc.Arbitrary<Past> = fc.record({
  profile: fc.constantFrom(...PROFILES),
  gpus: fc.constantFrom(2, 2, 2, 1),
  vfs: fc.array(fc.constantFrom(6, 6, 4, 0), { minLength: 2, maxLength: 2 }),
  mixed: fc.array(fc.boolean(), { minLength: 2, maxLength: 2 }),
  autoprobe: fc.nat({ max: 4 }).map((n) => n > 0),
  policies: fc.array(fc.constantFrom('best-effort' as const, 'equal-share' as const, 'fixed-share' as const), {
    minLength: 2,
    maxLength: 2,
  }),
  ecc: some(fc.record({ on: fc.boolean(), reset: fc.boolean(), gpu: fc.nat({ max: 1 }) })),
  persist: fc.constantFrom('never' as const, 'early' as const, 'last' as const),
  favourite: type,
  vgpus: fc.array(
    fc.record({
      type: some(type),
      gpu: fc.nat({ max: 1 }),
      name: some(number),
      uuid: some(number, 3),
      state: fc.nat({ max: 2 }),
      defined: fc.nat({ max: 3 }).map((n) => n === 0),
      limited: fc.boolean(),
    }),
    { maxLength: 6 },
  ),
})

/** A host after random operations, without the refused ones. */
export function hostAfter({
  profile,
  gpus,
  vfs,
  mixed,
  autoprobe,
  policies,
  ecc,
  persist,
  favourite,
  vgpus,
}: Past): HostState {
  const state = newHost({ profile, gpus })
  const host = boundHost(state)
  const attempt = (act: () => unknown) => {
    try {
      act()
    } catch (error) {
      if (!(error instanceof NvError)) throw error
    }
  }
  for (let gpu = 0; gpu < gpus; gpu += 1) {
    if ((vfs[gpu] ?? 0) > 0) host.enableVfs({ gpu: String(gpu), count: vfs[gpu] ?? 0 })
    if (persist === 'early') host.persistGpu(true, String(gpu))
    if (mixed[gpu]) attempt(() => host.setMode({ gpu: String(gpu), mode: 'heterogeneous' }))
    host.setAutoprobe(autoprobe, String(gpu))
    attempt(() => host.setScheduler({ gpu: String(gpu), policy: policies[gpu] ?? 'best-effort' }))
  }
  for (const [n, vgpu] of vgpus.entries()) {
    const uuid = uuidOf(vgpu.uuid ?? 100 + n)
    attempt(() => {
      host.createVgpu({
        type: vgpu.type ?? favourite,
        gpu: String(vgpu.gpu % gpus),
        uuid,
        start: vgpu.state > 0,
        ...(vgpu.limited ? {} : { attrs: [{ name: 'nvidia/vgpu_params', value: 'frame_rate_limiter=0' }] }),
        ...(vgpu.name === undefined ? {} : { name: `desk${vgpu.name}` }),
      })
      if (vgpu.state > 1) host.suspendVgpus({ selectors: [uuid] })
      if (vgpu.defined) host.defineVgpu({ vgpu: uuid, start: vgpu.state > 0 ? 'auto' : 'manual' })
    })
  }
  const eccOf = ecc === undefined ? undefined : String(ecc.gpu % gpus)
  if (ecc !== undefined && eccOf !== undefined) {
    attempt(() => host.setEcc({ gpu: eccOf, on: ecc.on }))
    if (ecc.reset) attempt(() => host.resetGpu(eccOf))
  }
  if (persist === 'last') host.persistGpu(true, '0')
  return state
}
