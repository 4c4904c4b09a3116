import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from '../cli/captured-io.ts'

let bench: Bench
beforeEach(async () => {
  bench = new Bench()
  for (const line of [
    'host init --board A100-PCIE-40GB --profile vgpu17',
    'mig enable',
    'vf enable 8',
    'mig create 1g.5gb 1g.5gb 1g.5gb 2g.10gb',
  ])
    await ok(line)
})
afterEach(() => bench.dispose())

async function ok(line: string, stdin = ''): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line, { stdin })
  expect(status, `${line}: ${stderr}`).toBe(0)
  return stdout
}

/** The GPU instance of each vGPU by name. */
async function instances(): Promise<Record<string, number>> {
  const items: { name: string; gpuInstance: number }[] = JSON.parse(await ok('vgpu list -o json')).items
  return Object.fromEntries(items.map(({ name, gpuInstance }) => [name, gpuInstance]))
}

describe('a definition of a MIG-backed vGPU', () => {
  it('of a live one has its GPU instance, and starts on that one, with a lower id free', async () => {
    await ok('vgpu create --type A100-1-5C --name train --gpu-instance 13')
    await ok('vgpu define train')
    await ok('vgpu destroy train')
    await ok('vgpu create --type A100-1-5C --name other')
    await ok('vgpu start train')
    expect(await instances()).toEqual({ train: 13, other: 11 })
    // once more, and the attribute is there once
    await ok('vgpu undefine train')
    await ok('vgpu define train')
    expect((await ok('export')).match(/gpu_instance_id/g)?.length).toBe(2)
  })

  it('takes it from the command line, and the instance has to be free when it starts', async () => {
    await ok('vgpu define --type A100-1-5C --name train --gpu-instance 12')
    const pinned = '--type A100-1-5C --name other --gpu-instance 12'
    await ok(`vgpu create ${pinned}`)
    const { status, stderr } = await bench.sh('vgpu start train')
    expect(status).toBe(5)
    expect(stderr).toContain('GPU instance 12 is not one that is free')
    await ok('vgpu destroy other')
    await ok('vgpu start train')
    expect(await instances()).toEqual({ train: 12 })
    expect((await bench.sh('vgpu define --type A100-1-5C --gpu-instance 15')).stderr).toContain('is no id of a GPU')
  })

  it("goes through mdevctl's files, as the attribute that it is on the host", async () => {
    await ok('vgpu define --type A100-2-10C --name train --gpu-instance 3')
    const dump = await ok('mdevctl list -d --dumpjson')
    expect(dump).toContain('"nvidia/gpu_instance_id": "3"')
    const document = await ok('export')
    expect(document).toContain('nvidia/gpu_instance_id: "3"')
    await ok('vgpu undefine train')
    expect(JSON.parse(await ok('apply -f - -o json', document)).items.length).toBe(1)
    expect(await ok('export')).toBe(document)
    await ok('vgpu start train')
    expect(await instances()).toEqual({ train: 3 })
  })

  it('changes as other attributes do: not while it is there, and not with a value that is none', async () => {
    await ok('vgpu define --type A100-1-5C --name train --gpu-instance 12')
    await ok('vgpu start train')
    const { stderr } = await bench.sh('vgpu modify train --addattr nvidia/gpu_instance_id --value 13 --live')
    expect(stderr).toContain('the GPU instance of vGPU')
    await ok('vgpu modify train --addattr nvidia/gpu_instance_id --value 13')
    await ok('vgpu destroy train')
    await ok('vgpu start train')
    expect(await instances()).toEqual({ train: 13 })
    await ok('vgpu destroy train')
    await ok('vgpu modify train --addattr nvidia/gpu_instance_id --value few')
    expect((await bench.sh('vgpu start train')).stderr).toContain('"few" in nvidia/gpu_instance_id is no id')
  })

  it('keeps no instance across a save: it is one of the host', async () => {
    await ok('vgpu define --type A100-1-5C --name train --gpu-instance 13')
    await ok('vgpu start train')
    const file = bench.file('train.vgpu')
    await ok(`vgpu save train ${file}`)
    for (const line of ['vgpu destroy train', 'vgpu undefine train', 'mig destroy 13', `vgpu restore ${file}`])
      await ok(line)
    expect(Object.values(await instances())).toEqual([11])
  })
})
