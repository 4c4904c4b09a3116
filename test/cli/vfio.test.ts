import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(async () => {
  bench = new Bench()
  await ok('vf enable 4')
})
afterEach(() => {
  bench.dispose()
})

/** Runs what has to succeed. */
async function ok(line: string, stdin?: string): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line, stdin === undefined ? {} : { stdin })
  expect(status, `${line}: ${stderr}`).toBe(0)
  return stdout
}

async function items(line: string) {
  return JSON.parse(await ok(`${line} -o json`)).items
}

/** Runs what has to be refused; the host is as it was. */
async function refused(line: string, status: number, errno: string): Promise<void> {
  const before = await ok('host export')
  const outcome = await bench.sh(line)
  expect([outcome.status, outcome.stdout], `${line}: ${outcome.stderr}`).toEqual([status, ''])
  expect(outcome.stderr.split('\n')[0]).toMatch(new RegExp(`^nvgpu: .* \\(${errno}\\) \\[[a-z-]+\\]$`))
  expect(await ok('host export')).toBe(before)
}

describe('nvgpu vfio', () => {
  it('opens a VF whose type was written through sysfs, and closes it; the UUID stays', async () => {
    await ok('sysfs write c1:00.4/nvidia/current_vgpu_type 874')
    expect(await ok('vfio open 0 --vm desk7')).toBe('VFIO device of 0000:c1:00.4 open by desk7 (pid 1001)\n')
    const [info] = await items('vfio info 0')
    expect(info).toMatchObject({ state: 'open', vm: 'desk7', vgpuType: { id: 874 }, numRegions: 9, policy: 'closes' })
    expect(await ok(`vgpu show ${info.vgpu}`)).toContain('running')
    expect(await ok('vfio close 0')).toBe('VFIO device of 0000:c1:00.4 closed\n')
    expect((await items('vgpu list'))[0]).toMatchObject({ uuid: info.vgpu, state: 'configured' })
    await refused('vfio close 0', 4, 'ENODEV')
  })

  it('takes pid, guest, policy and UUID of who opens', async () => {
    await ok('sysfs write c1:00.5/nvidia/current_vgpu_type 869')
    const uuid = '11111111-2222-4333-8444-555555555555'
    await ok(`vfio open c1:00.5 --vm win --pid 77 --guest-os windows --policy ignores --uuid ${uuid.toUpperCase()}`)
    expect((await items('vfio info 1'))[0]).toMatchObject({
      vm: 'win',
      pid: 77,
      guestOs: 'windows',
      policy: 'ignores',
      vgpu: uuid,
    })
    await refused('vf disable --force', 4, 'EBUSY')
    await refused('sysfs write c1:00.0/sriov_numvfs 0', 4, 'EBUSY')
    await ok('vfio close 1')
    await ok('sysfs write c1:00.0/sriov_numvfs 0')
    expect(await items('vf list')).toEqual([])
  })

  it('refuses to open without a type, a driver or a VM, with the documented statuses', async () => {
    await refused('vfio open 0 --vm desk7', 4, 'ENODEV')
    await refused('vfio open 0', 2, 'EINVAL')
    await refused('vfio open 0 --vm a --pid 0', 2, 'EINVAL')
    await refused('vfio open 9 --vm a', 3, 'ENODEV')
    await ok('vfio unbind 3')
    await refused('vfio open 3 --vm a', 4, 'ENODEV')
    for (const verb of ['regions', 'config', 'reset']) await refused(`vfio ${verb} 0`, 4, 'ENODEV')
    await refused('vfio read 0 config 0', 4, 'ENODEV')
    await refused('vfio mmap 0 bar0 --length 4096', 4, 'ENODEV')
  })

  it('binds and unbinds as vf does', async () => {
    expect(await ok('vfio bind 0 --driver none')).toBe('VF 0000:c1:00.4 is not bound to a driver\n')
    expect(await ok('vfio bind 0 --driver vfio-pci')).toBe('VF 0000:c1:00.4 bound to vfio-pci\n')
    await ok('vfio unbind 0')
    expect(await ok('vfio bind 0')).toBe('VF 0000:c1:00.4 bound to nvidia-vgpu-vfio\n')
  })

  describe('on an open device', () => {
    beforeEach(async () => {
      await ok('vgpu create --type L40-1B --vf 0')
    })

    it('lists nine regions', async () => {
      const regions = await items('vfio regions 0')
      expect(regions.map((region: { size: number }) => region.size)).toEqual([
        262144, 268435456, 0, 33554432, 0, 0, 0, 4096, 0,
      ])
      expect(regions.map((region: { flags: string[] | null }) => region.flags?.length ?? null)).toEqual([
        3,
        3,
        0,
        3,
        0,
        null,
        null,
        2,
        null,
      ])
      expect(await ok('vfio regions 0')).toContain('    1  BAR1    256 MiB  read,write,mmap')
    })

    it('dumps the configuration space as lspci does, byte for byte the golden one', async () => {
      const lines = (await ok('vfio config 0 --hexdump')).split('\n')
      expect(lines.slice(0, 5)).toEqual([
        '0000:c1:00.4',
        '00: de 10 b5 26 00 00 10 00 a1 00 00 03 00 00 00 00',
        '10: 00 00 00 00 0c 00 00 00 00 00 00 00 0c 00 00 00',
        '20: 00 00 00 00 00 00 00 00 00 00 00 00 de 10 6d 17',
        '30: 00 00 00 00 7c 00 00 00 00 00 00 00 00 00 00 00',
      ])
      expect(lines.length).toBe(18)
      expect(await ok('vfio config 0')).toContain('0x14 BAR1:')
      expect(await ok('vfio config 0 -o csv --no-header')).toContain('0000:c1:00.4,0x2e,subsystem id,0x176d\r\n')
    })

    it('reads and writes registers, by name or number of the region', async () => {
      expect(await ok('vfio write 0 config 0x14 0xffffffff')).toBe('config 0x14 of 0000:c1:00.4 reads 0xf000000c\n')
      expect(await ok('vfio read 0 7 0x14')).toBe('0xf000000c\n')
      expect(await ok('vfio read 0 config 0 --size 2 -q')).toBe('0x10de\n')
      await ok('vfio write 0 BAR0 256 0xab --size 1')
      expect((await items('vfio read 0 bar0 0x100'))[0]).toMatchObject({ value: 0xab, hex: '0x000000ab', size: 4 })
      expect((await items('vfio info 0'))[0].bar0Mapped).toBe(true)
    })

    it('refuses what the driver refuses, and what cannot be meant', async () => {
      await refused('vfio read 0 1 0', 2, 'EINVAL')
      await refused('vfio read 0 9 0', 2, 'EINVAL')
      await refused('vfio read 0 config 4096', 2, 'EINVAL')
      await refused('vfio write 0 config 0x14 1 --size 2', 2, 'EINVAL')
      await refused('vfio write 0 config 4 0x10000 --size 2', 2, 'EINVAL')
      await refused('vfio read 0 nowhere 0', 2, 'EINVAL')
      await refused('vfio read 0 config -1', 2, 'EINVAL')
      await refused('vfio read 0 config 0 --size 3', 2, 'EINVAL')
    })

    it('maps a BAR up to what the hardware has', async () => {
      const [mapping] = await items('vfio mmap 0 bar1 --length 0x80000000')
      expect(mapping).toMatchObject({ region: 1, length: 2 ** 31, cached: false })
      await refused('vfio mmap 0 bar1 --length 0x80001000', 2, 'EINVAL')
      await refused('vfio mmap 0 bar1 --length 4096 --private', 2, 'EINVAL')
      await refused('vfio mmap 0 bar2 --length 4096', 2, 'EINVAL')
    })

    it('resets', async () => {
      expect(await ok('vfio reset 0')).toBe('VFIO device of 0000:c1:00.4 reset\n')
    })

    it('changes nothing with --dry-run', async () => {
      const before = await ok('host export')
      for (const line of ['write 0 config 0x10 1', 'read 0 bar0 0', 'reset 0', 'close 0']) {
        await ok(`vfio ${line} --dry-run`)
        expect(await ok('host export'), line).toBe(before)
      }
    })
  })
})

