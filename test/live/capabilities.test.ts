import { describe, expect, it } from 'vitest'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import type { SysfsNode } from '../../src/engine/sysfs/node.ts'
import { destroyGpuInstances } from '../../src/engine/verbs/destroy-instances.ts'
import { createGpuInstances } from '../../src/engine/verbs/gpu-instances.ts'
import { setMigMode } from '../../src/engine/verbs/mig-mode.ts'
import { worldOf } from '../../src/live/world.ts'
import { LiveHost, notLive } from './live-host.ts'

const why = notLive('ordinary')
if (why !== undefined) console.log(`skipped: ${why}`)
const live = it.skipIf(why !== undefined)

/** A host with two GPUs, MIG on the second: a 3g with two compute instances' room, and one in a 1g. */
function host(): HostState {
  const state = newHost({ board: 'A100-SXM4-40GB', gpus: 2, profile: 'vgpu17' })
  setMigMode(state, { gpu: '1', on: true })
  createGpuInstances(state, { gpu: '1', instances: [{ profile: '3g.20gb' }], compute: false })
  createGpuInstances(state, { gpu: '1', instances: [{ profile: '1g.5gb' }], compute: true })
  return state
}

function at(state: HostState, path: string): SysfsNode | undefined {
  let node: SysfsNode | undefined = worldOf(state, {})
  for (const name of path.split('/')) node = node?.kind === 'directory' ? node.entry(name) : undefined
  return node
}

function names(state: HostState, path: string): string[] {
  const node = at(state, path)
  return node?.kind === 'directory' ? node.names() : []
}

function file(state: HostState, path: string): [mode: string, text: string] {
  const node = at(state, path)
  if (node?.kind !== 'file' || node.show === null) throw new Error(`no file ${path}`)
  return [node.mode.toString(8), Buffer.from(node.show()).toString()]
}

const RIGHTS = 'proc/driver/nvidia/capabilities'

describe('rule 24: the rights to MIG', () => {
  it('have a file each, made and removed with the instance, and the minor by the formula', () => {
    const state = host()
    expect(names(state, RIGHTS)).toEqual(['mig', 'gpu1'])
    expect(file(state, `${RIGHTS}/mig/config`)).toEqual([
      '400',
      'DeviceFileMinor: 1\nDeviceFileMode: 256\nDeviceFileModify: 1\n',
    ])
    expect(file(state, `${RIGHTS}/mig/monitor`)).toEqual([
      '444',
      'DeviceFileMinor: 2\nDeviceFileMode: 292\nDeviceFileModify: 1\n',
    ])
    // GPU 1 has the swapped order of ids
    expect(names(state, `${RIGHTS}/gpu1/mig`)).toEqual(['gi1', 'gi11'])
    expect(names(state, `${RIGHTS}/gpu1/mig/gi1`)).toEqual(['access'])
    expect(names(state, `${RIGHTS}/gpu1/mig/gi11`)).toEqual(['access', 'ci0'])
    expect(file(state, `${RIGHTS}/gpu1/mig/gi11/access`)[1]).toContain(`DeviceFileMinor: ${3 + 135 + 9 * 11}\n`)
    expect(file(state, `${RIGHTS}/gpu1/mig/gi11/ci0/access`)[1]).toContain(`DeviceFileMinor: ${4 + 135 + 9 * 11}\n`)
    destroyGpuInstances(state, { gpu: '1', withCompute: true })
    expect(names(state, `${RIGHTS}/gpu1/mig`)).toEqual([])
  })

  it('rule 44: to configure is for root, to see is for everybody', () => {
    const state = host()
    const modes = ['mig/config', 'mig/monitor', 'gpu1/mig/gi11/access', 'gpu1/mig/gi11/ci0/access'].map(
      (name) => file(state, `${RIGHTS}/${name}`)[0],
    )
    expect(modes).toEqual(['400', '444', '444', '444'])
  })

  it('have all their minors in one file, instances or not', () => {
    const [mode, text] = file(newHost({ profile: 'vgpu17' }), 'proc/driver/nvidia-caps/mig-minors')
    const lines = text.trim().split('\n')
    expect([mode, lines.length]).toEqual(['444', 4322])
    expect(lines.slice(0, 4)).toEqual(['config 1', 'monitor 2', 'gpu0/gi0/access 3', 'gpu0/gi0/ci0/access 4'])
    expect(lines.at(-1)).toBe('gpu31/gi14/ci7/access 4322')
    expect(new Set(lines.map((line) => line.split(' ')[1])).size).toBe(4322)
  })

  it('have a device node each', () => {
    expect(names(host(), 'dev/nvidia-caps').sort()).toEqual(
      [1, 2, 147, 237, 238].map((minor) => `nvidia-cap${minor}`).sort(),
    )
    expect(names(newHost({ profile: 'v2' }), 'dev/nvidia-caps')).toEqual([])
  })

  live('are there for programs, as soon as nvidia-smi has made the instance', () => {
    const machine = new LiveHost('ordinary')
    expect(machine.nvgpu(['host', 'init', '--board', 'A30', '--profile', 'vgpu17', '--force']).status).toBe(0)
    const { stdout } = machine.bash(`
      nvidia-smi -mig 1 > /dev/null; cd /proc/driver/nvidia/capabilities; ls; ls gpu0/mig
      nvidia-smi mig -cgi 5 -C > /dev/null; find gpu0 -name access | sort; cat gpu0/mig/gi1/ci0/access
      ls /dev/nvidia-caps; wc -l < /proc/driver/nvidia-caps/mig-minors
      nvidia-smi mig -dci > /dev/null; nvidia-smi mig -dgi > /dev/null; ls gpu0/mig`)
    expect(stdout).toBe(`gpu0
mig
gpu0/mig/gi1/access
gpu0/mig/gi1/ci0/access
DeviceFileMinor: 13
DeviceFileMode: 292
DeviceFileModify: 1
nvidia-cap1
nvidia-cap12
nvidia-cap13
nvidia-cap2
4322
`)
    machine.dispose()
  })
})
