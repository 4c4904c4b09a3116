import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(async () => {
  bench = new Bench()
})
afterEach(() => {
  bench.dispose()
})

async function ok(line: string): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line)
  expect({ line, status, stderr: status === 0 ? '' : stderr }).toEqual({ line, status: 0, stderr: '' })
  return stdout
}

const query = async () => ok('smi vgpu -q')
const shown = async (name: string) => JSON.parse(await ok(`vgpu show ${name} -o json`)).items[0]

describe('a guest', () => {
  it('I 2.4: has no driver before it boots, as nvidia-smi prints it', async () => {
    await ok('vf enable 2')
    await ok('vgpu create --type L40-4Q --name desk7 --no-start')
    await ok('vfio open 0 --vm desk7')
    const before = await query()
    expect(before).toMatch(/Guest Driver Version +: N\/A\n/)
    expect(before).toMatch(/License Status +: N\/A \(Expiry: N\/A\)\n/)
    expect(before).toMatch(/Bus Id +: 00000000:00:00\.0\n/)
    expect(before).toMatch(/Used +: 128 MiB\n/)
    expect(before).toMatch(/Frame Rate Limit +: N\/A\n/)
    await ok('vgpu guest boot desk7')
    const after = await query()
    expect(after).toMatch(/Guest Driver Version +: 570\.133\.20\n/)
    expect(after).toMatch(/License Status +: Unlicensed \(Unrestricted\)\n/)
    expect(after).toMatch(/Bus Id +: 00000000:00:05\.0\n/)
    expect((await bench.sh('vgpu guest boot desk7')).stderr).toContain('the guest has booted')
  })

  it('I 2.4: is booted as ever by vgpu create', async () => {
    await ok('vf enable 1')
    await ok('vgpu create --type L40-4Q --name desk7')
    expect(await shown('desk7')).toMatchObject({ guestDriver: '570.133.20', frameRateLimit: 60 })
  })

  it('I 2.4: gets another driver, loses it, and has neither licence nor driver outside a VM', async () => {
    await ok('vf enable 1')
    await ok('vgpu create --type L40-4Q --name desk7')
    await ok('vgpu guest driver desk7 565.57.01')
    expect((await shown('desk7')).guestDriver).toBe('565.57.01')
    await ok('vgpu guest driver desk7 none')
    expect((await shown('desk7')).guestDriver).toBeNull()
    const unlicensed = await bench.sh('vgpu guest license desk7 permanent')
    expect(unlicensed).toMatchObject({ status: 4, stderr: expect.stringContaining('has no driver') })
    await ok('vgpu stop desk7')
    expect((await bench.sh('vgpu guest boot desk7')).stderr).toContain('hint: nvgpu vgpu start')
  })

  it('I 2.4: prints the end of its licence without zeros in front', async () => {
    await ok('vf enable 1')
    await ok('vgpu create --type L40-4Q --name desk7')
    await ok('vgpu guest license desk7 2027-01-02T03:04:05Z')
    expect(await query()).toMatch(/License Status +: Licensed \(Expiry: 2027-1-2 3:4:5 GMT\)\n/)
    await ok('vgpu guest license desk7 permanent')
    expect(await query()).toContain('Licensed (Expiry: Permanent)')
    for (const words of ['license desk7 soon', 'license desk7', 'driver desk7 x', 'boot desk7 now']) {
      expect((await bench.sh(`vgpu guest ${words}`)).status, words).toBe(2)
    }
  })

  it('I 2.4: without a licence has 15 fps after 20 minutes and 3 fps after a day', async () => {
    await ok('vf enable 2')
    await ok('vgpu create --type L40-4Q --name poor')
    await ok('vgpu create --type L40-4Q --name rich')
    await ok('vgpu guest license rich permanent')
    const limits = async () => [(await shown('poor')).frameRateLimit, (await shown('rich')).frameRateLimit]
    expect(await limits()).toEqual([60, 60])
    await ok('host advance 20m')
    expect(await limits()).toEqual([15, 60])
    expect(await query()).toMatch(/Frame Rate Limit +: 15 FPS/)
    await ok('host advance 24h')
    expect(await limits()).toEqual([3, 60])
    await ok(`vgpu save poor ${bench.dir}/poor.vgpu`)
    await ok(`vgpu restore ${bench.dir}/poor.vgpu`)
    expect(await limits()).toEqual([3, 60])
    await ok('host warm-update --to-version 570.158.01')
    expect(await limits()).toEqual([3, 60])
    await ok('vgpu guest license poor permanent')
    expect(await limits()).toEqual([60, 60])
    await ok('vgpu guest license poor none')
    expect(await limits()).toEqual([60, 60])
  })
})