describe('nvgpu sysfs', () => {
  it('prints files byte for byte', async () => {
    expect(await ok('sysfs cat /sys/bus/pci/devices/0000:c1:00.0/sriov_totalvfs')).toBe('32\n')
    expect((await ok('sysfs cat c1:00.4/nvidia/creatable_vgpu_types')).split('\n').slice(0, 2)).toEqual([
      'ID    : vGPU Name',
      '869   : NVIDIA L40-1B',
    ])
    const { bytes } = await bench.sh('sysfs cat c1:00.0/config')
    expect([bytes.length, bytes[0], bytes[1]]).toEqual([4096, 0xde, 0x10])
  })

  it('lists a directory, the devices without a path', async () => {
    expect(await ok('sysfs ls -q')).toContain('/sys/bus/pci/devices/0000:c1:00.4\n')
    expect(await ok('sysfs ls c1:00.4/nvidia')).toBe(
      'MODE        NAME\n-r--r--r--  creatable_vgpu_types\n-rw-r--r--  current_vgpu_type\n',
    )
    expect(await ok('sysfs ls c1:00.4')).toContain('lrwxrwxrwx  physfn -> ../0000:c1:00.0\n')
    expect((await items('sysfs ls c1:00.4/physfn/class'))[0]).toMatchObject({
      path: '/sys/devices/pci0000:c0/0000:c0:01.0/0000:c1:00.0/class',
      kind: 'file',
      mode: '0444',
    })
  })

  it('writes a value, or standard input, and says how much was taken', async () => {
    expect(await ok('sysfs write c1:00.4/nvidia/current_vgpu_type 869')).toBe(
      '3 bytes written to c1:00.4/nvidia/current_vgpu_type\n',
    )
    expect(await ok('sysfs write c1:00.5/nvidia/current_vgpu_type', '869\n')).toBe(
      '4 bytes written to c1:00.5/nvidia/current_vgpu_type\n',
    )
    expect(await ok('sysfs cat c1:00.5/nvidia/current_vgpu_type')).toBe('869\n')
    await ok('sysfs write c1:00.5/nvidia/current_vgpu_type 0 --dry-run')
    expect(await ok('sysfs cat c1:00.5/nvidia/current_vgpu_type')).toBe('869\n')
  })

  it('refuses with the kernel’s errno and the documented status', async () => {
    await ok('sysfs write c1:00.4/nvidia/current_vgpu_type 869')
    await refused('sysfs write c1:00.5/nvidia/current_vgpu_type 870', 4, 'EINVAL')
    await refused('sysfs write c1:00.5/nvidia/current_vgpu_type 1', 3, 'ENODEV')
    await refused('sysfs write c1:00.5/nvidia/current_vgpu_type x', 2, 'EINVAL')
    await refused('sysfs write c1:00.0/sriov_numvfs 99', 5, 'ERANGE')
    await refused('sysfs write c1:00.4/vendor 1', 1, 'EACCES')
    await refused('sysfs cat c1:00.4/nothing', 3, 'ENOENT')
    await refused('sysfs cat c1:00.4', 2, 'EISDIR')
    await refused('sysfs ls /proc', 3, 'ENOENT')
  })
})
