import { describe, expect, it } from 'vitest'
import { encodeVgpuInfo } from '../../src/catalog/vgpu-info.ts'
import { typeById } from '../../src/catalog/vgpu-types.ts'
import type { ProfileName } from '../../src/engine/state.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { arm, hostOf, uuidOf } from './host-of.ts'

/** A run with everything that could differ between runs: refusals, faults, time-outs, two GPUs. */
function story(profile: ProfileName): { state: string; views: string; refusals: string[] } {
  const { state, host } = hostOf({ profile, gpus: 2, registryDwords: 'RmMsg=1; name = text' })
  const refusals: string[] = []
  const attempt = (act: () => unknown) => {
    try {
      act()
    } catch (error) {
      if (!(error instanceof NvError)) throw error
      refusals.push(`${error.errno} ${error.code} ${error.at}: ${error.message} | ${error.hint}`)
    }
  }
  const type = typeById(869)
  if (!type) throw new Error('type 869 is gone')
  host.uploadTypes([encodeVgpuInfo({ ...type, frlConfig: 30 })])
  host.enableVfs({ gpu: '0', count: 4 })
  host.enableVfs({ gpu: '1', count: 32 })
  for (const n of [1, 2, 3])
    attempt(() => host.createVgpu({ type: 'L40-1B', uuid: uuidOf(n), name: `vm${n}`, start: true }))
  attempt(() => host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(4), gpu: '1', start: true }))
  arm(state, 'rpc.2', 'drop')
  attempt(() => host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(5), gpu: '1', start: true }))
  arm(state, 'plugin.boot', 'drop')
  attempt(() => host.createVgpu({ type: 'L40-1B', uuid: uuidOf(6), start: true }))
  attempt(() => host.stopVgpus({ selectors: ['vm1'] }))
  attempt(() => host.enableVfs({ gpu: '0', count: 33 }))
  attempt(() => host.destroyVgpus({ selectors: ['vm9'] }))
  attempt(() => host.startNamed({ selectors: [], all: true }))
  attempt(() => host.disableVfs({ gpu: '1', force: true }))
  const views = [
    host.hostView(),
    host.gpuViews(),
    host.vfViews(),
    host.typeViews(),
    host.vgpuViews(),
    host.chidMaps(),
    host.fbMaps(),
  ]
  const maps = [host.bar1Maps(), host.gspObjects(), host.gspPlugins(), host.kernelLog()]
  return { state: JSON.stringify(state), views: JSON.stringify([...views, ...maps]), refusals }
}

describe.each<ProfileName>(['rfc-v1', 'v2', 'vgpu17', 'vgpu16'])('the same calls on two hosts under %s', (profile) => {
  it('give the same state byte for byte, the same answers and the same refusals', () => {
    const first = story(profile)
    expect(story(profile)).toEqual(first)
    expect(first.refusals.length).toBeGreaterThan(2)
    expect(JSON.parse(first.state).now).toBeGreaterThan(10_000_000)
  })

  it('give a state that JSON carries whole', () => {
    const { state } = hostOf({ profile })
    expect(JSON.parse(JSON.stringify(state))).toEqual(state)
  })
})
