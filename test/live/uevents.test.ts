import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { newHost } from '../../src/engine/new-host.ts'
import { sysfsRoot } from '../../src/engine/sysfs/tree.ts'
import { disableVfs, enableVfs } from '../../src/engine/verbs/vfs.ts'
import { devicesOf } from '../../src/live/uevent/devices.ts'
import { eventsBetween } from '../../src/live/uevent/events.ts'
import { missing } from '../house/installed.ts'
import { LiveHost, notLive } from './live-host.ts'

const why = notLive('ordinary') ?? missing('udevadm')
if (why !== undefined) console.log(`skipped: ${why}`)
const live = it.skipIf(why !== undefined)
const PORT = '/devices/pci0000:c0/0000:c0:01.0'
const NUMVFS = '/sys/bus/pci/devices/0000:c1:00.0/sriov_numvfs'
/** Listens, as on a machine with udevd, while a script runs. */
const monitor = (script: string) => `
  mount -t tmpfs tmpfs /run && mkdir /run/udev && touch /run/udev/control || exit
  : > "$HOME/seen"; udevadm monitor > "$HOME/seen" 2>&1 & until grep -q KERNEL "$HOME/seen"; do sleep 0.05; done; sleep 0.5
  ${script}
  for source in KERNEL UDEV; do until grep -q "$source.*$last" "$HOME/seen"; do sleep 0.05; done; done; kill %1; grep -o '^[A-Z]* .*\\|^[A-Z]*\\[.*' "$HOME/seen" | sed 's/\\[[0-9.]*\\]//' | tr -s ' '`

describe('events of devices', () => {
  live('G 2: udevadm monitor sees VFs come and go, from the kernel and from udev', () => {
    const host = new LiveHost('ordinary')
    const { stdout, stderr } = host.nvgpu([
      ...['run', '--root', '--net', 'private', '--', 'timeout', '20', 'bash', '-c'],
      monitor(`echo 1 > ${NUMVFS}; nvgpu() { node ${process.cwd()}/bin/nvgpu.cjs "$@"; }
        nvgpu vf disable > /dev/null; last='remove.*/0000:c1:00.4 '`),
    ])
    expect(stderr).toBe('')
    const lines = stdout.split('\n').filter((line) => line.includes(PORT))
    const vf = `${PORT}/0000:c1:00.4`
    const events = [
      `add ${vf} (pci)`,
      `bind ${vf} (pci)`,
      `add ${vf}/vfio-dev/vfio1 (vfio-dev)`,
      `remove ${vf}/vfio-dev/vfio1 (vfio-dev)`,
      `unbind ${vf} (pci)`,
      `remove ${vf} (pci)`,
    ]
    for (const source of ['KERNEL', 'UDEV'])
      expect(lines.filter((line) => line.startsWith(source))).toEqual(events.map((event) => `${source} ${event}`))
    host.dispose()
  })

  it('G 2: a parent of mediated devices is registered when its driver is bound', () => {
    const host = newHost({ profile: 'vgpu16' })
    const before = devicesOf(sysfsRoot(host))
    enableVfs(host, { count: 1 })
    const after = devicesOf(sysfsRoot(host))
    const told = eventsBetween(before, after).map(({ action, more }) => [action, ...more].join(' '))
    expect(told).toEqual(['add', 'change MDEV_STATE=registered', 'bind DRIVER=nvidia'])
    disableVfs(host)
    const back = eventsBetween(after, devicesOf(sysfsRoot(host))).map(({ action }) => action)
    expect(back).toEqual(['change', 'unbind', 'remove'])
    expect(eventsBetween(after, after)).toEqual([])
  })

  live('G 2: a listener that filters by subsystem gets the messages of udev that it wants', () => {
    const host = new LiveHost('ordinary')
    const { stdout } = host.nvgpu([
      ...['run', '--root', '--net', 'private', '--', 'timeout', '20', 'bash', '-c'],
      monitor(`echo 1 > ${NUMVFS}; last='vfio/65 '`).replace('monitor >', 'monitor --subsystem-match=vfio >'),
    ])
    const path = '/devices/virtual/vfio/65 (vfio)'
    const lines = stdout.split('\n').filter((line) => line.includes('/devices'))
    expect(lines.sort()).toEqual([`KERNEL add ${path}`, `UDEV add ${path}`])
    host.dispose()
  })

  it.skipIf(notLive('ordinary') !== undefined)(
    'G 2: without koffi the command runs, after a warning with the mend',
    () => {
      const host = new LiveHost('ordinary')
      // The program as it is installed, where no package is beside it.
      for (const part of ['bin', 'dist/program', 'package.json'])
        fs.cpSync(part, path.join(host.home, 'package', part), { recursive: true })
      const installed = path.join(host.home, 'package/bin/nvgpu.cjs')
      const [file, ...args] = host.argv([]).map((word) => (word.endsWith('/nvgpu.cjs') ? installed : word))
      const nvgpu = (...words: string[]) =>
        spawnSync(file ?? '', [...args, ...words], { cwd: host.home, env: host.env, encoding: 'utf8' })
      const hint = 'npm install --global koffi@3.3.4'
      expect(nvgpu('run', '--net', 'private', '--', 'echo', 'ran')).toMatchObject({
        status: 0,
        stdout: 'ran\n',
        stderr: `nvgpu: warning: listeners of udev learn of no change: the optional package koffi is not installed (${hint})\n`,
      })
      expect(nvgpu('run', '--', 'true').stderr).toBe('')
      const { items } = JSON.parse(nvgpu('run', '--check', '-o', 'json').stdout)
      expect(items.find(({ name }: { name: string }) => name === 'events')).toMatchObject({ works: false, hint })
      host.dispose()
    },
  )
})
