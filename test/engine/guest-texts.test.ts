import { expect, it } from 'vitest'
import { guestVmInfo } from '../../src/engine/gsp/guest-info.ts'
import { vgpuViews } from '../../src/engine/views/vgpu.ts'
import { hostOf, uuidOf } from './host-of.ts'

it('shows a guest whose driver has a text of an imported host that the firmware cannot hold', () => {
  const { state, host } = hostOf()
  host.enableVfs({ count: 1 })
  host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(1), start: true })
  const plugin = state.gpus[0]?.gsp.plugins[1]
  if (!plugin?.guest) throw new Error('no guest')
  plugin.guest.guestDriverVersion = `5\u{1f600}\0ä${'9'.repeat(64)}`
  expect(vgpuViews(state)[0]?.guestDriver).toBe(`5??ä${'9'.repeat(28)}`)
  expect(guestVmInfo(plugin)).toMatchObject({ guestDriverVersion: `5??ä${'9'.repeat(28)}` })
})
