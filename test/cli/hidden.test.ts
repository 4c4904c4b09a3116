import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'
import { checkpoint } from './checkpoint.ts'

const bench = new Bench()
afterAll(() => bench.dispose())

const ID = '6f1c2f0e-8a45-4f0c-9d0b-3f1f0a8c1d01'
/** Begins as the other does. */
const TWIN = '6f1c8aaa-8a45-4f0c-9d0b-3f1f0a8c1d02'

/** Writes other words over those of desk1 in the newest file of words. */
function hide(): void {
  const dir = path.join(bench.stateDir, 'shards')
  const epochs = fs.readdirSync(dir).flatMap((name) => /^words-0\.(\d+)\.json$/.exec(name)?.[1] ?? [])
  const file = path.join(dir, `words-0.${Math.max(...epochs.map(Number))}.json`)
  const text = fs.readFileSync(file, 'utf8')
  expect(text).toContain(' desk1 =6f1c2f0e ')
  fs.writeFileSync(file, text.replace(' desk1 =6f1c2f0e ', ' desk0 =6f1c2f0f '))
}

describe('a name index that is damaged', () => {
  const whole = path.join(bench.dir, 'whole')

  beforeAll(async () => {
    for (const line of [
      'host init --board L40 --gpus 8',
      'vf enable 4 --gpu 5',
      'vf enable 4 --gpu 7',
      `vgpu create -t L40-4Q -n desk1 --uuid ${ID} --gpu 5`,
      `vgpu create -t L40-4Q -n desk2 --uuid ${TWIN} --gpu 7`,
      'vgpu define desk1',
    ])
      expect(await bench.sh(line)).toMatchObject({ status: 0 })
    checkpoint(bench.stateDir)
    hide()
    fs.cpSync(bench.stateDir, whole, { recursive: true })
  })

  beforeEach(() => {
    fs.rmSync(bench.stateDir, { recursive: true })
    fs.cpSync(whole, bench.stateDir, { recursive: true })
  })

  const LINES = [
    ['vgpu show desk1', 0, 'State: *running'],
    [`vgpu show ${ID}`, 0, 'State: *running'],
    ['vgpu stop desk1', 0, ID],
    ['vgpu destroy desk1 --dry-run', 0, ID],
    ['wait --for gone desk1 --timeout 1s', 6, 'running'],
    [`vgpu create -t L40-4Q --uuid ${ID} --gpu 7`, 4, 'belongs to the vGPU on'],
    ['vgpu create -t L40-4Q -n desk1 --gpu 7', 4, 'belongs to the vGPU on'],
    ['vgpu destroy 6f1c', 2, 'the beginning of 2'],
    ['vgpu show nobody', 3, 'there is no vGPU "nobody"'],
  ] as const

  it.each(LINES)(
    'E 4: %s is refused with the name of the file, and answers after a repair',
    async (line, status, text) => {
      expect(await bench.sh(line)).toMatchObject({
        status: 8,
        stderr: expect.stringMatching(
          /words-0\.\d+\.json does not have the checksum[\s\S]*hint: nvgpu host fsck --repair/,
        ),
      })
      expect(await bench.sh('host fsck --repair')).toMatchObject({ status: 0 })
      const ended = await bench.sh(line)
      expect({ ...ended, text: ended.stdout + ended.stderr }).toMatchObject({
        status,
        text: expect.stringMatching(text),
      })
    },
  )

  it('does not end a batch, of which a line is refused', async () => {
    const stdin = 'vf enable 2 --gpu 1\nvf enable 99 --gpu 2\nvf enable 2 --gpu 3\n'
    expect(await bench.run(['batch', '-f', '-', '--keep-going'], { stdin })).toMatchObject({
      status: 5,
      stderr: expect.stringContaining('2 of 3 commands are done'),
    })
  })
})
