import { describe, expect, it } from 'vitest'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import { writeFile } from '../../src/engine/sysfs/sysfs.ts'
import { enableVfs } from '../../src/engine/verbs/vfs.ts'
import { KeptNames, promiseOf } from '../../src/live/kept-names.ts'
import { Promises } from '../../src/live/promises.ts'
import { worldOf } from '../../src/live/world.ts'

const DEVICES = 'sys/bus/pci/devices'
const HOME = 'sys/devices/pci0000:c0/0000:c0:01.0/0000:c1:00.4'
const PATHS = ['sys', 'sys/bus', DEVICES, `${DEVICES}/0000:c1:00.4`, HOME, `${HOME}/driver_override`, `${HOME}/nvidia`]

/** A host with two VFs, and a kernel that keeps the names of some paths. */
function kept(paths: readonly string[] = PATHS) {
  const host = newHost()
  enableVfs(host, { count: 2 })
  const promises = new Promises()
  const names = new KeptNames(promises)
  const note = (path: string) => {
    const node = nodeAt(host, path)
    if (node !== undefined) promises.note(1, promiseOf(path.split('/'), node), Date.now() + 1000)
  }
  for (const path of paths) note(path)
  const after = (isOnly = true) => {
    names.compare(worldOf(host, {}))
    return names.take(isOnly).map(({ path }) => path)
  }
  return { host, names, note, after }
}

function nodeAt(host: HostState, path: string) {
  let node = worldOf(host, {}).entry('sys')
  for (const name of path.split('/').slice(1)) node = node?.kind === 'directory' ? node.entry(name) : undefined
  return node
}

function write(host: HostState, path: string, text: string): void {
  const file = nodeAt(host, path)
  if (file?.kind !== 'file') throw new Error(`${path} is no file`)
  writeFile(host, file, path, Buffer.from(text), 0)
}

describe('names that the kernel keeps', () => {
  it('G 5: stay where a change leaves them as they are, however often', () => {
    const { host, after } = kept()
    write(host, `${HOME}/driver_override`, 'vfio-pci')
    expect(after()).toEqual([])
    write(host, `${HOME}/nvidia/current_vgpu_type`, '869')
    expect(after()).toEqual([])
  })

  it('G 5: are asked for again if they stand for nothing or for something else', () => {
    const { host, after } = kept([...PATHS, `${HOME}/driver`])
    write(host, 'sys/bus/pci/drivers/nvidia-vgpu-vfio/unbind', '0000:c1:00.4')
    expect(after()).toEqual([`${HOME}/nvidia`, `${HOME}/driver`])
    enableVfs(host, { count: 0 })
    expect(after()).toEqual([`${DEVICES}/0000:c1:00.4`, HOME, `${HOME}/driver_override`])
    expect(after()).toEqual([])
  })

  it('G 5: are all asked for again after changes of others, also those that were promised while a change was made', () => {
    const { names, note, after, host } = kept()
    expect(after(false)).toEqual(PATHS)
    note('sys')
    names.compare(worldOf(host, {}))
    note('sys/bus')
    expect(names.take(true).map(({ path }) => path)).toEqual(['sys/bus'])
    note('sys/devices')
    expect(names.take(true).map(({ path }) => path)).toEqual(['sys', 'sys/devices'])
  })

  it('G 5: are not compared if they are many', () => {
    const { after } = kept(Array.from({ length: 100 }, () => 'sys'))
    expect(after()).toHaveLength(100)
  })
})
