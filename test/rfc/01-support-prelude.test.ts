import { describe, expect, it } from 'vitest'
import { MiB } from '../../src/abi/align.ts'
import { GspFwWprMeta } from '../../src/abi/wpr-meta.ts'
import { type Board, findBoard } from '../../src/catalog/boards.ts'
import { unsupportedReason } from '../../src/engine/nvkm/vgpu-support.ts'
import { arm } from '../engine/host-of.ts'
import { cold, ENABLED_LINE, l40, lines, meta, refusal } from './hosts.ts'

describe('patch 1: nvkm/vgpu: support prelude', () => {
  it('supports vGPUs with the parameter on, on Ada, with an SR-IOV capability of at least one VF, and not otherwise', () => {
    for (const parameter of [true, false]) {
      for (const architecture of ['Ada', 'Ampere', 'Hopper', 'Blackwell']) {
        for (const totalVfs of [null, 0, 1, 32]) {
          const reason = unsupportedReason({ parameter, architecture, supportedArchitectures: ['Ada'], totalVfs })
          expect(reason === null).toBe(parameter && architecture === 'Ada' && (totalVfs ?? 0) > 0)
        }
      }
    }
  })

  it('enables it at probe and says so', () => {
    const { gpu, machine } = cold()
    machine.nvkm.probe()
    expect(gpu.nvkm).toMatchObject({ driver: 'nvkm', enabled: true })
    expect(lines(gpu)).toContain(ENABLED_LINE)
  })

  const sriov = l40().sriov
  const a40 = findBoard('A40')
  it.each<[string, Board | undefined, boolean]>([
    ['with the parameter off', l40(), false],
    ['of an older architecture', a40, true],
    ['without an SR-IOV capability', { ...l40(), sriov: null }, true],
    ['whose capability has 0 VFs', { ...l40(), sriov: sriov && { ...sriov, totalVfs: 0 } }, true],
  ])('still probes a GPU %s as a plain one', (_, board, vgpu) => {
    const { gpu, machine } = cold(board, { vgpu })
    machine.nvkm.probe()
    expect(gpu.nvkm).toMatchObject({ driver: 'nvkm', enabled: false, clients: [], running: true })
    expect(GspFwWprMeta.get(meta(gpu), 'gspFwHeapSize')).toBeLessThan(256 * MiB)
    expect(lines(gpu)).not.toContain(ENABLED_LINE)
  })

  it('refuses init with ENODEV when it is not supported', () => {
    const { machine } = cold(l40(), { vgpu: false })
    expect(() => machine.nvkm.vgpuMgr().init(machine.nvkm.unsupported())).toThrow(refusal({ errno: 'ENODEV' }))
  })

  it('fails the whole probe when init fails, and leaves no device', () => {
    const { state, gpu, machine } = cold()
    arm(state, 'nvkm.client', 'ENOMEM')
    expect(() => machine.nvkm.probe()).toThrow(refusal({ errno: 'ENOMEM' }))
    expect(gpu.nvkm).toMatchObject({ driver: null, enabled: false, clients: [] })
  })

  it('is off again after remove', () => {
    const { gpu, machine } = cold()
    machine.nvkm.probe()
    machine.nvkm.remove()
    expect(gpu.nvkm).toMatchObject({ driver: null, enabled: false })
  })
})
