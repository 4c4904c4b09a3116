import { describe, expect, it } from 'vitest'
import { checkHost } from '../../src/engine/invariants.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { boundHost } from '../engine/bound-host.ts'
import { givenHost } from '../engine/given-host.ts'
import { lasting, uuidOf } from '../engine/host-of.ts'
import { refusal } from '../engine/refusal-of.ts'
import { type Dir, TwoHosts, UUID, violations } from '../migration/two-hosts.ts'

/** Two hosts with an A100 each: a vGPU of a 2g on /a, and GPU instances on /b. */
function hosts(there: readonly string[], mig = true): TwoHosts {
  const pair = new TwoHosts()
  const fill = (dir: Dir, instances: readonly string[]) =>
    pair.side(dir).change((state) => {
      Object.assign(state, newHost({ board: 'A100-PCIE-40GB', profile: 'vgpu17' }))
      const host = boundHost(state)
      if (mig || dir === '/a') host.setMigMode({ on: true })
      host.enableVfs({ count: 4 })
      if (instances.length > 0)
        host.createGpuInstances({ instances: instances.map((profile) => ({ profile })), compute: false })
      if (dir === '/a') host.createVgpu({ type: 'A100-2-10C', uuid: UUID, start: true })
    })
  fill('/a', ['2g.10gb'])
  fill('/b', there)
  return pair
}

const vgpus = (pair: TwoHosts, dir: Dir) =>
  boundHost(pair.state(dir))
    .vgpuViews()
    .map(({ uuid, gpuInstance, state }) => [uuid, gpuInstance, state])

describe('a vGPU of a type with a long name', () => {
  it('is saved and restored, beside another on its instance', () => {
    const { create, host, state } = givenHost(['1g.24gb+gfx'])
    const names = [create('DC-1-2Q'), create('DC-1-2Q')].map(({ vgpuType }) => vgpuType.name)
    expect(names[0]?.length).toBeGreaterThan(32)
    const { file } = host.saveVgpu(uuidOf(1))
    host.destroyVgpus({ selectors: [uuidOf(1)] })
    expect(host.restoreVgpu(file).items).toMatchObject([{ uuid: uuidOf(1), state: 'running', gpuInstance: 3 }])
    expect(checkHost(state, [0])).toEqual([])
  })
})

describe('rule 46: a migration to another host', () => {
  it('takes an equal free GPU instance there, the one with the lowest id, and gives its own back', () => {
    const pair = hosts(['1g.5gb', '2g.10gb', '2g.10gb'])
    pair.side('/b').change((state) => boundHost(state).createVgpu({ type: 'A100-2-10C', uuid: uuidOf(1), start: true }))
    const [[, taken] = []] = vgpus(pair, '/b')
    pair.migrate('/a', '/b', { place: { vm: 'moved' } })
    const free = boundHost(pair.state('/b'))
      .gpuInstanceViews()
      .filter(({ profile, id }) => profile.name === '2g.10gb' && id !== taken)
    expect(free.length).toBe(1)
    expect(vgpus(pair, '/b')).toContainEqual([UUID, free[0]?.id, 'running'])
    expect(vgpus(pair, '/a')).toEqual([])
    const back = boundHost(pair.state('/a')).createVgpu({ type: 'A100-2-10C', uuid: uuidOf(2), start: true })
    expect(back.changed).toBe(true)
    for (const dir of ['/a', '/b'] as const) expect(violations(pair.state(dir))).toEqual([])
  })

  it.each([
    ['none', [], true, 'nvgpu --state-dir /b'],
    ['one of another profile', ['1g.5gb', '3g.20gb'], true, 'nvgpu --state-dir /b'],
    ['MIG off', [], false, 'nvgpu --state-dir /b'],
  ] as const)('is refused where there is %s, and the vGPU goes on where it is', (_, there, mig, hint) => {
    const pair = hosts(there, mig)
    const before = [lasting(pair.state('/a')), lasting(pair.state('/b'))]
    expect(refusal(() => pair.migrate('/a', '/b')).hint).toContain(hint)
    expect([lasting(pair.state('/a')), lasting(pair.state('/b'))]).toEqual(before)
    expect(vgpus(pair, '/a')).toEqual([[UUID, expect.any(Number), 'running']])
  })

  it('is refused where the equal ones are taken', () => {
    const pair = hosts(['2g.10gb'])
    pair.side('/b').change((state) => boundHost(state).createVgpu({ type: 'A100-2-10C', uuid: uuidOf(1), start: true }))
    const before = lasting(pair.state('/b'))
    expect(refusal(() => pair.migrate('/a', '/b')).message).toContain('A100-2-10C')
    expect(lasting(pair.state('/b'))).toEqual(before)
    expect(vgpus(pair, '/a')).toEqual([[UUID, expect.any(Number), 'running']])
  })
})
