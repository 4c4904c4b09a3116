import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bench, type World } from './captured-io.ts'

let bench: Bench
beforeAll(async () => {
  bench = new Bench()
  for (const line of [
    'vf enable 2',
    'vgpu create --type L40-8Q --name desk1',
    'vgpu create --type L40-8Q',
    'host advance 90s',
  ])
    expect((await bench.sh(line)).status).toBe(0)
})
afterAll(() => {
  bench.dispose()
})

const UTF8 = { LC_ALL: 'C.UTF-8' }
const BLOCK = /[▁▂▃▄▅▆▇█]/

async function printed(line: string, world: World = {}): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line, world)
  expect([status, stderr]).toEqual([0, ''])
  return stdout
}

describe.each(['gpu stats', 'vgpu stats'])('%s', (line) => {
  it('K 10: has a sparkline on a terminal, or where it is asked for', async () => {
    expect(await printed(line, { env: UTF8 })).not.toMatch(/HISTORY|[^ -~\n]/)
    for (const [words, world] of [
      [line, { tty: true, columns: 200, env: UTF8 }],
      [`${line} --sparkline`, { env: UTF8 }],
    ] as const) {
      const [head = '', row = ''] = (await printed(words, world)).split('\n')
      expect(head).toMatch(/ HISTORY$/)
      expect(row).toMatch(/ [▁▂▃▄▅▆▇█]{20}$/)
    }
    expect(await printed(`${line} --sparkline -o wide`, { env: UTF8 })).toMatch(/ [▁▂▃▄▅▆▇█]{60}\n/)
  })

  it('K 10: is ASCII unless the locale is of UTF-8', async () => {
    for (const env of [{}, { LC_ALL: 'C', LANG: 'de_DE.UTF-8' }, { LANG: 'C' }] as Record<string, string>[]) {
      expect(await printed(`${line} --sparkline`, { env })).toMatch(/ [_.:=+*#-]{20}\n/)
      expect(await printed(`${line} --plot`, { env })).not.toMatch(/[^ -~\n]/)
    }
    expect(await printed(`${line} --sparkline`, { env: { LANG: 'de_DE.utf8' } })).toMatch(BLOCK)
  })

  it.each([60, 80, 200])('K 10: fits a terminal of %i columns', async (columns) => {
    for (const words of [line, `${line} --plot`]) {
      for (const each of (await printed(words, { tty: true, columns, env: UTF8 })).split('\n'))
        expect([...each].length, each).toBeLessThanOrEqual(columns)
    }
  })

  it('K 10: --plot draws the kept samples to scale', async () => {
    const [first = ''] = (await printed(`${line} --plot`)).split('\n\n')
    const { items } = JSON.parse(await printed(`${line} --plot -o json`))
    const { recent, mean } = items[0]
    expect(recent).toHaveLength(90)
    const [title, ...lines] = first.trimEnd().split('\n')
    expect(title).toContain(`GPU %: now ${recent.at(-1).gpu.toFixed(2)}, mean `)
    expect(
      Math.abs(recent.reduce((sum: number, { gpu }: { gpu: number }) => sum + gpu, 0) / 90 - mean.gpu),
    ).toBeLessThan(0.02)
    expect(lines).toHaveLength(10)
    expect(lines[0]).toMatch(/^100 \|/)
    expect(lines[4]).toMatch(/^ 50 \|/)
    expect(lines.at(-2)).toMatch(/^ {2}0 \+-+$/)
    expect(lines.at(-1)).toMatch(/^ {4}-89 s +0 s$/)
    const filled = lines.slice(0, 8).join('').match(/#/g)?.length ?? 0
    expect(Math.abs(filled / (8 * 75) - mean.gpu / 100)).toBeLessThan(0.08)
  })

  it('K 10: the documents have samples only where they are asked for', async () => {
    expect(await printed(`${line} -o json`, { tty: true })).not.toContain('recent')
    expect(await printed(`${line} --sparkline -o csv`)).toBe(await printed(`${line} -o csv`))
  })

  it('K 10: refuses two drawings', async () => {
    expect(await bench.sh(`${line} --plot --sparkline`)).toMatchObject({ status: 2 })
  })
})

describe('watch', () => {
  it('K 10: of gpu stats goes on with the time that passes', async () => {
    const out = await printed('watch --count 3 -n 10 gpu stats --sparkline -o csv')
    const times = [...out.matchAll(/^0,0000:c1:00\.0,2,(\d+) us/gm)].map(([, at]) => Number(at))
    const [first = 0] = times
    expect(times).toEqual([0, 10_000_000, 20_000_000].map((later) => first + later))
  })
})

describe('a host without samples', () => {
  it('K 10: says how to get some, by commands that work', async () => {
    const other = new Bench()
    const plots = async (line: string) => {
      const { status, stdout, stderr } = await other.sh(`${line} --plot`)
      expect(status).toBe(0)
      return [stdout, stderr]
    }
    await other.sh('vf enable 1')
    expect(await plots('gpu stats')).toEqual([
      'GPU 0 (0000:c1:00.0), 0 vGPUs: no samples\n',
      'there is no vGPU; hint: nvgpu vgpu create --type TYPE\n',
    ])
    expect(await plots('vgpu stats --gpu 0')).toEqual([
      '',
      'there is no vGPU; hint: nvgpu vgpu create --type TYPE --gpu 0\n',
    ])
    await other.sh('vgpu create --type L40-8Q --no-start')
    expect((await plots('gpu stats'))[1]).toBe('no vGPU runs; hint: nvgpu vgpu start --all\n')
    await other.sh('vgpu start --all')
    await other.sh('host suspend')
    expect((await plots('vgpu stats'))[1]).toBe('the host is suspended; hint: nvgpu host resume\n')
    await other.sh('host resume')
    expect((await plots('gpu stats'))[1]).toBe('there are no samples yet; hint: nvgpu host advance 60s\n')
    await other.sh('host advance 60s')
    expect((await plots('gpu stats'))[1]).toBe('')
    expect((await other.sh('gpu stats', { tty: true, columns: 120 })).status).toBe(0)
    other.dispose()
  })
})
