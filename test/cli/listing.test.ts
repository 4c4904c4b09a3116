import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'
import { checkpoint } from './checkpoint.ts'

const bench = new Bench()
afterAll(() => bench.dispose())

const ok = async (line: string): Promise<string> => {
  const { status, stdout, stderr } = await bench.sh(line)
  expect({ line, status, stderr }).toEqual({
    line,
    status: 0,
    stderr: expect.not.stringMatching(/^nvgpu: (?!warning)/),
  })
  return stdout
}

/** The lines of the listing, and what they should be: made from all that is known of the GPUs. */
async function listing() {
  const { items } = JSON.parse(await ok('vgpu list -o json'))
  type Item = Record<'uuid' | 'state' | 'vf', string> & { name: string | null; vm: string | null; gpu: number }
  const rows = items.map(({ uuid, name, state, gpu, vf, vm }: Item) => [uuid, name ?? '-', state, gpu, vf, vm ?? '-'])
  const lines = (await ok('vgpu list --no-header')).trimEnd().split('\n')
  const shown = lines.map((line) => {
    const [uuid, name, , state, gpu, vf, vm] = line.split(/ {2,}/)
    return [uuid, name, state, Number(gpu), vf, vm]
  })
  return { shown, rows }
}

describe('a listing of vGPUs', () => {
  beforeAll(async () => {
    await ok('host init --board L40 --gpus 2')
    await ok('vf enable 8 --gpu 0')
    await ok('vf enable 8 --gpu 1')
    await ok('vgpu create -t L40-4Q -n desk1 --gpu 0 --vm web')
    await ok('vgpu create -t L40-4Q -n höher --gpu 0')
    await ok('vgpu create -t L40-4Q -n off --gpu 0 --no-start')
    await ok('vgpu create -t L40-8Q -n stands --gpu 1')
    await ok('vgpu suspend stands')
    await ok('vgpu create -t L40-8Q -n broken --gpu 1')
    const { channels } = JSON.parse(await ok('vgpu show broken -o json')).items[0]
    await ok(`gsp inject xid --gpu 1 --channel ${channels.first} --xid 31`)
    checkpoint(bench.stateDir)
  })

  it('is the same as lines and as documents', async () => {
    const { shown, rows } = await listing()
    expect(shown).toEqual(rows)
    expect(rows.map(([, , state]: string[]) => state)).toEqual(['running', 'running', 'configured', 'paused', 'failed'])
    expect(await ok('vgpu list -q --gpu 1')).toBe(
      rows
        .slice(3)
        .map(([uuid]: string[]) => `${uuid}\n`)
        .join(''),
    )
  })

  it('is so of a GPU that has changed since, and after a checkpoint', async () => {
    await ok('vgpu stop höher')
    const { shown, rows } = await listing()
    expect(shown).toEqual(rows)
    checkpoint(bench.stateDir)
    expect((await listing()).shown).toEqual(rows)
  })
})
