import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

const DESK1 = '6f1c2f0e-8a45-4f0c-9d0b-3f1f0a8c1d01'
const DESK2 = 'b27c9d14-5e33-4c1a-8f60-7d2e91a4c602'
const FIRST = `vGPU ${DESK1} (desk1) on 0000:c1:00.4`
const SECOND = `vGPU ${DESK2} on 0000:c1:00.5`

let bench: Bench
beforeEach(async () => {
  bench = new Bench()
  for (const line of [
    'host init --gpus 2',
    'vf enable 2 --gpu 0',
    'vf enable 2 --gpu 1',
    `vgpu create --type L40-8Q --gpu 0 --name desk1 --uuid ${DESK1}`,
    `vgpu create --type L40-8Q --gpu 0 --uuid ${DESK2}`,
  ])
    await ok(line)
})
afterEach(() => {
  bench.dispose()
})

async function ok(line: string): Promise<string> {
  const { status, stderr } = await bench.sh(line)
  expect(status, `${line}: ${stderr}`).toBe(0)
  return stderr
}

describe('commands that take vGPUs away', () => {
  it.each(['gpu unbind 0', 'host reset', 'host import DIR/other.json', 'host init'])(
    'K 1: %s is refused without --force, and names each vGPU with and without',
    async (template) => {
      const line = template.replace('DIR', bench.dir)
      const other = new Bench()
      await other.sh(`host export ${bench.file('other.json')}`)
      other.dispose()
      const before = (await bench.sh('host export')).stdout
      const refused = await bench.sh(line)
      expect(refused.status).toBe(4)
      expect(refused.stderr).toContain(DESK1)
      expect(refused.stderr).toContain(DESK2)
      for (const more of ['--force --dry-run', '--force']) {
        expect((await bench.sh('host export')).stdout).toBe(before)
        const told = await ok(`${line} ${more}`)
        expect(told).toContain(`warning: ${FIRST} is gone`)
        expect(told).toContain(`warning: ${SECOND} is gone`)
      }
      expect((await bench.sh('vgpu list -q')).stdout).toBe('')
    },
  )

  it.each(['host reboot', 'rollback 3', 'undo'])('K 1: %s names each vGPU that goes', async (line) => {
    await ok(`vgpu define ${DESK2} --auto`)
    if (line === 'undo') await ok('undo')
    const told = await ok(line)
    const gone = line === 'undo' ? [SECOND] : line === 'host reboot' ? [FIRST] : [FIRST, SECOND]
    expect(told.split('\n').filter((text) => text.endsWith(' is gone'))).toEqual(
      gone.map((named) => `nvgpu: warning: ${named} is gone`),
    )
  })
})

describe('vgpu restore', () => {
  it('K 1: takes the GPU that is asked for, although the vGPU is configured on another', async () => {
    const file = bench.file('desk1.vgpu')
    await ok(`vgpu save desk1 ${file}`)
    await ok(`vgpu restore ${file} --gpu 1`)
    expect((await bench.sh('vgpu list --gpu 1 -q')).stdout).toBe(`${DESK1}\n`)
    expect((await bench.sh('vgpu list --gpu 0 -q')).stdout).toBe(`${DESK2}\n`)
    await ok(`vgpu save desk1 ${file}`)
    await ok(`vgpu restore ${file} --gpu 1`)
    expect((await bench.sh('vf list --gpu 1 -o json')).stdout).toContain(DESK1)
  })
})
