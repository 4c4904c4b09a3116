import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkHost, newHost } from '../../src/engine/host.ts'
import { type HostState, SCHEMA } from '../../src/engine/state.ts'
import { Store } from '../../src/store/store.ts'
import { Bench } from './captured-io.ts'

const bench = new Bench()
afterAll(() => bench.dispose())

const NOT_FOUND = 3
const CORRUPT = 8

/** Has the log end, and so everything of it put into shards and files of words. */
function checkpoint(): void {
  const model = { schema: SCHEMA, initial: () => newHost(), check: checkHost }
  const operation = { id: 'fill', time: '', command: 'x'.repeat(30_000) }
  Store.open<HostState>({ dir: bench.stateDir, model }).transact(operation, (state) => {
    state.now += 1
  })
}

/** The newest file of words. */
function wordsFile(): string {
  const dir = path.join(bench.stateDir, 'shards')
  const epochs = fs.readdirSync(dir).flatMap((name) => /^words-0\.(\d+)\.json$/.exec(name)?.[1] ?? [])
  return path.join(dir, `words-0.${Math.max(...epochs.map(Number))}.json`)
}

describe('a vGPU that a turned bit in a file of words hides', () => {
  beforeAll(async () => {
    for (const line of [
      'host init --board L40 --gpus 8',
      'vf enable 4 --gpu 5',
      'vgpu create -t L40-4Q -n desk1 --gpu 5',
    ])
      expect(await bench.sh(line)).toMatchObject({ status: 0 })
    checkpoint()
  })

  const SEARCHES = ['vgpu show NAME', 'vgpu stop NAME', 'vgpu destroy NAME --dry-run', 'vgpu start NAME']

  it.each(SEARCHES)('is no reason to doubt a sound file: %s', async (line) => {
    expect(await bench.sh(line.replace('NAME', 'desk0'))).toMatchObject({ status: NOT_FOUND })
  })

  it.each(SEARCHES)('is not said to be none: %s', async (line) => {
    const file = wordsFile()
    const text = fs.readFileSync(file, 'utf8')
    fs.writeFileSync(file, text.replace(' desk1 ', ' desk0 '))
    try {
      const { status, stderr } = await bench.sh(line.replace('NAME', 'desk1'))
      expect({ status, stderr }).toEqual({
        status: CORRUPT,
        stderr: expect.stringMatching(
          /words-0\.\d+\.json does not have the checksum .*\(EUCLEAN\)\nhint: nvgpu host fsck/,
        ),
      })
    } finally {
      fs.writeFileSync(file, text)
    }
  })

  it('is found again after a repair', async () => {
    const file = wordsFile()
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(' desk1 ', ' desk0 '))
    expect(await bench.sh('vgpu show desk1')).toMatchObject({ status: CORRUPT })
    await bench.sh('host fsck --repair')
    expect(await bench.sh('vgpu show desk1 -q')).toMatchObject({ status: 0 })
  })
})
