import { type MigrateRequest, migrate } from '../../src/app/migration/migrate.ts'
import { settlePending } from '../../src/app/migration/settle.ts'
import { Side } from '../../src/app/migration/side.ts'
import type { MigrationView } from '../../src/contract/views/migration.ts'
import { copyState } from '../../src/engine/copy-state.ts'
import { Framebuffer } from '../../src/engine/hw/framebuffer.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import type { Fault, HostState, VfState } from '../../src/engine/state.ts'
import { boundHost } from '../engine/bound-host.ts'
import { MemoryFiles } from './memory-files.ts'

export const DIRS = ['/a', '/b'] as const
export type Dir = (typeof DIRS)[number]
export const UUID = '11111111-2222-4333-8444-555555555555'
export const OTHER = '99999999-2222-4333-8444-555555555555'

/** Two hosts in one memory: /a runs the vGPU and a neighbour of it, /b has room. */
export class TwoHosts {
  readonly files: MemoryFiles
  /** Identifiers of migrations handed out: one that is called off takes another. */
  attempts = 0
  #operations = 0

  constructor(files: MemoryFiles = new MemoryFiles()) {
    this.files = files
  }

  static provisioned(): TwoHosts {
    const hosts = new TwoHosts()
    hosts.side('/a').change((state) => {
      const host = boundHost(state)
      host.enableVfs({ count: 2 })
      host.createVgpu({ type: 'L40-4Q', uuid: OTHER, start: true })
      host.createVgpu({ type: 'L40-4Q', uuid: UUID, name: 'desk7', start: true })
    })
    hosts.side('/b').change((state) => boundHost(state).enableVfs({ count: 2 }))
    return hosts
  }

  copy(): TwoHosts {
    const other = new TwoHosts(this.files.clone())
    other.#operations = this.#operations
    return other
  }

  /** Another process on the same disk. */
  copyOf(files: MemoryFiles): TwoHosts {
    const other = new TwoHosts(files)
    other.#operations = this.#operations + 1_000_000
    return other
  }

  side(dir: string): Side {
    const operation = () => {
      this.#operations += 1
      return { id: `op-${this.#operations}`, time: '2026-01-01T00:00:00Z', command: 'test' }
    }
    return new Side(dir, operation, this.files)
  }

  migrate(from: Dir, to: Dir, request: Partial<MigrateRequest> = {}): MigrationView {
    const whole = { selector: UUID, place: {}, copy: {}, ...request }
    const id = () => {
      this.#operations += 1
      this.attempts += 1
      return `migration-${this.#operations}`
    }
    return migrate(this.side(from), this.side(to), whole, id).view
  }

  /** Any command that changes something: first what is unsettled is settled, then the change is made. */
  nextCommand(dir: Dir): void {
    const own = this.side(dir)
    settlePending(own, (peer) => this.side(peer))
    own.change((state) => {
      state.now += 1
    })
  }

  arm(dir: Dir, fault: Pick<Fault, 'point' | 'effect' | 'after'>): void {
    this.side(dir).change((state) => {
      state.faults.push({ id: 1, times: 1, hits: 0, struck: 0, ...fault })
    })
  }

  state(dir: Dir): HostState {
    return this.side(dir).read((state) => copyState(state))
  }

  /** Guest memory is only ever written by a guest; here by the test in its place. */
  writeGuest(dir: Dir, uuid: string, offset: number, bytes: Uint8Array): void {
    this.side(dir).change((state) => {
      const { gpu, vf } = locate(state, uuid)
      const memory = new Framebuffer(gpu.hw.fb)
      memory.write((gpu.mgr?.vgpus[vf.index]?.fb?.addr ?? 0) + offset, bytes)
      memory.flush()
    })
  }
}

/** What a vGPU of a host has in its memory. */
export function guestMemory(state: HostState, uuid: string, offset: number, length: number): Uint8Array {
  const { gpu, vf } = locate(state, uuid)
  return new Framebuffer(gpu.hw.fb).read((gpu.mgr?.vgpus[vf.index]?.fb?.addr ?? 0) + offset, length)
}

export function locate(state: HostState, uuid: string) {
  for (const gpu of state.gpus) {
    const vf = gpu.vfs.find((known) => known.uuid === uuid)
    if (vf) return { gpu, vf }
  }
  throw new Error(`no vGPU ${uuid}`)
}

/** How many devices on a host run this vGPU now. */
export function runners(state: HostState, uuid: string): VfState[] {
  return state.gpus.flatMap((gpu) =>
    gpu.vfs.filter((vf) => vf.uuid === uuid && vf.opened && vf.mig.state === 'RUNNING' && vf.paused === null),
  )
}

/** Whatever a host still has of a vGPU, in words. */
export function traces(state: HostState, uuid: string): string[] {
  return [
    ...state.gpus.flatMap((gpu) => gpu.vfs.flatMap((vf) => (vf.uuid === uuid ? [`VF ${vf.index}`] : []))),
    ...state.gpus.flatMap((gpu) =>
      Object.values(gpu.mgr?.vgpus ?? {}).flatMap((vgpu) => (vgpu.uuid === uuid ? [`manager's vGPU ${vgpu.id}`] : [])),
    ),
    ...state.gpus.flatMap((gpu) =>
      Object.values(gpu.gsp.plugins).flatMap((plugin) => (plugin.uuid === uuid ? [`plugin ${plugin.gfid}`] : [])),
    ),
    ...state.migrations.flatMap((record) => (record.uuid === uuid ? [`record ${record.phase}`] : [])),
  ]
}

export function violations(state: HostState): string[] {
  return checkHost(
    state,
    state.gpus.map((_, index) => index),
  )
}
