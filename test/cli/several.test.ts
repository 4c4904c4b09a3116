import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => {
  bench.dispose()
})

async function ok(line: string): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line)
  expect(status, `${line}: ${stderr}`).toBe(0)
  return stdout
}

async function refused(line: string): Promise<string> {
  const before = await ok('host export')
  const { status, stdout, stderr } = await bench.sh(line)
  expect(status, line).not.toBe(0)
  expect(stdout).toBe('')
  expect(await ok('host export')).toBe(before)
  return stderr
}

async function vgpus(): Promise<{ name: string; vm: string; uuid: string; gpu: number; state: string }[]> {
  return JSON.parse(await ok('vgpu list -o json')).items
}

describe('vgpu create --count', () => {
  it('K 8: creates vGPUs with numbered names in one change, and prints each UUID', async () => {
    await ok('vf enable 8')
    const printed = await ok('vgpu create -t L40-4Q --count 3 --name desk')
    const made = await vgpus()
    expect(made.map(({ name }) => name)).toEqual(['desk-1', 'desk-2', 'desk-3'])
    expect(printed.split('\n')).toEqual([...made.map(({ uuid }) => uuid), ''])
    expect(new Set(made.map(({ uuid }) => uuid)).size).toBe(3)
    await ok('undo')
    expect(await vgpus()).toEqual([])
  })

  it('K 8: puts the number in place of {n}, in the name of the VM too', async () => {
    await ok('vf enable 8')
    await ok('vgpu create -t L40-4Q --count 2 --name d{n}a --vm win{n}')
    expect((await vgpus()).map(({ name, vm }) => [name, vm])).toEqual([
      ['d1a', 'win1'],
      ['d2a', 'win2'],
    ])
    await ok('vgpu create -t L40-4Q --name literal{n}')
    expect((await vgpus()).at(-1)?.name).toBe('literal{n}')
  })

  it('K 8: creates none if one is refused, and says which', async () => {
    await ok('vf enable 8')
    await ok('vgpu create -t L40-8Q')
    expect(await refused('vgpu create -t L40-8Q --count 6 --name a')).toContain('vGPU 6 of 6: ')
    await ok('vgpu create -t L40-8Q --name b-2')
    expect(await refused('vgpu create -t L40-8Q --count 3 --name b')).toContain('vGPU 2 of 3: the name "b-2"')
    await ok('vgpu create -t L40-8Q --count 3 --name b --if-not-exists')
    expect((await vgpus()).map(({ name }) => name)).toEqual([null, 'b-2', 'b-1', 'b-3'])
  })

  it('K 8: creates none if a step of one fails by an armed fault', async () => {
    await ok('vf enable 8')
    await ok('fault add ops.allocFbmem --effect ENOSPC --after 2')
    const { status } = await bench.sh('vgpu create -t L40-8Q --count 3')
    expect(status).toBe(1)
    expect(await vgpus()).toEqual([])
    await ok('fault clear')
    await ok('vgpu create -t L40-8Q --count 6')
  })

  it.each([
    ['--count 2 --uuid 6f1c2f0e-8a45-4f0c-9d0b-3f1f0a8c1d01', '2 vGPUs cannot share --uuid'],
    ['--count 2 --vf 0', '2 vGPUs cannot share --vf'],
    ['--count 2 --placement-id 0', '2 vGPUs cannot share --placement-id'],
    ['--count 0', "'0' is not a number from 1 to 1024"],
    ['--count many', "'many' is not a count"],
  ])('K 8: refuses %s', async (options, why) => {
    await ok('vf enable 8')
    expect(await refused(`vgpu create -t L40-4Q ${options}`)).toContain(why)
  })

  it('K 8: defines each of them with --persist, and tells the callouts of each', async () => {
    await ok('vf enable 8')
    await ok('vgpu create -t L40-4Q --count 3 --name desk --auto')
    await ok('host reboot')
    expect((await vgpus()).map(({ name, state }) => [name, state])).toEqual([
      ['desk-1', 'running'],
      ['desk-2', 'running'],
      ['desk-3', 'running'],
    ])
  })

  it('K 8: makes the same vGPUs once under an operation id', async () => {
    await ok('vf enable 8')
    await ok('vgpu create -t L40-4Q --count 3 --operation-id x')
    await ok('vgpu create -t L40-4Q --count 3 --operation-id x')
    expect(await vgpus()).toHaveLength(3)
  })
})

