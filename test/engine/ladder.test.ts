import { afterAll, describe, expect, it, vi } from 'vitest'
import { findBoard } from '../../src/catalog/boards.ts'
import { encodeVgpuInfo } from '../../src/catalog/vgpu-info.ts'
import { typeById } from '../../src/catalog/vgpu-types.ts'
import { Faults } from '../../src/engine/faults.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { Machine } from '../../src/engine/machine.ts'
import { newHost, poweredOn } from '../../src/engine/new-host.ts'
import type { HostState, ProfileName } from '../../src/engine/state.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { boundHost } from './bound-host.ts'
import { arm, DRIVER, gpuOf, hostOf, lasting, reloaded, unbound, uuidOf } from './host-of.ts'

const PROFILES: readonly ProfileName[] = ['rfc-v1', 'v2', 'vgpu17', 'vgpu16']
const TYPE = 'L40-1B'

interface Point {
  point: string
  /** Successful visits to the point before the failing one. */
  after: number
  effect: string
}

/** Polls, not rungs: a fault here fails one poll of a reset, and the next poll follows. */
const POLLS = ['vf.flr.crs', 'vf.flr.non-crs']

const exercised = new Set<string>()
afterAll(() => {
  console.log(`ladder: ${exercised.size} fault points exercised`)
})

/** The effects of each kind of point. */
function effectsOf(point: string): string[] {
  if (point.startsWith('ops.')) return ['ENOSPC', 'ENOMEM']
  if (['plugin.boot', 'gsp.boot', 'ce.push'].includes(point)) return ['drop']
  if (point === 'firmware.vgpu') return ['missing', 'checksum', 'EIO']
  if (point.startsWith('rpc.')) return ['5', 'drop']
  if (point.startsWith('gsp.')) return ['NV_ERR_NO_MEMORY', 'NV_ERR_TIMEOUT_RETRY', 'NV_ERR_GENERIC', 'drop']
  return ['ENOTTY']
}

/** Every visit to a fault point during a successful `act`, with all effects of the point. */
function pointsOf(state: HostState, act: (state: HostState) => void): Point[] {
  const visits: string[] = []
  const copy = reloaded(state)
  // arms a fault that matches no point: visits are counted only with an armed fault
  arm(copy, 'none', 'EIO')
  const at = vi.spyOn(Faults.prototype, 'at').mockImplementation((point) => {
    visits.push(typeof point === 'string' ? point : point())
    return null
  })
  try {
    act(copy)
  } finally {
    at.mockRestore()
  }
  return visits.flatMap((point, index) =>
    POLLS.includes(point)
      ? []
      : effectsOf(point).map((effect) => ({
          point,
          effect,
          after: visits.slice(0, index).filter((earlier) => earlier === point).length,
        })),
  )
}

function errnoOf({ point, effect }: Point): string {
  if (effect.startsWith('E')) return effect
  if (effect === 'missing') return 'ENOENT'
  if (effect === 'NV_ERR_NO_MEMORY') return 'ENOMEM'
  if (effect === 'NV_ERR_TIMEOUT_RETRY') return 'EBUSY'
  if (point.startsWith('rpc.')) return 'EINVAL'
  return effect === 'drop' ? 'ETIMEDOUT' : 'EINVAL'
}