describe('a VM', () => {
  it('I 2.5: has a pid that no other VM of the host has', async () => {
    await ok('host init --gpus 2')
    await ok('vf enable 3 --gpu 0')
    await ok('vf enable 3 --gpu 1')
    await ok('vgpu create --type L40-4Q --gpu 0 --name a --vm big')
    await ok('vgpu create --type L40-4Q --gpu 1 --name b --vm big')
    await ok('vgpu create --type L40-4Q --gpu 1 --name c')
    await ok('vgpu stop a')
    await ok('vgpu create --type L40-4Q --gpu 0 --name d')
    await ok('vgpu start a')
    const vgpus = JSON.parse(await ok('vgpu list -o json')).items
    const pids = new Map(vgpus.map(({ vm, pid }: { vm: string; pid: number }) => [vm, pid]))
    expect(new Set(pids.values()).size).toBe(pids.size)
    expect(vgpus.filter(({ vm }: { vm: string }) => vm === 'big')).toHaveLength(1)
    const named = ({ name }: { name: string }) => name === 'b'
    await ok('vgpu stop d')
    const taken = await bench.sh(`vfio open 0/1 --vm other --pid ${vgpus.find(named).pid}`)
    expect(taken).toMatchObject({ status: 4, stderr: expect.stringContaining('is that of VM big') })
    await ok('vfio open 0/1 --vm other --pid 1009')
    for (const name of ['e', 'f'])
      await ok(`vgpu create --type L40-4Q --gpu 1 --name ${name} --no-start`).catch(() => '')
    const all = JSON.parse(await ok('vgpu list -o json')).items.flatMap(({ pid }: { pid: number | null }) => pid ?? [])
    expect(all).toContain(1009)
    expect(new Set(all).size).toBe(all.length)
  })

  it('I 2.5: has the UUID given as --vm or as --vm-uuid', async () => {
    const [one, two] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222']
    await ok('vf enable 3')
    await ok(`vgpu create --type L40-4Q --name a --vm ${one.toUpperCase()}`)
    await ok(`vgpu create --type L40-4Q --name b --vm desk7 --vm-uuid ${two}`)
    await ok('vgpu create --type L40-4Q --name c --vm desk7')
    const uuids = [...(await query()).matchAll(/VM UUID +: (\S+)\n +VM Name +: (\S+)/g)].map(([, uuid, name]) => [
      uuid,
      name,
    ])
    expect(uuids).toEqual([
      [one, one],
      [two, 'desk7'],
      [two, 'desk7'],
    ])
    await ok('vgpu stop b')
    await ok(`vgpu start b --vm other --vm-uuid ${one}`)
    expect(await query()).toContain(one)
    expect((await bench.sh('vgpu create --type L40-4Q --vm x --vm-uuid 7')).status).toBe(2)
  })

  it('I 2.5: has in Used the memory that its guest uses, not the size of its vGPU', async () => {
    await ok('vf enable 1')
    await ok('vgpu create --type L40-8Q --name a')
    expect(await query()).toMatch(/Total +: 8192 MiB\n +Used +: 128 MiB\n +Free +: 8064 MiB/)
    expect(await ok('query --vgpu=memory.used --format=csv,noheader')).toBe('128 MiB\n')
  })
})

describe('the driver of a VF', () => {
  it('I 2.6: under vgpu17 is nvidia in every view, export and file', async () => {
    await ok('host init --board A40 --profile vgpu17')
    expect(await ok('vf enable 2')).toBe('VF 0000:c1:00.4 bound to nvidia\nVF 0000:c1:00.5 bound to nvidia\n')
    await ok('vgpu create --type A40-4Q --name a')
    const views = ['vf list -o json', 'vf show 0 -o json', 'vfio info 0 -o json', 'query --vf=driver', 'export nodedev']
    for (const line of [...views, 'sysfs ls c1:00.4', 'vf unbind 1', 'vf bind 1', 'overview -o json']) {
      const { stdout } = await bench.sh(line)
      expect(stdout, line).not.toContain('nvidia-vgpu-vfio')
    }
    expect(await ok('export nodedev')).toContain('<name>nvidia</name>')
    expect(await ok('sysfs ls c1:00.4')).toContain('driver -> ../../../../bus/pci/drivers/nvidia')
    await ok('vf unbind 1')
    await ok('vf bind 1 --driver nvidia')
    expect((await bench.sh('vf bind 1')).stderr).toContain('is bound to nvidia already')
    const files = await ok('sysfs ls c1:00.4/nvidia')
    expect(files).toMatch(/-rw-r--r-- {2}current_vgpu_type/)
    expect(files).toMatch(/-rw-r--r-- {2}vgpu_params/)
  })

  it('I 2.6: under v2 is that of the kernel series', async () => {
    expect(await ok('vf enable 1')).toBe('VF 0000:c1:00.4 bound to nvidia-vgpu-vfio\n')
    expect((await bench.sh('vf bind 0 --driver nvidia')).status).toBe(3)
  })
})