describe('count in a host file', () => {
  const file = (count: number) => `vgpus: [{type: L40-4Q, name: 'vm{n}', vm: 'guest{n}', count: ${count}}]`

  it('K 8: names the vGPUs vm1, vm2, ... for apply, diff and assert', async () => {
    await ok('vf enable 8')
    const two = bench.file('two.yaml', file(2))
    const three = bench.file('three.yaml', file(3))
    await ok(`apply -f ${three}`)
    expect((await vgpus()).map(({ name, vm }) => [name, vm])).toEqual([
      ['vm1', 'guest1'],
      ['vm2', 'guest2'],
      ['vm3', 'guest3'],
    ])
    await ok(`assert -f ${three}`)
    const before = await vgpus()
    const { status, stdout } = await bench.sh(`diff -f ${two} -o json`)
    expect(status).toBe(6)
    expect(JSON.parse(stdout).items).toEqual([expect.objectContaining({ change: 'remove', name: 'vm3' })])
    await ok(`apply -f ${two}`)
    expect(await vgpus()).toEqual(before.slice(0, 2))
    await ok(`apply -f ${bench.file('none.yaml', file(0))}`)
    expect(await vgpus()).toEqual([])
  })

  it('K 8: a name without count is literal, and one without {n} cannot be shared', async () => {
    await ok('vf enable 8')
    await ok(`apply -f ${bench.file('a.yaml', "vgpus: [{type: L40-4Q, name: 'vm{n}'}]")}`)
    expect((await vgpus()).map(({ name }) => name)).toEqual(['vm{n}'])
    const told = await refused(
      `apply -f ${bench.file('b.yaml', 'vgpus: [{type: L40-4Q, name: a, vm: "x{n}", count: 2}]')}`,
    )
    expect(told).toContain('vgpus[0].name: 2 vGPUs cannot share it; with {n} in it each has its number')
    const long = `vgpus: [{type: L40-4Q, name: '${'{n}'.repeat(21)}', count: 1000}]`
    expect(await refused(`apply -f ${bench.file('c.yaml', long)}`)).toContain('a name has 1 to 64 characters')
  })
})

describe('vf enable --all', () => {
  const counts = async () => {
    const vfs: { gpu: number }[] = JSON.parse(await ok('vf list -o json')).items
    return [0, 1, 2].map((gpu) => vfs.filter((vf) => vf.gpu === gpu).length)
  }

  it('K 8: enables VFs on every GPU in one change', async () => {
    await ok('host init --gpus 3')
    await ok('vf enable 2 --gpu 1')
    await ok('vf enable 4 --all --dry-run')
    expect(await counts()).toEqual([0, 2, 0])
    expect((await ok('vf enable 4 --all -q')).split('\n')).toHaveLength(13)
    expect(await counts()).toEqual([4, 4, 4])
    await ok('undo')
    expect(await counts()).toEqual([0, 2, 0])
  })

  it('K 8: enables none if one GPU refuses, and the refusal names that GPU', async () => {
    await ok('host init --gpus 3')
    await ok('vf enable 2 --gpu 2')
    await ok('vgpu create -t L40-4Q --gpu 2')
    expect(await refused('vf enable 4 --all')).toContain('0000:c3:00.0 carries a vGPU')
    expect(await refused('vf enable 4000 --all')).toContain('4000 VFs were asked for, 0000:c1:00.0 has 32')
    expect(await refused('vf enable 4 --all --gpu 1')).toContain('--all is every GPU, and cannot go with --gpu')
  })

  it('K 8: sets what the next boot restores on every GPU with --persist', async () => {
    await ok('host init --gpus 3')
    await ok('vf enable 3 --all --persist')
    await ok('host reboot')
    expect(await counts()).toEqual([3, 3, 3])
  })
})