function refusalOf(act: () => void): NvError {
  try {
    act()
  } catch (error) {
    if (error instanceof NvError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

/** Fails `act` once at every point it visits. The state must be unchanged, and a repeated `act` must succeed. */
function climb(name: string, state: HostState, act: (state: HostState) => void): void {
  const points = pointsOf(state, act)
  expect(points.length).toBeGreaterThan(0)
  const good = reloaded(state)
  act(good)
  for (const point of points) {
    exercised.add(`${name} ${point.point}+${point.after} ${point.effect}`)
    const where = `${name}: ${point.effect} at ${point.point} after ${point.after}`
    const tried = reloaded(state)
    const fault = arm(tried, point.point, point.effect, point.after)
    const error = refusalOf(() => act(tried))
    expect(error.errno, where).toBe(errnoOf(point))
    expect(fault.struck, where).toBe(1)
    expect(lasting(tried), where).toEqual(lasting(state))
    expect(
      checkHost(
        tried,
        tried.gpus.map((_, index) => index),
      ),
      where,
    ).toEqual([])
    tried.faults = []
    act(tried)
    expect(lasting(tried), `${where}, then again`).toEqual(lasting(good))
  }
}

describe.each(PROFILES)('every rung fails once under %s', (profile) => {
  it('creating a vGPU leaves nothing behind, whichever rung or step of opening fails', () => {
    const { state, host } = hostOf({ profile })
    host.enableVfs({ count: 2 })
    climb(`${profile} create`, state, (tried) =>
      boundHost(tried).createVgpu({ type: TYPE, uuid: uuidOf(1), start: true }),
    )
  })

  it('so does creating the second one beside a running neighbour', () => {
    const { state, host } = hostOf({ profile })
    host.enableVfs({ count: 2 })
    host.createVgpu({ type: TYPE, uuid: uuidOf(1), start: true })
    climb(`${profile} second`, state, (tried) =>
      boundHost(tried).createVgpu({ type: TYPE, uuid: uuidOf(2), name: 'second', start: true }),
    )
  })

  it('starting a configured vGPU that fails keeps it configured', () => {
    const { state, host } = hostOf({ profile })
    host.enableVfs({ count: 2 })
    host.createVgpu({ type: TYPE, uuid: uuidOf(1), start: false })
    climb(`${profile} start`, state, (tried) => boundHost(tried).startNamed({ selectors: [uuidOf(1)] }))
  })

  it('starting several of which one fails starts none', () => {
    const { state, host } = hostOf({ profile })
    host.enableVfs({ count: 2 })
    for (const n of [1, 2]) host.createVgpu({ type: TYPE, uuid: uuidOf(n), start: false })
    climb(`${profile} start --all`, state, (tried) => boundHost(tried).startNamed({ selectors: [], all: true }))
  })

  it('binding the first VF leaves no manager, whichever step of its creation fails', () => {
    // bind once and unbind: GSP then has the types, and no control removes them
    const { state, host } = unbound(profile)
    host.bindVf('0', DRIVER)
    host.unbindVf('0')
    climb(`${profile} bind`, state, (tried) => boundHost(tried).bindVf('0', DRIVER))
  })

  it('binding the first VF ever leaves at most the types in GSP', () => {
    const { state } = unbound(profile)
    const act = (tried: HostState) => boundHost(tried).bindVf('0', DRIVER)
    for (const point of pointsOf(state, act)) {
      const tried = reloaded(state)
      arm(tried, point.point, point.effect, point.after)
      refusalOf(() => act(tried))
      const { types } = gpuOf(tried).gsp
      gpuOf(tried).gsp.types = []
      expect(lasting(tried)).toEqual(lasting(state))
      gpuOf(tried).gsp.types = types
      tried.faults = []
      act(tried)
      expect(gpuOf(tried).mgr?.refs).toBe(1)
    }
  })

  it('uploading a type leaves overlay, manager and every GSP as they were', () => {
    const state = newHost({ profile, gpus: 2 })
    const host = boundHost(state)
    for (const gpu of ['0', '1']) host.enableVfs({ gpu, count: 1 })
    const type = typeById(869)
    if (!type) throw new Error('type 869 is gone')
    const blob = encodeVgpuInfo({ ...type, frlConfig: 30 })
    climb(`${profile} upload`, state, (tried) => boundHost(tried).uploadTypes([blob]))
  })

  it('a core driver whose probe fails has no vGPU client and is not enabled', () => {
    const board = findBoard('L40')
    if (!board) throw new Error('no L40')
    const off: HostState = { ...newHost({ profile }), gpus: [poweredOn(board, 0, { vgpu: true, registryDwords: '' })] }
    const probe = (tried: HostState) => {
      const machine = new Machine(tried, gpuOf(tried))
      machine.nvkm.probe()
      machine.flush()
    }
    for (const point of pointsOf(off, probe)) {
      exercised.add(`${profile} probe ${point.point}+${point.after} ${point.effect}`)
      const tried = reloaded(off)
      arm(tried, point.point, point.effect, point.after)
      refusalOf(() => probe(tried))
      expect(gpuOf(tried).nvkm, `${point.point} ${point.effect}`).toMatchObject({
        enabled: false,
        clients: [],
        driver: null,
        vmmuSegmentSize: 0,
      })
    }
  })

  it('destroying goes on when the firmware refuses a step, and gives every resource of the host back', () => {
    const { state, host } = hostOf({ profile })
    host.enableVfs({ count: 2 })
    const before = reloaded(state)
    host.createVgpu({ type: TYPE, uuid: uuidOf(1), start: true })
    const destroy = (tried: HostState) => boundHost(tried).destroyVgpus({ selectors: [uuidOf(1)] })
    for (const point of pointsOf(state, destroy)) {
      const where = `${point.effect} at ${point.point} after ${point.after}`
      exercised.add(`${profile} destroy ${where}`)
      const tried = reloaded(state)
      arm(tried, point.point, point.effect, point.after)
      destroy(tried)
      const [then, now] = [gpuOf(before), gpuOf(tried)]
      // the task logs of the last vGPU stay readable until the next one
      const vfs = now.vfs.map((vf) => ({ ...vf, logs: then.vfs[vf.index]?.logs }))
      expect([vfs, now.mgr, now.nvkm.fb, now.nvkm.chid, now.nvkm.bar1, now.nvkm.clientIds], where).toEqual([
        then.vfs,
        then.mgr,
        then.nvkm.fb,
        then.nvkm.chid,
        then.nvkm.bar1,
        then.nvkm.clientIds,
      ])
      expect(checkHost(tried, [0]), where).toEqual([])
    }
  })
})
