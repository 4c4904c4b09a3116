import { describe, expect, it } from 'vitest'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import { boundHost, type Host } from './bound-host.ts'

const uuid = (n: number) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
const create = (n: number) => (host: Host) =>
  host.createVgpu({ type: 'L40-1B', uuid: uuid(n), name: `d${n}`, start: true })

/** Verbs, among them some that replace objects in the state or leave a message unanswered. */
const LIFE: readonly ((host: Host) => unknown)[] = [
  (host) => host.enableVfs({ count: 4 }),
  create(1),
  create(2),
  (host) => host.setTracing(true),
  (host) => host.destroyVgpus({ selectors: ['d1'] }),
  create(3),
  (host) => host.setTracing(false),
  (host) => host.addFault({ point: 'gsp.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP', effect: 'drop' }),
  (host) => host.stopVgpus({ selectors: ['d2'] }),
  (host) => host.clearFaults([]),
  create(4),
  (host) => host.suspendHost(),
  (host) => host.resumeHost(),
  (host) => host.injectXid({ channel: 5, xid: 43 }),
  (host) => host.destroyVgpus({ selectors: [], all: true }),
  (host) => host.disableVfs({ force: true }),
  (host) => host.resetGpu(),
  (host) => host.enableVfs({ count: 2 }),
  create(5),
]

/** Runs a verb and ignores its refusal: the state after a refusal is compared too. */
function act(state: HostState, verb: (host: Host) => unknown): void {
  try {
    verb(boundHost(state))
  } catch {}
}

describe('a machine that is kept for the next verb', () => {
  it('leaves the state that a machine for each verb leaves', () => {
    const kept = newHost()
    let anew = newHost()
    for (const [step, verb] of LIFE.entries()) {
      act(kept, verb)
      // a copy has no machine
      anew = structuredClone(anew)
      act(anew, verb)
      expect(anew, `step ${step}`).toEqual(kept)
    }
    expect(kept.gpus[0]?.vfs[0]?.name).toBe('d5')
  })

  it('is not used when the ring it knows has been left behind', () => {
    const state = newHost()
    boundHost(state).enableVfs({ count: 2 })
    act(state, create(1))
    const gpu = state.gpus[0]
    if (!gpu) throw new Error('there is no GPU')
    for (const queue of [gpu.nvkm.queue, gpu.gsp.queue]) queue.readPtr = queue.writePtr = 7
    act(state, create(2))
    expect(gpu.vfs.map(({ name }) => name)).toEqual(['d1', 'd2'])
  })
})
