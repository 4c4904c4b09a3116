import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeAll(async () => {
  bench = new Bench()
  for (const line of ['host init --gpus 8', 'vf enable 2 --all']) expect((await bench.sh(line)).status).toBe(0)
})
afterAll(() => {
  bench.dispose()
})

async function linesOf(line: string, status = 0): Promise<string[]> {
  const printed = await bench.sh(line)
  expect(printed.status, printed.stderr).toBe(status)
  return printed.stdout.split('\n')
}

const ALL = 'GPUs 0-7 (8 equal, 0000:c1:00.0 to 0000:c8:00.0)'

describe('a host of eight equal GPUs', () => {
  it.each([
    ['capacity', `${ALL} NVIDIA L40: homogeneous, figures of each`],
    ['fb map', `${ALL} framebuffer: 0 B of `],
    ['fb map --bar1', `${ALL} BAR1: 0 B of `],
    ['chid map', `${ALL} channels: 0 of `],
  ])('K 5: %s is one block, as long as that of one GPU', async (line, title) => {
    const all = await linesOf(line)
    expect(all[0]).toContain(title)
    expect(all.length).toBe((await linesOf(`${line} --gpu 3`)).length)
  })

  it('K 5: host tree has one node for those without vGPUs', async () => {
    expect((await linesOf('host tree')).slice(1)).toEqual([
      '`- NVIDIA L40',
      `   \`- ${ALL}`,
      '      `- 2 VFs of each without a vGPU',
      '',
    ])
  })

  it('K 5: fit gives a reason once for the GPUs that share it', async () => {
    expect(await linesOf('fit L40-48Q=17', 5)).toContain(
      '  GPUs 0-7, L40-48Q: 1 by itself, then this GPU carries a vGPU and NVIDIA L40-48Q allows one',
    )
  })

  it('K 5: whatif has the rows of equal GPUs once', async () => {
    const all = await linesOf('whatif --vfs 3 --gpu 2')
    expect(all[1]).toMatch(/^0-1,3-7 {2}L40-/)
    expect(all.filter((line) => /^ +2 {2}L40-/.test(line)).length).toBe((all.length - 2) / 2)
  })

  it('K 5: a GPU that differs has a block of its own, and the documents have every GPU', async () => {
    expect((await bench.sh('vgpu create --type L40-8Q --gpu 2 --name a')).status).toBe(0)
    const titles = (await linesOf('capacity')).filter((line) => line.startsWith('GPU'))
    expect(titles).toEqual([
      'GPUs 0-1,3-7 (7 equal, 0000:c1:00.0 to 0000:c2:00.0, 0000:c4:00.0 to 0000:c8:00.0) NVIDIA L40: homogeneous, figures of each',
      'GPU 2 (0000:c3:00.0) NVIDIA L40: homogeneous, L40-8Q',
    ])
    expect((await linesOf('host tree')).slice(2, 7)).toEqual([
      '   |- GPUs 0-1,3-7 (7 equal, 0000:c1:00.0 to 0000:c2:00.0, 0000:c4:00.0 to 0000:c8:00.0)',
      '   |  `- 2 VFs of each without a vGPU',
      '   `- GPU 2 0000:c3:00.0, L40-8Q',
      '      |- VF 0000:c3:00.4',
      '      |  `- vGPU 00000000 a, L40-8Q, running',
    ])
    for (const line of ['capacity', 'fb map', 'chid map']) {
      const { items } = JSON.parse((await bench.sh(`${line} -o json`)).stdout)
      expect(items.map(({ gpu }: { gpu: number }) => gpu)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    }
    await bench.sh('vgpu destroy a')
  })

  it.each([60, 80, 200])('K 5: fits a terminal of %i columns', async (columns) => {
    for (const line of ['capacity', 'fb map', 'chid map', 'host tree', 'whatif --all-gone', 'fit L40-48Q=17']) {
      const { stdout } = await bench.sh(line, { tty: true, columns, env: { NO_COLOR: '1' } })
      for (const each of stdout.split('\n')) expect(each.length, `${line}: ${each}`).toBeLessThanOrEqual(columns)
    }
  })
})
