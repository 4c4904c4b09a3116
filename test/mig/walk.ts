import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import { migrate } from '../../src/app/migration/migrate.ts'
import { boardNames, findBoard } from '../../src/catalog/boards.ts'
import { typesOfBoard } from '../../src/catalog/vgpu-types.ts'
import { fits } from '../../src/engine/capacity.ts'
import { copyState } from '../../src/engine/copy-state.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import type { HostState } from '../../src/engine/state.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { boundHost } from '../engine/bound-host.ts'
import { INVENTED, RTX_PRO_6000 } from '../engine/given-host.ts'
import { lasting, uuidOf } from '../engine/host-of.ts'
import { ACTS, nth, vgpus } from './acts.ts'
import { WalkedHost } from './walked-host.ts'

/** Boards with MIG whose vGPU types are known. */
export const MIG_BOARDS = boardNames().filter((name) => {
  const board = findBoard(name)
  return board?.mig && typesOfBoard(board.typeBoard ?? '').some(({ mig }) => mig !== null)
})

/** Steps by weight. Those that end much are rare, so that there is something to end. */
const OFTEN = ['instance', 'three', 'vgpu', 'vgpu', 'migrate', 'save', 'restore', 'undo']
const SOMETIMES = ['placed', 'compute', 'free', 'start', 'stop', 'suspend', 'resume', 'destroy']

const step = fc.record({
  act: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...OFTEN) },
    { weight: 7, arbitrary: fc.constantFrom(...SOMETIMES) },
    { weight: 2, arbitrary: fc.constantFrom(...Object.keys(ACTS)) },
  ),
  on: fc.nat({ max: 1 }),
  n: fc.nat({ max: 99 }),
})

export type Tally = Record<string, number>

/** A walk over two hosts of one board. Each kind of step that succeeded is counted. */
export function walks(tally: Tally) {
  const scene = fc.record({
    board: fc.constantFrom(...MIG_BOARDS, RTX_PRO_6000, RTX_PRO_6000, RTX_PRO_6000),
    gpus: fc.constantFrom(1, 1, 2),
    steps: fc.array(step, { minLength: 16, maxLength: 32, size: 'max' }),
  })
  return fc.asyncProperty(scene, async ({ board, gpus, steps }) => {
    const root = fs.mkdtempSync(path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'nvgpu-mig-'))
    try {
      const pair = new Pair(root, {
        board,
        gpus,
        profile: 'vgpu17',
        ...(board === RTX_PRO_6000 ? { figures: INVENTED } : {}),
      })
      for (const { act, on, n } of steps) {
        if (await pair.step(act, on, n)) tally[act] = (tally[act] ?? 0) + 1
        for (const { state } of pair.hosts) expect(checkHost(state, [...state.gpus.keys()]), `${act} ${n}`).toEqual([])
      }
    } finally {
      fs.rmSync(root, { recursive: true, force: true })
    }
  })
}

/** All but the messages to a plugin task: one that was to leave has been stopped and resumed. */
function held(state: HostState): unknown {
  const { gpus, ...rest } = lasting(copyState(state)) as HostState
  for (const gpu of gpus) {
    gpu.hw.fb.pages = {}
    for (const vgpu of Object.values(gpu.mgr?.vgpus ?? {})) vgpu.rpcSeq = 0
  }
  return { ...rest, gpus }
}

/** Two hosts, and the vGPUs that were saved to files on either. */
class Pair {
  readonly hosts: readonly [WalkedHost, WalkedHost]
  readonly #saved: Uint8Array[] = []
  #migrations = 0

  constructor(root: string, options: ConstructorParameters<typeof WalkedHost>[1]) {
    this.hosts = [new WalkedHost(path.join(root, 'a'), options), new WalkedHost(path.join(root, 'b'), options)]
    for (const host of this.hosts) {
      host.change((verbs) => {
        verbs.setMigMode({ on: true })
        verbs.enableVfs({ count: 8, gpu: '0' })
        for (const n of [0, 2]) ACTS.instance?.(verbs, n * verbs.state.gpus.length)
      })
    }
  }

  /** @returns whether it succeeded */
  async step(act: string, on: number, n: number): Promise<boolean> {
    const [here, there] = on === 0 ? this.hosts : [this.hosts[1], this.hosts[0]]
    if (act === 'undo') return (await here.undo(1 + (n % 3), n % 4 > 0)) > 0
    if (act === 'migrate') return this.#migrate(here, there, n)
    if (act === 'save') return this.#save(here, n)
    const image = nth(this.#saved, n)
    if (act === 'restore') return image !== undefined && here.change((verbs) => verbs.restoreVgpu(image)) === null
    return here.change((verbs) => ACTS[act]?.(verbs, n)) === null
  }

  #save(host: WalkedHost, n: number): boolean {
    const made: Uint8Array[] = []
    const refused = host.change((verbs) => {
      made.push(verbs.saveVgpu(nth(vgpus(verbs), n) ?? 'none').file)
    })
    if (refused === null) this.#saved.push(...made)
    return refused === null
  }

  /** A refused migration changes neither host, and a host with room refuses none for want of it. */
  #migrate(from: WalkedHost, to: WalkedHost, n: number): boolean {
    const [leaving, arriving] = [from.state, to.state]
    const selector = nth(vgpus(boundHost(leaving)), n) ?? uuidOf(n)
    const request = { selector, place: {}, copy: {} }
    try {
      migrate(from.side, to.side, request, () => {
        this.#migrations += 1
        return `migration-${this.#migrations}`
      })
    } catch (error) {
      if (!(error instanceof NvError)) throw error
      for (const host of [from, to]) host.otherwiseChanged()
      expect(held(from.state), error.message).toEqual(held(leaving))
      expect(held(to.state), error.message).toEqual(held(arriving))
      const vf = leaving.gpus.flatMap((gpu) => gpu.vfs).find(({ uuid }) => uuid === selector)
      const rooms = arriving.gpus.map((_, gpu) => fits(arriving, gpu, vf?.vgpuType ?? 0).count)
      if (['no-vf', 'no-instance', 'max-instances', 'no-space'].includes(error.code))
        expect(Math.max(...rooms), error.message).toBe(0)
      return false
    }
    for (const host of [from, to]) host.otherwiseChanged()
    const holds = (host: WalkedHost) => vgpus(boundHost(host.state)).includes(selector)
    expect([holds(from), holds(to)]).toEqual([false, true])
    return true
  }
}
