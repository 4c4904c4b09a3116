import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeAll(async () => {
  bench = new Bench()
  for (const line of ['vf enable 2', 'vgpu create --type L40-4Q --name desk1'])
    expect((await bench.sh(line)).status).toBe(0)
  fs.mkdirSync(bench.file('home'))
  bench.file('home/notes.txt', '')
})
afterAll(() => {
  bench.dispose()
})

describe('an error as text', () => {
  it.each([
    ['vgpu lst', 'syntax'],
    ['vf enable 33', 'numvfs-range'],
    ['vf enable 1', 'busy'],
    ['vgpu show nobody', 'not-found'],
    ['vgpu create --type L40-8Q', 'type-mismatch'],
    ['vgpu create --type L40-4Q --name desk1', 'exists'],
    ['gpu ecc on', 'busy'],
    ['host import nowhere.json', 'not-found'],
    ['explain nonsense', 'not-found'],
    ['--state-dir HOME gpu list', 'invalid-argument'],
  ])('K 4: of %s ends in its code in brackets, which explain takes', async (line, code) => {
    const words = line.replace('HOME', bench.file('home'))
    const { stderr, status } = await bench.sh(words)
    expect(stderr).toMatch(new RegExp(`^nvgpu: .+ \\(E[A-Z]+\\) \\[${code}\\]\n`))
    const explained = JSON.parse((await bench.sh(`explain ${code} -o json`)).stdout)
    expect(explained.items[0]).toMatchObject({ code, status })
    const error = JSON.parse((await bench.sh(`${words} -o json`)).stderr)
    expect(error).toMatchObject({ code, status })
    expect(error.message).not.toContain(`[${code}]`)
  })
})

describe('a type that cannot join those of a GPU', () => {
  it('K 4: leads to fit, and to heterogeneous mode where there is one', async () => {
    const { stderr } = await bench.sh('vgpu create --type L40-8Q')
    expect(stderr).toContain(
      'NVIDIA L40-8Q cannot join it outside heterogeneous mode (EINVAL) [type-mismatch]\nhint: nvgpu fit L40-8Q\n',
    )
    expect((await bench.sh('fit L40-8Q')).stdout).toContain('it would without 1 vGPU:\n  nvgpu vgpu destroy ')
    expect((await bench.sh('explain type-mismatch')).stdout).toMatch(/nvgpu fit TYPE.*nvgpu gpu mode heterogeneous/s)
    const other = new Bench()
    for (const line of [
      'host init --profile vgpu16 --board A16',
      'vf enable 2 --gpu 0',
      'vgpu create --type A16-4Q --gpu 0',
    ])
      expect((await other.sh(line)).status, line).toBe(0)
    const refused = await other.sh('vgpu create --type A16-8Q --gpu 0')
    expect(refused.stderr).toContain('A16-8Q cannot join it (')
    expect(refused.stderr).toContain('hint: nvgpu fit A16-8Q\n')
    other.dispose()
  })
})

describe('a directory with other files and without a host', () => {
  it.each([
    'host init',
    'host init --board L40 --force',
    'host import HOST',
    'apply -f FILE',
    'diff -f FILE',
    'vf enable 4',
    'vf enable 4 --dry-run',
    'gpu list',
    'host show',
    'host fsck --repair',
    'history list',
    'undo',
    'batch -f BATCH',
    'batch --atomic -f BATCH',
    'smi',
    'metrics',
    'watch --count 1 gpu list',
    '',
  ])('K 3: is no state directory of "%s"', async (line) => {
    const home = bench.file('home')
    bench.file('host.yaml', 'gpus: [{ gpu: 0, vfs: 4 }]\n')
    bench.file('batch.txt', 'vf enable 4\n')
    if (!fs.existsSync(bench.file('host.json'))) await bench.sh(`host export ${bench.file('host.json')}`)
    const words = line
      .replace('HOST', bench.file('host.json'))
      .replace('FILE', bench.file('host.yaml'))
      .replace('BATCH', bench.file('batch.txt'))
    const { stdout, stderr, status } = await bench.sh(`--state-dir ${home} ${words}`)
    expect(`${stdout}${stderr}`).toContain(`there is no host in ${home}, and the directory has other files: notes.txt`)
    expect(status).toBe(2)
    expect(stderr + stdout).toContain(
      'hint: nvgpu --state-dir DIR, with DIR the directory of a host, an empty one or a new one',
    )
    expect(fs.readdirSync(home)).toEqual(['notes.txt'])
  })

  it('K 3: is no target of a migration either', async () => {
    expect(await bench.sh(`migrate desk1 --to ${bench.file('home')}`)).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(
        /there is no host in .* other files: notes.txt .*\nhint: nvgpu migrate \S+ --to DIR, with DIR/,
      ),
    })
  })

  it('K 3: is named where the variable names it', async () => {
    const env = { NVGPU_STATE_DIR: bench.file('home') }
    expect(await bench.sh('vf enable 4', { env })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('notes.txt'),
    })
  })
})
