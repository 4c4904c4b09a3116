import { describe, expect, it } from 'vitest'
import { unbound, uuidOf } from './host-of.ts'

describe('J 3: the host RPC in the trace', () => {
  it('has every message with its sequence number, and every answer with its result', () => {
    const { state, host, gpu } = unbound('v2')
    host.bindVf('0', 'nvidia-vgpu-vfio')
    state.tracing = true
    host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })
    const rpc = gpu.trace.records.filter(({ direction }) => direction.includes('plugin'))
    const names = ['VERSION_NEGOTIATION', 'SETUP_CONFIG_PARAMS_AND_INIT', 'UPDATE_BME_STATE']
    expect(rpc.map(({ direction, name, kind, status }) => ({ direction, name, kind, status }))).toEqual(
      names.flatMap((message, at) => {
        const name = `${message} gfid 1 seq ${at + 1}`
        return [
          { direction: 'vgpu-mgr>plugin', name, kind: 'rpc', status: null },
          { direction: 'plugin>vgpu-mgr', name, kind: 'rpc', status: 0 },
        ]
      }),
    )
  })
})
