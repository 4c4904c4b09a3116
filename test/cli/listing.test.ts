import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'
import { checkpoint } from './checkpoint.ts'

/** The name of a vGPU, and what a test writes over it where only a listing looks. */
const NAME = 'desk1'
const OTHER = 'DESK1'

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

/** The newest shard file of each GPU. */
function shards(): string[] {
  const dir = path.join(bench.stateDir, 'shards')
  const newest = new Map<string, [epoch: number, name: string]>()
  for (const name of fs.readdirSync(dir)) {
    const [, gpu = '', epoch = ''] = /^(0000-.*\.0)\.(\d+)\.json$/.exec(name) ?? []
    if (Number(epoch) > (newest.get(gpu)?.[0] ?? 0)) newest.set(gpu, [Number(epoch), path.join(dir, name)])
  }
  return [...newest.values()].map(([, name]) => name)
}

/** Changes the line that stands in front of the tree of each GPU. */
function rewriteBrief(change: (line: string) => string): void {
  for (const file of shards()) {
    const [sum, brief = '', ...tree] = fs.readFileSync(file, 'utf8').split('\n')
    expect(brief).toMatch(/^\[\{.*\}\]$/)
    fs.writeFileSync(file, [sum, change(brief), ...tree].join('\n'))
  }
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
    await ok(`vgpu create -t L40-4Q -n ${NAME} --gpu 0 --vm web`)
    await ok('vgpu create -t L40-4Q -n höher --gpu 0')
    await ok('vgpu create -t L40-4Q -n off --gpu 0 --no-start')
    await ok('vgpu create -t L40-8Q -n stands --gpu 1')
    await ok('vgpu suspend stands')
    await ok('vgpu create -t L40-8Q -n broken --gpu 1')
    const { channels } = JSON.parse(await ok('vgpu show broken -o json')).items[0]
    await ok(`gsp inject xid --gpu 1 --channel ${channels.first} --xid 31`)
    checkpoint(bench.stateDir)
  })

  it('is the same whether all of a GPU is read or what stands in front of it', async () => {
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

  it('does look there, and nothing else does', async () => {
    rewriteBrief((line) => line.replace(`"${NAME}"`, `"${OTHER}"`))
    expect(await ok('vgpu list')).toContain(OTHER)
    for (const line of ['vgpu list -o json', 'vgpu list --all', `vgpu show ${NAME}`, 'vf list', 'host export'])
      expect(await ok(line)).not.toContain(OTHER)
  })

  it('looks at the rest of a GPU that has changed since', async () => {
    await ok('vgpu stop höher')
    const { shown, rows } = await listing()
    expect(shown).toEqual(rows)
    checkpoint(bench.stateDir)
    expect((await listing()).shown).toEqual(rows)
  })

  it.each([
    ['is cut off', (line: string) => line.slice(0, 40)],
    ['is of another GPU', (line: string) => line.replace('0000:c', '0000:d')],
    ['is no list', () => '[]'],
    ['is too long to be read at once', (line: string) => line.replace(']}', `],"x":"${'x'.repeat(20_000)}"}`)],
    ['lacks what it takes', (line: string) => line.replace('"mig"', '"mug"')],
  ])('does without what stands in front where that %s', async (_what, change) => {
    const { rows } = await listing()
    const kept = shards().map((file) => [file, fs.readFileSync(file)] as const)
    rewriteBrief(change)
    try {
      expect((await listing()).shown).toEqual(rows)
    } finally {
      for (const [file, bytes] of kept) fs.writeFileSync(file, bytes)
    }
  })
})
