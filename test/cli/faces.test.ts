import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FACE_STEPS } from '../../src/catalog/face-steps.ts'
import type { FaceName } from '../../src/contract/state/host.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { lookup, write } from '../../src/engine/sysfs/sysfs.ts'
import { boundHost } from '../engine/bound-host.ts'
import { uuidOf } from '../engine/host-of.ts'
import { Bench } from './captured-io.ts'

const HOSTS: Readonly<Record<FaceName, () => ReturnType<typeof newHost>>> = {
  upstream: () => newHost(),
  'vendor-vfio': () => newHost({ profile: 'vgpu17' }),
  mdev: () => newHost({ profile: 'vgpu17', face: 'mdev' }),
}

/** A host of a face with one vGPU, and the values of the placeholders. */
function hostOf(face: FaceName) {
  const state = HOSTS[face]()
  const host = boundHost(state)
  host.enableVfs({ count: 2 })
  host.createVgpu({ type: '874', vf: '0', uuid: uuidOf(1), start: false })
  const words = { PF: '0000:c1:00.0', VF: '0000:c1:00.4', TYPE: '874', UUID: uuidOf(1), PARAMS: 'disable_vnc=1' }
  const filled = (text: string) =>
    text.replace(/\b(PF|VF|TYPE|UUID|PARAMS)\b/g, (word) => words[word as keyof typeof words])
  return { state, filled }
}

const pathIn = (command: string) => /\/sys\/[^ *]*[^ */]/.exec(command)?.[0]

describe('the steps of the faces', () => {
  it.each(Object.keys(HOSTS) as FaceName[])('G 8: every path of %s exists on a host of that face', (face) => {
    const { state, filled } = hostOf(face)
    const paths = FACE_STEPS.flatMap(({ faces }) => pathIn(filled(faces[face])) ?? [])
    expect(paths.length).toBeGreaterThan(6)
    for (const path of paths) {
      // virtfn* is cut before its star
      const place = path.replace(/\/virtfn$/, '')
      expect(() => lookup(state, place), place).not.toThrow()
    }
  })

  it('G 8: the commands of one face do not work on another', () => {
    for (const [own, other] of [
      ['mdev', 'vendor-vfio'],
      ['vendor-vfio', 'mdev'],
    ] as const) {
      const { state, filled } = hostOf(other)
      for (const step of ['create a vGPU', 'remove a vGPU', 'set parameters', 'check for room']) {
        const command = FACE_STEPS.find((one) => one.step === step)?.faces[own] ?? ''
        expect(() => lookup(state, pathIn(filled(command)) ?? ''), step).toThrow()
      }
    }
  })

  it.each(Object.keys(HOSTS) as FaceName[])('G 8: removing a vGPU by the step of %s works', (face) => {
    const { state, filled } = hostOf(face)
    const [, value = '', path = ''] =
      /^echo (\S+) > (\S+)$/.exec(filled(FACE_STEPS.find(({ step }) => step === 'remove a vGPU')?.faces[face] ?? '')) ??
      []
    write(state, path, new TextEncoder().encode(value))
    expect(state.gpus[0]?.vfs[0]?.vgpuType).toBe(0)
  })
})

describe('nvgpu host', () => {
  let bench: Bench
  beforeEach(() => {
    bench = new Bench()
  })
  afterEach(() => {
    bench.dispose()
  })
  const run = (line: string, stdin?: string) => bench.sh(line, stdin === undefined ? {} : { stdin })
  const ok = async (line: string, stdin?: string) => {
    const { status, stdout, stderr } = await run(line, stdin)
    expect(status, `${line}: ${stderr}`).toBe(0)
    return stdout
  }

  it('G 8: host face diff names the differing steps only', async () => {
    const text = await ok('host face diff mdev vendor-vfio')
    expect(text).toContain('create a vGPU\n  mdev         echo UUID > ')
    expect(text).not.toContain('enable VFs')
    expect(await ok('host face diff upstream vendor-vfio')).toContain('enable VFs\n  upstream     echo 4 > ')
    const same = await run('host face diff mdev mdev')
    expect([same.status, same.stdout]).toEqual([0, ''])
    expect((await run('host face diff mdev uio')).status).toBe(2)
  })

  it('G 8: host init --face makes a host of that face, and host reset keeps it', async () => {
    await ok('host init -p vgpu17 --face mdev')
    expect(await ok('host show')).toContain('Face:             mdev\n')
    await ok('vf enable 2')
    await ok('sysfs write c1:00.4/mdev_supported_types/nvidia-874/create 6f1c2f0e-8a45-4f0c-9d0b-3f1f0a8c1d01')
    expect(await ok('vgpu list -q')).toBe('6f1c2f0e-8a45-4f0c-9d0b-3f1f0a8c1d01\n')
    await ok('host reset --force')
    expect(await ok('host show')).toContain('Face:             mdev\n')
    const refused = await run('host init -p v2 --face mdev')
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('profile v2 has no face mdev')])
  })

  it('G 8: a host file has the face, and applying it elsewhere makes that host', async () => {
    await ok('host init -p vgpu17 --face mdev --force')
    const file = await ok('export')
    expect(file).toContain('face: mdev')
    expect(await ok('diff -f -', file)).toBe('')
    await ok('host init -p vgpu17 --force')
    await ok('apply -f -', file)
    expect(await ok('host show')).toContain('Face:             mdev\n')
  })
})
