import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { missing } from '../house/installed.ts'
import { operate, PROGRAM, PYTHON } from '../reliability/hostile-files.ts'
import { chosenSeed } from '../reliability/random.ts'
import { LiveHost, notLive } from './live-host.ts'

const why = notLive('ordinary') ?? missing(PYTHON)
const isRoot = process.geteuid?.() === 0
const DEVICES = '/sys/bus/pci/devices'
const real = existsSync(DEVICES)
  ? readdirSync(DEVICES).find((bdf) => existsSync(`${DEVICES}/${bdf}/config`))
  : undefined
const whyNot = why ?? (isRoot ? undefined : 'only root can become a user without any right')
const noBus = whyNot ?? (real === undefined ? 'this machine has no PCI bus to compare with' : undefined)
for (const reason of [why, noBus]) if (reason !== undefined) console.log(`skipped: ${reason}`)

const hosts: LiveHost[] = []
afterAll(() => {
  for (const host of hosts) host.dispose()
})

it.skipIf(why !== undefined)('G 7: 3,000 random operations on the files of a run: none harms the server', async () => {
  const host = new LiveHost('ordinary')
  hosts.push(host)
  const seed = chosenSeed()
  const { failures, errors } = await operate(host, seed, 3_000)
  expect(failures, `NVGPU_SEED=${seed}`).toEqual([])
  // It is no attack if everything is refused at the door.
  for (const done of ['read ok', 'store ok', 'listdir ok', 'mkdir EPERM', 'rename EPERM', 'open EACCES'])
    expect(errors[done], done).toBeGreaterThan(0)
})

/** The files that both trees have, by their roles. */
function roles(bdf: string): Record<string, string> {
  const bus = '/sys/bus/pci'
  const device = `${DEVICES}/${bdf}`
  const files = ['vendor', 'config', 'uevent', 'subsystem', 'driver_override', 'remove'].map((name) => [
    name,
    `${device}/${name}`,
  ])
  const onBus = ['rescan', 'drivers_probe', 'drivers_autoprobe', 'missing'].map((name) => [name, `${bus}/${name}`])
  return { ...Object.fromEntries([...files, ...onBus]), bus, devices: DEVICES, device }
}

/**
 * The kernel answers these by itself for FUSE, in another way than sysfs does: it maps files privately, has no extended
 * attributes, seeks in directories, and checks two rights before it knows what a file cannot do.
 */
const BY_FUSE = /: mmap\tENODEV ok$|xattr|: lseek\t(EINVAL|ENXIO) ok$|: pwrite\tESPIPE EBADF$|: ioctl\tENOTTY EPERM$/

it.skipIf(noBus !== undefined)(
  'G 7: a user without any right gets the same errors as from the machine’s own /sys',
  () => {
    const host = new LiveHost('self')
    hosts.push(host)
    const operations = 8_000
    const seed = chosenSeed()
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', PYTHON, '-c', PROGRAM]
    const plan = (bdf: string) => JSON.stringify({ seed, operations, trace: true, roles: roles(bdf) })
    const [file = '', ...args] = nobody
    const outside = spawnSync(file, [...args, plan(real ?? '')], { encoding: 'utf8', maxBuffer: 1 << 26 })
    const inside = host.nvgpu(['run', '--', ...nobody, plan('0000:c1:00.0')])
    expect([outside.stderr, inside.stderr]).toEqual(['', ''])
    const theirs = outside.stdout.trimEnd().split('\n')
    const ours = inside.stdout.trimEnd().split('\n')
    expect([theirs.length, ours.length]).toEqual([operations, operations])
    const other = theirs.flatMap((line, index) => {
      const [, answer = ''] = ours[index]?.split('\t') ?? []
      return line === ours[index] ? [] : [`${line} ${answer}`]
    })
    expect(
      other.filter((line) => !BY_FUSE.test(line)),
      `NVGPU_SEED=${seed}`,
    ).toEqual([])
  },
)
