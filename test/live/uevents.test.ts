import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { newHost } from '../../src/engine/new-host.ts'
import { sysfsRoot } from '../../src/engine/sysfs/tree.ts'
import { disableVfs, enableVfs } from '../../src/engine/verbs/vfs.ts'
import { devicesOf } from '../../src/live/uevent/devices.ts'
import { eventsBetween } from '../../src/live/uevent/events.ts'
import { missing } from '../house/installed.ts'
import { type Ended, LiveHost, notLive } from './live-host.ts'

const why = notLive('ordinary') ?? missing('udevadm')
if (why !== undefined) console.log(`skipped: ${why}`)
const live = it.skipIf(why !== undefined)
const PORT = '/devices/pci0000:c0/0000:c0:01.0'
const NUMVFS = '/sys/bus/pci/devices/0000:c1:00.0/sriov_numvfs'
const VF = `${PORT}/0000:c1:00.4`
/** The events of a VF that comes and goes. */
const COME_AND_GO = [
  `add ${VF} (pci)`,
  `bind ${VF} (pci)`,
  `add ${VF}/vfio-dev/vfio1 (vfio-dev)`,
  `remove ${VF}/vfio-dev/vfio1 (vfio-dev)`,
  `unbind ${VF} (pci)`,
  `remove ${VF} (pci)`,
]

const NVGPU = `node ${process.cwd()}/bin/nvgpu.cjs`
/** Waits until an event of an object has come from both sources. */
const waitFor = (last: string) =>
  `for source in KERNEL UDEV; do until grep -q "^$source.*${last} (" "$HOME/seen"; do sleep 0.05; done; done`
/** The words of a run that listens, as on a machine with udevd, while a script runs, until the last event has come. */
const listening = (script: string, last: string, ...options: readonly string[]) => [
  ...['run', '--root', '--net', 'private', '--', 'timeout', '100', 'bash', '-c'],
  `mount -t tmpfs tmpfs /run && mkdir /run/udev && touch /run/udev/control || exit
  : > "$HOME/seen"; udevadm monitor ${options.join(' ')} > "$HOME/seen" 2>&1 & until grep -q KERNEL "$HOME/seen"; do sleep 0.05; done
  ${script}
  ${waitFor(last)}; kill %1`,
]

/** The events that `listening` has seen below a path, of each source; everything if it did not come to its end. */
function seen({ home }: LiveHost, { status, stderr }: Pick<Ended, 'status' | 'stderr'>, below: string) {
  const text = fs.readFileSync(path.join(home, 'seen'), 'utf8')
  const lines = text.split('\n').filter((line) => line.includes(below))
  const of = (source: string) =>
    lines
      .filter((line) => line.startsWith(source))
      .map((line) => line.replace(/^\w+\s*\[[\d.]+\]\s*/, '').replace(/\s+/g, ' '))
  return { status, stderr, kernel: of('KERNEL'), udev: of('UDEV'), ...(status === 0 ? {} : { text }) }
}

describe('events of devices', () => {
  live.each([
    ['a file and a process', `echo 1 > ${NUMVFS}`, `${NVGPU} vf disable > /dev/null`],
    ['a process and a file', `${NVGPU} vf enable 1 > /dev/null`, `echo 0 > ${NUMVFS}`],
  ])('G 2: udevadm monitor sees VFs come and go by %s, from the kernel and from udev', (_, come, go) => {
    const host = new LiveHost('ordinary')
    const ended = host.nvgpu(listening(`${come}; ${waitFor('vfio1')}; ${go}`, 'remove.*/0000:c1:00.4'))
    expect(seen(host, ended, PORT)).toEqual({ status: 0, stderr: '', kernel: COME_AND_GO, udev: COME_AND_GO })
    host.dispose()
  })

  live('G 2: a server that is late tells of each change', async () => {
    const host = new LiveHost('ordinary')
    const changes = [
      ['vf', 'enable', '1'],
      ['vf', 'disable'],
    ]
    for (const change of changes) host.nvgpu(change)
    const [file, ...args] = host.argv(listening('echo ready', 'remove.*/0000:c1:00.4'))
    const child = spawn(file, args, { cwd: host.home, env: host.env, stdio: ['ignore', 'pipe', 'inherit'] })
    const ending = new Promise<number | null>((resolve) => child.on('close', resolve))
    await new Promise((resolve) => child.stdout.once('data', resolve))
    for (const pid of host.servers()) process.kill(pid, 'SIGSTOP')
    for (const change of changes) expect(host.nvgpu(change).status).toBe(0)
    for (const pid of host.servers()) process.kill(pid, 'SIGCONT')
    const ended = { status: await ending, stderr: '' }
    expect(seen(host, ended, PORT)).toEqual({ status: 0, stderr: '', kernel: COME_AND_GO, udev: COME_AND_GO })
    host.dispose()
  })

  live('G 2: a state that cannot be read ends no server', () => {
    const host = new LiveHost('ordinary')
    host.nvgpu(['vf', 'enable', '1'])
    const { stdout, stderr } = host.bash(
      `cd "$NVGPU_STATE_DIR"; cp log.0.jsonl whole; echo damage >> log.0.jsonl; sleep 0.5
      cat ${NUMVFS}; cp whole log.0.jsonl; cat ${NUMVFS}`,
      ...['--net', 'private'],
    )
    expect({ stdout, stderr }).toEqual({
      stdout: '1\n',
      stderr: `cat: '${NUMVFS}': Structure needs cleaning\n`,
    })
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
    const ended = host.nvgpu(listening(`echo 1 > ${NUMVFS}`, 'vfio/65', '--subsystem-match=vfio'))
    const events = ['add /devices/virtual/vfio/65 (vfio)']
    expect(seen(host, ended, '/devices')).toEqual({ status: 0, stderr: '', kernel: events, udev: events })
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
