import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => bench.dispose())

async function ok(line: string): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line)
  expect(status, `${line}: ${stderr}`).toBe(0)
  return stdout
}

interface Row {
  readonly gpu: number
  readonly vgpuType: { readonly id: number }
  readonly after: number
}

/** Asks what if, does the same by hand on this host, and compares the capacity of each type. */
async function isWhatComes(options: string, steps: readonly string[]): Promise<void> {
  const before = await ok('host export')
  const rows: Row[] = JSON.parse(await ok(`whatif ${options} -o json`)).items
  expect(await ok('host export')).toBe(before)
  for (const step of steps) await ok(step)
  const now = JSON.parse(await ok('capacity -o json')).items
  for (const { gpu, vgpuType, after } of rows)
    expect(now[gpu].types.find(({ id }: { id: number }) => id === vgpuType.id).creatable, `${vgpuType.id}`).toBe(after)
  expect(rows.some(({ after }) => after > 0)).toBe(true)
}

describe('whatif with GPU instances', () => {
  it.each(['A100-PCIE-40GB', 'A30', 'H100-PCIe-80GB'])('%s with MIG and instances, VFs as before', async (board) => {
    await ok(`host init --board ${board} --profile vgpu17`)
    await ok('vf enable 8')
    await isWhatComes('--mig on --mig-create 0', ['vf disable', 'mig enable', 'vf enable 8', 'mig create 0'])
  })

  it('other instances in place of those there are, by place', async () => {
    await ok('host init --board A100-PCIE-40GB --profile vgpu17')
    for (const step of ['mig enable', 'vf enable 8', 'mig create 7g.40gb']) await ok(step)
    await isWhatComes('--mig-destroy all --mig-create 3g.20gb:0,1g.5gb --mig-create 14 --create A100-3-20C', [
      'mig destroy --all',
      'mig create 3g.20gb:0 1g.5gb 14',
      'vgpu create --type A100-3-20C',
    ])
  })

  it('another number of VFs, which ends them, and MIG off', async () => {
    await ok('host init --board H100-PCIe-80GB --profile vgpu17')
    for (const step of ['mig enable', 'vf enable 8', 'mig create 9 9']) await ok(step)
    await isWhatComes('--vfs 4 --mig-create 9', ['vf enable 4', 'mig create 9'])
    await isWhatComes('--mig off', ['vf disable', 'mig disable', 'vf enable 4'])
  })

  it('a mode that waits for a reset is as after it', async () => {
    await ok('host init --board A30 --profile vgpu17')
    for (const step of ['vf enable 4', 'mig enable']) await ok(step)
    await isWhatComes('--mig on --mig-create 5,5', ['vf disable', 'gpu reset', 'vf enable 4', 'mig create 5 5'])
  })

  it('is refused in the words of the command', async () => {
    await ok('host init --board A100-PCIE-40GB --profile vgpu17')
    for (const step of ['mig enable', 'vf enable 8', 'mig create 3g.20gb', 'vgpu create --type A100-3-20C'])
      await ok(step)
    for (const [options, line] of [
      ['--mig-destroy 2', 'mig destroy 2'],
      ['--mig-destroy 7', 'mig destroy 7'],
      ['--mig-create 7g.40gb', 'mig create 7g.40gb'],
      ['--mig-create 2g.5gb', 'mig create 2g.5gb'],
      ['--mig off', 'vf disable'],
    ] as const) {
      const [thought, real] = [await bench.sh(`whatif ${options}`), await bench.sh(line)]
      expect([options, thought.status]).toEqual([options, real.status])
      expect(thought.stderr.replace(/^nvgpu: (?:[a-z_ ]+: )*/, '')).toBe(
        real.stderr.replace(/^nvgpu: (?:[a-z_ ]+: )*/, ''),
      )
    }
    expect((await bench.sh('whatif --mig perhaps')).status).toBe(2)
    expect((await bench.sh('whatif --mig-create ,')).status).not.toBe(0)
  })
})
