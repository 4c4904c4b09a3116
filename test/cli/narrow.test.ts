import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

const LONG_VM = 'accounting-of-the-second-quarter'

let bench: Bench
beforeAll(async () => {
  bench = new Bench()
  for (const line of [
    'vf enable 3',
    `vgpu create --type L40-8Q --name desk1 --vm ${LONG_VM} --persist`,
    `vgpu create --type L40-8Q --name ${LONG_VM}`,
    'host advance 70s',
  ])
    expect((await bench.sh(line)).status, line).toBe(0)
})
afterAll(() => {
  bench.dispose()
})

describe('tables with UUIDs', () => {
  it.each(['vgpu list', 'vgpu list --defined', 'vf list', 'gsp plugins'])(
    'K 5: on a narrow terminal, %s shortens them to eight digits first',
    async (line) => {
      const whole = (await bench.sh(line)).stdout
      const [, uuid = ''] = /([0-9a-f]{8}-0000-4000-8000-[0-9a-f]{12})/.exec(whole) ?? []
      const width = Math.max(...whole.split('\n').map((text) => text.length))
      const narrow = (await bench.sh(line, { tty: true, columns: width - 1 })).stdout
      const head = whole.split('\n')[0]?.trim().split(/ {2,}/)
      expect(narrow).not.toContain(uuid)
      expect(narrow).toContain(uuid.slice(0, 8))
      expect(narrow).not.toContain('...')
      expect(narrow.split('\n')[0]?.trim().split(/ {2,}/)).toEqual(expect.arrayContaining(head ?? []))
      expect((await bench.sh(line, { tty: true, columns: 200 })).stdout).toContain(uuid)
    },
  )
})
