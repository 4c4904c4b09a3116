import { describe, expect, it } from 'vitest'
import { type Destination, incompatibilities, type Traveller } from '../../src/engine/migration/compat.ts'
import { type InitOptions, newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import { arriveVgpu, departVgpu, expectVgpu, travellerOf } from '../../src/engine/verbs/migrate.ts'
import { boundHost, type Host } from '../engine/bound-host.ts'

const UUID = '11111111-2222-4333-8444-555555555555'
const OTHER = '99999999-2222-4333-8444-555555555555'

function provisioned(options: InitOptions = {}, vfs = 4): { state: HostState; host: Host } {
  const state = newHost(options)
  const host = boundHost(state)
  if (vfs > 0) host.enableVfs({ count: vfs })
  return { state, host }
}

function source(type = 'L40-4Q', options: InitOptions = {}) {
  const at = provisioned(options)
  at.host.createVgpu({ type, uuid: UUID, start: true })
  return at
}

function comes(to: HostState, from: HostState): void {
  expectVgpu(to, { id: 'm1', peer: '/a', traveller: travellerOf(from, UUID), place: {} })
}

describe('whether a vGPU may go to another host', () => {
  it('is refused under the name of what does not go together', () => {
    const from: Traveller = {
      vgpuType: 874,
      typeName: 'NVIDIA L40-4Q',
      uuid: UUID,
      version: 0x140001,
      hostVersions: { oldest: 0x70001, newest: 0x140001 },
      profile: 'vgpu17',
      metadata: '26b5.169d.ecc0',
      eccEnabled: false,
      numChannels: 128,
      fbLength: 4096,
    }
    const to: Destination = {
      ...from,
      bdf: '0000:c1:00.0',
      type: { name: 'NVIDIA L40-4Q', numChannels: 128, fbLength: 4096 },
    }
    const found = (change: Partial<Destination>) =>
      incompatibilities(from, { ...to, ...change }).map(({ limit, code }) => `${limit}: ${code}`)
    expect(found({})).toEqual([])
    expect(found({ type: null })).toEqual(['GPU: type-mismatch'])
    expect(found({ type: { name: 'NVIDIA L40-4C', numChannels: 128, fbLength: 4096 } })).toEqual(['GPU: type-mismatch'])
    expect(found({ eccEnabled: true, metadata: '26b5.169d.ecc1' })).toEqual(['GPU: ecc-unsupported'])
    expect(found({ metadata: '26b9.1851.ecc0' })).toEqual(['GPU: conflict'])
    expect(found({ hostVersions: { oldest: 0x70001, newest: 0x120001 } })).toEqual(['guest driver: conflict'])
    expect(found({ hostVersions: { oldest: 0x150001, newest: 0x180001 } })).toEqual([
      'guest driver: conflict',
      'host driver: conflict',
    ])
    expect(found({ type: { name: 'NVIDIA L40-4Q', numChannels: 64, fbLength: 4096 } })).toEqual([
      'host driver: conflict',
    ])
    expect(found({ type: { name: 'NVIDIA L40-4Q', numChannels: 128, fbLength: 8192 } })).toEqual([
      'host driver: conflict',
    ])
  })

  it.each<[string, () => { state: HostState }, RegExp, string]>([
    ['no VFs', () => provisioned({}, 0), /no VFs are enabled/, 'no-vf'],
    ['a board without the type', () => provisioned({ board: 'L4' }), /no place for|has no type/, 'no-vf'],
    [
      'another type on its GPU',
      () => {
        const at = provisioned()
        at.host.createVgpu({ type: 'L40-8Q', uuid: OTHER, start: true })
        return at
      },
      /cannot join it|carries/,
      'max-instances',
    ],
    [
      'the vGPU already',
      () => {
        const at = provisioned()
        at.host.createVgpu({ type: 'L40-4Q', uuid: UUID, start: false })
        return at
      },
      /has vGPU 1111/,
      'exists',
    ],
    ['an older window of versions', () => provisioned({ profile: 'vgpu17' }), /version 0x18\.0x1/, 'conflict'],
    ['another profile and its channels', () => provisioned({ profile: 'rfc-v1' }), /no type|no place/, 'no-vf'],
  ])('is refused by a host with %s, and nothing is expected there', (_what, make, message, code) => {
    const from = source()
    const { state } = make()
    expect(() => comes(state, from.state)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
    expect(state.migrations).toEqual([])
  })

  it('is refused for one that does not run, and for one on its way', () => {
    const from = source()
    from.host.stopVgpus({ selectors: [UUID] })
    expect(() => travellerOf(from.state, UUID)).toThrow(expect.objectContaining({ code: 'not-running' }))
    from.host.startNamed({ selectors: [UUID] })
    departVgpu(from.state, { id: 'm1', selector: UUID, peer: '/b' })
    for (const act of [
      () => travellerOf(from.state, UUID),
      () => departVgpu(from.state, { id: 'm2', selector: UUID, peer: '/b' }),
      () => from.host.stopVgpus({ selectors: [UUID] }),
      () => from.host.destroyVgpus({ selectors: [UUID] }),
      () => from.host.resumeVgpus({ selectors: [UUID] }),
      () => from.host.saveVgpu(UUID),
      () => from.host.resetVfio({ vf: '0' }),
      () => from.host.closeVfio({ vf: '0' }),
    ]) {
      expect(act).toThrow(expect.objectContaining({ errno: 'EBUSY', code: 'busy' }))
    }
    expect(from.host.vgpuViewOf(UUID).state).toBe('migrating')
  })

  it('lets a guest of an older host come to a newer one and go back', () => {
    const old = source('L40-8Q', { profile: 'vgpu17' })
    const traveller = travellerOf(old.state, UUID)
    const young = provisioned()
    comes(young.state, old.state)
    const { file } = departVgpu(old.state, { id: 'm1', selector: UUID, peer: '/b' })
    arriveVgpu(young.state, { id: 'm1', file, place: {} })
    expect(travellerOf(young.state, UUID).version).toBe(traveller.version)
    const home = provisioned({ profile: 'vgpu17' })
    expectVgpu(home.state, { id: 'm2', peer: '/b', traveller: travellerOf(young.state, UUID), place: {} })
    expect(home.state.migrations).toHaveLength(1)
  })

  it('is refused where the type has other channels', () => {
    const old = source('L40-1B', { profile: 'vgpu17' })
    expect(() => comes(provisioned().state, old.state)).toThrow(
      expect.objectContaining({
        code: 'conflict',
        message: expect.stringMatching(/has 64 channels and would get 32 from a v2 host \(host driver\)/),
      }),
    )
  })

  it('is over when it was called off meanwhile', () => {
    const from = source()
    const { state } = provisioned()
    comes(state, from.state)
    const { file } = departVgpu(from.state, { id: 'm1', selector: UUID, peer: '/b' })
    state.migrations = []
    expect(() => arriveVgpu(state, { id: 'm1', file, place: {} })).toThrow(
      expect.objectContaining({ errno: 'ECANCELED' }),
    )
  })
})
