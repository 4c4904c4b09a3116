import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP,
} from '../../src/abi/ctrl2080.ts'
import { Machine } from '../../src/engine/machine.ts'
import type { NvkmVgpuMgrVfioOps } from '../../src/engine/nvkm/ops.ts'
import type { ProfileName } from '../../src/engine/state.ts'
import { arm, uuidOf } from '../engine/host-of.ts'
import { bound, LITERAL_UUID, refusal, running } from './hosts.ts'

describe('patch 27: bootload', () => {
  const GOLDEN = '4caca21e008a2d110613bfb9d0160fb497c099b8b016c6fe9690e42b652e37fc'

  /** The parameters of every control of `command` that goes through the ops table while `act` runs. */
  function sent(command: number, profile: ProfileName): Uint8Array[] {
    const { state, gpu } = bound(profile)
    const seen: Uint8Array[] = []
    const machine = new Machine(state, gpu, {
      ops: (ops: NvkmVgpuMgrVfioOps) => ({
        ...ops,
        rmCtrlWr(client, cmd, params) {
          if (cmd === command) seen.push(params.slice())
          ops.rmCtrlWr(client, cmd, params)
        },
      }),
    })
    const type = machine.mgr.findType(869, 'test')
    machine.mgr.create({
      id: 0,
      gfid: 1,
      dbdf: 0xc104,
      type,
      pid: 4711,
      placementId: null,
      uuid: LITERAL_UUID,
      uuidBytes: new Uint8Array(16),
    })
    machine.mgr.destroy(0)
    return seen
  }

  it('carries the golden 6,496 bytes for VF 0 under rfc-v1', () => {
    const [params] = sent(NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK.cmd, 'rfc-v1')
    expect(params?.length).toBe(6496)
    expect(
      createHash('sha256')
        .update(params ?? '')
        .digest('hex'),
    ).toBe(GOLDEN)
  })

  it('carries the pid under v2, and the type comes with message 2', () => {
    const [params = new Uint8Array(0)] = sent(NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK.cmd, 'v2')
    expect(NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK.params.decode(params)).toMatchObject({
      vgpuType: 0,
      vmPid: 4711,
      numChannels: 32,
      numPluginChannels: 1,
    })
  })

  it('is followed on destroy by shutdown and cleanup of the gfid', () => {
    for (const command of [
      NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK.cmd,
      NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP.cmd,
    ])
      expect(sent(command, 'rfc-v1')).toEqual([Uint8Array.of(1, 0, 0, 0)])
  })

  it('is refused for a gfid whose task runs', () => {
    const { state, gpu } = running()
    const kept = structuredClone(gpu.gsp.plugins[1])
    const machine = new Machine(state, gpu)
    machine.mgr.destroy(0)
    if (kept) gpu.gsp.plugins[1] = kept
    const type = machine.mgr.findType(869, 'test')
    const again = {
      id: 0,
      gfid: 1,
      dbdf: 0xc104,
      type,
      pid: 1,
      placementId: null,
      uuid: uuidOf(2),
      uuidBytes: new Uint8Array(16),
    }
    expect(() => machine.mgr.create(again)).toThrow(
      refusal({ errno: 'EINVAL', message: expect.stringContaining('NV_ERR_STATE_IN_USE') }),
    )
  })

  it('does not keep destroy from going on when shutdown fails', () => {
    const { state, host, gpu } = running()
    arm(state, 'gsp.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK', 'NV_ERR_GENERIC')
    host.destroyVgpus({ selectors: [LITERAL_UUID] })
    expect([gpu.mgr?.vgpus, gpu.nvkm.fb.used, gpu.nvkm.bar1.used]).toEqual([{}, [], []])
    expect(gpu.klog.lines.filter((line) => line.level === 'warn').map((line) => line.text)).toEqual([
      expect.stringContaining('shutdown failed'),
      expect.stringContaining('cleanup failed'),
    ])
  })
})
