import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../house/installed.ts'
import { type Ended, LiveHost, notLive } from './live-host.ts'

const why = [
  notLive('ordinary'),
  missing('mdevctl'),
  missing('virsh', '--version'),
  missing('libvirtd', '--version'),
].find(Boolean)
if (why !== undefined) console.log(`skipped: ${why}`)
const UUID = '6f1c2f0e-8a45-4f0c-9d0b-3f1f0a8c1d01'
const NAME = `mdev_${UUID.replaceAll('-', '_')}_0000_c1_00_4`
const OTHER = 'b27c9d14-5e33-4c1a-8f60-7d2e91a4c602'

/** Runs a script beside a libvirtd of this host. */
function beside(host: LiveHost, script: string): Ended {
  const libvirtd = path.resolve('examples/libvirtd.sh')
  const virsh = 'virsh() { command virsh -q -c nodedev:///system "$@"; }\n'
  const words = ['timeout', '60', 'sh', libvirtd, 'bash', '-c', `${virsh}${script}`]
  return host.nvgpu(['run', '--root', '--net', 'private', '--', ...words])
}

describe.skipIf(why !== undefined)('libvirtd 9', () => {
  let host: LiveHost
  beforeAll(() => {
    host = new LiveHost('ordinary')
    expect(host.nvgpu(['host', 'init', '--profile', 'vgpu16', '--force']).status).toBe(0)
    expect(host.nvgpu(['vf', 'enable', '2']).status).toBe(0)
  })
  afterAll(() => host.dispose())

  it('G 2: virsh lists the devices as a tree and shows them in XML', () => {
    const { stdout, stderr } = beside(
      host,
      'virsh nodedev-list --tree; virsh nodedev-list --cap mdev_types; virsh nodedev-dumpxml pci_0000_c1_00_0; virsh nodedev-dumpxml pci_0000_c1_00_4',
    )
    expect(stderr).toBe('')
    expect(stdout).toMatch(
      /\+- pci_0000_c0_01_0\n\s+\|\n\s+\+- pci_0000_c1_00_0\n\s+\+- pci_0000_c1_00_4\n\s+\+- pci_0000_c1_00_5\n/,
    )
    expect(stdout).toContain('\npci_0000_c1_00_4\npci_0000_c1_00_5\n')
    expect(stdout).toMatch(/<capability type='virt_functions' maxCount='32'>\s+<address domain='0x0000' bus='0xc1'/)
    expect(stdout).toMatch(/<capability type='phys_function'>\s+<address domain='0x0000' bus='0xc1'/)
    expect(stdout).toMatch(
      /<type id='nvidia-874'>\s+<name>NVIDIA L40-4Q<\/name>\s+<deviceAPI>vfio-pci<\/deviceAPI>\s+<availableInstances>1</,
    )
  })

  it.skipIf(notLive('self') !== undefined)('G 2: libvirtd.sh runs below root too, and refuses to run outside', () => {
    const script = path.resolve('examples/libvirtd.sh')
    const own = new LiveHost('self')
    const run = own.nvgpu(['run', '--root', '--net', 'private', '--', 'sh', script, 'echo', 'done'])
    own.dispose()
    expect(run).toMatchObject({ status: 0, stdout: 'done\n' })
    // In a mount namespace of its own, where it could hide nothing of the machine.
    const { status, stderr } = spawnSync('unshare', ['-rm', 'sh', script, 'true'], { encoding: 'utf8' })
    expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining('start it with nvgpu run') })
  })

  it('G 2: virsh creates, destroys, defines, starts and undefines a mediated device', () => {
    const { stdout, stderr } = beside(
      host,
      `cat > /run/mdev.xml <<X
<device><parent>pci_0000_c1_00_4</parent>
<capability type='mdev'><type id='nvidia-874'/><uuid>${UUID}</uuid></capability></device>
X
      virsh nodedev-create /run/mdev.xml; virsh nodedev-dumpxml ${NAME} | grep -o "<type id.*\\|<parent_addr.*"
      virsh nodedev-destroy ${NAME}; virsh nodedev-list --cap mdev; echo destroyed
      virsh nodedev-define /run/mdev.xml && cat /etc/mdevctl.d/*/${UUID} && echo
      virsh nodedev-start ${NAME}; virsh nodedev-autostart ${NAME}; virsh nodedev-info ${NAME}
      virsh nodedev-destroy ${NAME}; virsh nodedev-undefine ${NAME}; ls /etc/mdevctl.d`,
    )
    expect(stderr).toBe('')
    expect(stdout.replace(/ +/g, ' ')).toContain(`<type id='nvidia-874'/>
<parent_addr>0000:c1:00.4</parent_addr>
destroyed
{
 "mdev_type": "nvidia-874",
 "start": "manual",
 "attrs": []
}
Name: ${NAME}
Parent: pci_0000_c1_00_4
Active: yes
Persistent: yes
Autostart: yes
scripts.d
`)
    expect(host.nvgpu(['vgpu', 'list', '--all', '-q']).stdout).toBe('')
  })

  it('G 2: libvirtd hears of devices that other processes make and remove', () => {
    const { stdout } = beside(
      host,
      `virsh nodedev-event --event lifecycle --loop > /run/events & until virsh nodedev-list --cap pci | grep -q c1_00_4; do sleep 0.1; done; sleep 1
      heard() { for _ in {1..50}; do grep -q "$1" /run/events && break; sleep 0.1; done; }
      nvgpu() { node ${path.resolve('bin/nvgpu.cjs')} "$@" > /dev/null; }
      nvgpu vgpu create --type nvidia-874 --vf 0000:c1:00.4 --uuid ${OTHER} --no-start; heard Created
      nvgpu vgpu destroy ${OTHER}; heard Deleted; kill %1; cat /run/events`,
    )
    const name = `mdev_${OTHER.replaceAll('-', '_')}_0000_c1_00_4`
    expect(stdout).toContain(`event 'lifecycle' for node device ${name}: Created\n`)
    expect(stdout).toContain(`event 'lifecycle' for node device ${name}: Deleted\n`)
  })
})

const PYTHON = '/usr/bin/python3'
const withoutNova = why ?? missing(PYTHON, '-c', 'import nova, libvirt')
if (withoutNova !== undefined) console.log(`skipped: ${withoutNova.split('\n').at(-1)}`)

it.skipIf(withoutNova !== undefined)('G 2: Nova finds types, their free instances, and mediated devices', () => {
  const host = new LiveHost('ordinary')
  expect(host.nvgpu(['host', 'init', '--profile', 'vgpu16', '--force']).status).toBe(0)
  expect(host.nvgpu(['vf', 'enable', '2']).status).toBe(0)
  const create = ['vgpu', 'create', '--type', 'nvidia-874', '--vf', '0000:c1:00.4', '--uuid', UUID, '--no-start']
  expect(host.nvgpu(create).status).toBe(0)
  const { stdout, stderr } = beside(host, `${PYTHON} ${path.resolve('test/live/nova-host.py')}`)
  expect(stderr).not.toContain('Traceback')
  const type = (availableInstances: number) => ({ availableInstances, name: 'NVIDIA L40-4Q', deviceAPI: 'vfio-pci' })
  expect(JSON.parse(stdout)).toEqual({
    capable: { pci_0000_c1_00_4: type(0), pci_0000_c1_00_5: type(1) },
    mdevs: [{ type: 'nvidia-874', parent: 'pci_0000_c1_00_4', uuid: UUID }],
    isPhysical: [true, false],
    product: '26b5',
    virtualFunctions: [2],
  })
  host.dispose()
})
