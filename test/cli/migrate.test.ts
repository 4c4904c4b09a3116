import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseRate } from '../../src/app/migration/rate.ts'
import { Side } from '../../src/app/migration/side.ts'
import { arriveVgpu, departVgpu, expectVgpu, travellerOf } from '../../src/engine/verbs/migrate.ts'
import { Bench } from './captured-io.ts'

const UUID = '6f1c2b3a-0000-4000-8000-000000000001'

let bench: Bench
let there: string

beforeEach(async () => {
  bench = new Bench()
  there = bench.file('other')
  for (const line of ['vf enable 4', `vgpu create --type L40-4Q --uuid ${UUID} --name desk7 --vm win11`]) {
    expect(await bench.sh(line)).toMatchObject({ status: 0 })
  }
  expect(await bench.sh(`--state-dir ${there} vf enable 4`)).toMatchObject({ status: 0 })
})
afterEach(() => bench.dispose())

async function states(dir?: string): Promise<string[]> {
  const { stdout } = await bench.sh(`${dir === undefined ? '' : `--state-dir ${dir} `}vgpu list -o json`)
  return JSON.parse(stdout).items.map((vgpu: { state: string }) => vgpu.state)
}

/** The steps of a migration by hand, as far as a killed command came. */
function halfway(steps: 'expected' | 'departed' | 'arrived'): void {
  let count = 0
  const operation = () => {
    count += 1
    return { id: `by-hand-${count}`, time: '2026-01-01T00:00:00Z', command: 'killed' }
  }
  const source = new Side(bench.stateDir, operation)
  const target = new Side(there, operation)
  const traveller = source.read((state) => travellerOf(state, UUID))
  target.change((state) => expectVgpu(state, { id: 'm', peer: source.dir, traveller, place: {} }))
  if (steps === 'expected') return
  const { file } = source.change((state) => departVgpu(state, { id: 'm', selector: UUID, peer: target.dir }))
  if (steps === 'departed') return
  target.change((state) => arriveVgpu(state, { id: 'm', file, place: {} }))
}

describe('nvgpu vgpu suspend, resume, save, restore', () => {
  it('say what became of the vGPU, and -q prints its UUID', async () => {
    expect(await bench.sh('vgpu suspend desk7')).toMatchObject({
      status: 0,
      stdout: `vGPU ${UUID} (L40-4Q) paused on 0000:c1:00.4\n`,
    })
    expect(await states()).toEqual(['paused'])
    expect((await bench.sh('vgpu suspend desk7')).stderr).toMatch(/is paused already/)
    expect((await bench.sh('vgpu resume --all -q')).stdout).toBe(`${UUID}\n`)
    expect(await states()).toEqual(['running'])
  })

  it('carry a vGPU through a file, to another VF', async () => {
    const file = bench.file('desk7.vgpu')
    expect(await bench.sh(`vgpu save desk7 ${file}`)).toMatchObject({ status: 0, stderr: '' })
    expect(await states()).toEqual(['configured'])
    expect(fs.readFileSync(file).subarray(0, 8).toString()).toBe('NVGPUMIG')
    expect(await bench.sh(`vgpu restore ${file} --vf 0000:c1:00.6`)).toMatchObject({
      status: 0,
      stdout: `vGPU ${UUID} (L40-4Q) running on 0000:c1:00.6\n`,
    })
    const shown = JSON.parse((await bench.sh('vgpu show desk7 -o json')).stdout).items[0]
    expect(shown).toMatchObject({ name: 'desk7', vm: 'win11', vfIndex: 2 })
  })

  it('read a saved vGPU from standard input, and into another host', async () => {
    const file = bench.file('desk7.vgpu')
    await bench.sh(`vgpu save desk7 ${file}`)
    const { status } = await bench.sh(`--state-dir ${there} vgpu restore -`, { stdin: fs.readFileSync(file) })
    expect(status).toBe(0)
    expect(await states(there)).toEqual(['running'])
  })

  it('change nothing with --dry-run, and write no file', async () => {
    const file = bench.file('none.vgpu')
    expect((await bench.sh(`vgpu save desk7 ${file} --dry-run`)).stderr).toMatch(/dry run: nothing was changed/)
    expect(fs.existsSync(file)).toBe(false)
    await bench.sh('vgpu suspend desk7 --dry-run')
    expect(await states()).toEqual(['running'])
  })

  it.each<[string, number, RegExp]>([
    ['vgpu suspend', 2, /suspend needs a vGPU, --all or --gpu/],
    ['vgpu suspend nobody', 3, /there is no vGPU "nobody"/],
    ['vgpu save desk7 -', 2, /goes into a file, not to standard output/],
    ['vgpu save desk7 /nonexistent/dir/file', 3, /does not exist/],
    ['vgpu restore /nonexistent', 3, /does not exist/],
    ['vgpu restore', 3, /no vGPU here has a saved state of its own/],
    ['vgpu restore --vm x', 2, /--vf, --vm and --name go with a FILE/],
    ['vgpu restore file --saved desk7', 2, /name a FILE, or --saved, not both/],
  ])('%s exits with %i and one sentence', async (line, status, message) => {
    const outcome = await bench.sh(line)
    expect(outcome.status).toBe(status)
    expect(outcome.stderr).toMatch(message)
    expect(await states()).toEqual(['running'])
  })

  it('refuse a file that is damaged, with the offset, and one whose vGPU runs', async () => {
    const file = bench.file('desk7.vgpu')
    await bench.sh(`vgpu save desk7 ${file}`)
    const bytes = fs.readFileSync(file)
    bytes[900] = (bytes[900] ?? 0) ^ 1
    const damaged = bench.file('damaged.vgpu', bytes)
    const outcome = await bench.sh(`vgpu restore ${damaged}`)
    expect(outcome).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/section CFGS at offset \d+: .*\(EBADMSG\)/),
    })
    await bench.sh(`vgpu restore ${file}`)
    expect(await bench.sh(`vgpu restore ${file}`)).toMatchObject({ status: 4 })
  })
})

describe('nvgpu migrate', () => {
  it('moves a running vGPU to another state directory and reports its passes', async () => {
    const outcome = await bench.sh(
      `migrate desk7 --to ${there} --precopy --bandwidth 40Gbit/s --downtime-limit 20ms -o json`,
    )
    expect(outcome).toMatchObject({ status: 0, stderr: '' })
    const { kind, changed, items } = JSON.parse(outcome.stdout)
    expect({ kind, changed }).toEqual({ kind: 'migrations', changed: true })
    expect(items[0]).toMatchObject({
      uuid: UUID,
      name: 'desk7',
      state: 'running',
      mode: 'pre-copy',
      bandwidth: 5e9,
      converged: true,
      from: { stateDir: path.resolve(bench.stateDir), vf: '0000:c1:00.4' },
      to: { stateDir: path.resolve(there) },
    })
    expect(items[0].rounds[0]).toMatchObject({ round: 1, bytes: 3840 * 2 ** 20 })
    expect(items[0].downtimeUs).toBeLessThan(items[0].totalUs)
    expect(await states()).toEqual([])
    expect(await states(there)).toEqual(['running'])
  })

  it('takes its attributes along', async () => {
    const words = ['vgpu', 'modify', 'desk7', '--live', '--addattr', 'vgpu_params', '--value', 'frame_rate_limiter=0']
    expect((await bench.run(words)).status).toBe(0)
    expect(await bench.sh(`migrate desk7 --to ${there}`)).toMatchObject({ status: 0 })
    const { stdout } = await bench.sh(`--state-dir ${there} vgpu show desk7 -o json`)
    expect(JSON.parse(stdout).items[0].attrs).toEqual([{ name: 'vgpu_params', value: 'frame_rate_limiter=0' }])
  })

  it('there and back leaves the same host, but for its records', async () => {
    const strip = async () => {
      const host = JSON.parse((await bench.sh('host export')).stdout)
      const [gpu] = host.gpus
      const { mgr, hw } = gpu
      // the task logs of the vGPU that left are kept, as they are when one is closed
      const vfs = gpu.vfs.map((vf: { opened: object | null }) => ({
        ...vf,
        logs: null,
        opened: vf.opened && { ...vf.opened, pid: 0 },
      }))
      const pages = Object.fromEntries(
        Object.entries(hw.fb.pages).filter(([page]) => Number.parseInt(page, 16) < 0xbeb000),
      )
      return {
        vfs,
        pages,
        chid: gpu.nvkm.chid,
        fb: gpu.nvkm.fb,
        vgpus: Object.values(mgr.vgpus).map((vgpu) => ({ ...Object(vgpu), rpcSeq: 0, pid: 0 })),
      }
    }
    const before = await strip()
    expect(await bench.sh(`migrate desk7 --to ${there}`)).toMatchObject({ status: 0 })
    expect(await bench.sh(`--state-dir ${there} migrate ${UUID} --to ${bench.stateDir}`)).toMatchObject({ status: 0 })
    expect(await strip()).toEqual(before)
  })

  it('rehearses with --dry-run: refusals are real, nothing moves', async () => {
    expect(await bench.sh(`migrate desk7 --to ${there} --dry-run`)).toMatchObject({
      status: 0,
      stderr: 'dry run: nothing was changed\n',
    })
    const empty = bench.file('empty')
    expect(await bench.sh(`migrate desk7 --to ${empty} --dry-run`)).toMatchObject({ status: 3 })
    expect(fs.existsSync(empty)).toBe(false)
    expect(await states()).toEqual(['running'])
    expect(await states(there)).toEqual([])
  })

  it.each<[string, number, RegExp]>([
    ['migrate desk7', 2, /needs --to STATE_DIR, or --abort/],
    ['migrate desk7 --to SELF', 2, /is the directory of this host/],
    ['migrate nobody --to THERE', 3, /there is no vGPU "nobody"/],
    ['migrate desk7 --to THERE --force', 2, /--force goes with --abort/],
    ['migrate desk7 --to THERE --rounds 3', 2, /go with --precopy/],
    ['migrate desk7 --to THERE --precopy --rounds 0', 2, /1 or more/],
    ['migrate desk7 --to THERE --bandwidth fast', 2, /'fast' is not a rate/],
    ['migrate desk7 --to THERE --abort', 2, /cannot go with --to/],
    ['migrate desk7 --to THERE --vf 9', 3, /there is no VF "9"/],
  ])('%s exits with %i and moves nothing', async (line, status, message) => {
    const outcome = await bench.sh(line.replace('THERE', there).replace('SELF', bench.stateDir))
    expect(outcome.status).toBe(status)
    expect(outcome.stderr).toMatch(message)
    expect(await states()).toEqual(['running'])
    expect(await states(there)).toEqual([])
  })

  it.each(['', ' --dry-run'])(
    'names the command that mends the target for the directory of the target%s',
    async (option) => {
      const empty = bench.file("it's empty")
      await bench.run(['--state-dir', empty, 'host', 'advance', '1s'])
      const attempt = await bench.run([...`migrate desk7${option} --to`.split(' '), empty])
      expect(attempt).toMatchObject({ status: 5, stdout: '' })
      const [, hint = ''] = /\nhint: nvgpu (.+)\n$/.exec(attempt.stderr) ?? []
      expect(hint).toBe(`--state-dir '${bench.dir}/it'\\''s empty' vf enable 4`)
      expect((await bench.run(['--state-dir', empty, 'vf', 'enable', '4'])).status).toBe(0)
      expect((await bench.run([...`migrate desk7${option} --to`.split(' '), empty])).status).toBe(0)
    },
  )

  it('refuses a vGPU that does not run, and one the target has', async () => {
    await bench.sh('vgpu stop desk7')
    expect(await bench.sh(`migrate desk7 --to ${there}`)).toMatchObject({ status: 1 })
    await bench.sh('vgpu start desk7')
    await bench.sh(`--state-dir ${there} vgpu create --type L40-4Q --uuid ${UUID} --no-start`)
    expect(await bench.sh(`migrate desk7 --to ${there}`)).toMatchObject({
      status: 4,
      stderr: expect.stringMatching(/the target has vGPU/),
    })
  })

  it('runs on at the source when the target fails, and says why', async () => {
    await bench.sh(`--state-dir ${there} fault add rpc.9`)
    const outcome = await bench.sh(`migrate desk7 --to ${there}`)
    expect(outcome).toMatchObject({ status: 1, stderr: expect.stringMatching(/message 9 .*result 5/) })
    expect(await states()).toEqual(['running'])
    expect(await states(there)).toEqual([])
    expect(await bench.sh(`migrate desk7 --to ${there}`)).toMatchObject({ status: 0 })
  })
})

describe('a migration that a killed command left', () => {
  it('is told by reads, and settled by the next change of the source: the target had it', async () => {
    halfway('arrived')
    const seen = await bench.sh('vgpu list')
    expect(seen.stdout).toMatch(/migrating/)
    expect(seen.stderr).toMatch(/is migrating to .* and is stopped; the next changing command settles it/)
    expect(await bench.sh('vf autoprobe off')).toMatchObject({ status: 0, stderr: '' })
    expect(await states()).toEqual([])
    expect(await states(there)).toEqual(['running'])
    expect((await bench.sh(`--state-dir ${there} vgpu list`)).stderr).toBe('')
  })

  it('is settled by the next change of the target as well', async () => {
    halfway('arrived')
    expect(await bench.sh(`--state-dir ${there} vf autoprobe off`)).toMatchObject({ status: 0, stderr: '' })
    expect(await states()).toEqual([])
    expect(await states(there)).toEqual(['running'])
  })

  it.each(['expected', 'departed'] as const)('runs on at the source when it was only %s', async (steps) => {
    halfway(steps)
    expect(await bench.sh('vf autoprobe off')).toMatchObject({ status: 0 })
    expect(await bench.sh(`--state-dir ${there} vf autoprobe off`)).toMatchObject({ status: 0, stderr: '' })
    expect(await states()).toEqual(['running'])
    expect(await states(there)).toEqual([])
  })

  it('cannot be changed while the other directory is gone, until the person says so', async () => {
    halfway('departed')
    fs.renameSync(there, `${there}.away`)
    for (const line of ['vgpu stop desk7', 'vgpu destroy desk7', 'vgpu resume desk7', 'migrate desk7 --abort']) {
      expect(await bench.sh(line)).toMatchObject({ status: 4, stderr: expect.stringMatching(/--abort --force/) })
    }
    const other = await bench.sh('vgpu create --type L40-4Q --vf 1')
    expect(other).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/is gone; nvgpu migrate .* --abort --force/),
    })
    expect(await states()).toEqual(['migrating', 'running'])
    expect(await bench.sh('migrate desk7 --abort --force')).toMatchObject({
      status: 0,
      stdout: `vGPU ${UUID} (L40-4Q) running on 0000:c1:00.4\n`,
    })
    expect(await states()).toEqual(['running', 'running'])
    // the other host comes back and finds that it has nothing to expect any more
    fs.renameSync(`${there}.away`, there)
    expect(await bench.sh(`--state-dir ${there} vf autoprobe off`)).toMatchObject({ status: 0, stderr: '' })
    expect(await states(there)).toEqual([])
  })

  it('is settled by --abort where the other directory can be asked', async () => {
    halfway('arrived')
    const outcome = await bench.sh('migrate desk7 --abort')
    expect(outcome).toMatchObject({ status: 0, stderr: expect.stringMatching(/is on the other host/) })
    expect(await states(there)).toEqual(['running'])
    expect((await bench.sh('migrate desk7 --abort')).status).toBe(3)
    nothingLeft()
  })

  it('does not come back from an export, nor hinder one', async () => {
    halfway('departed')
    const file = bench.file('host.json')
    expect(await bench.sh(`host export ${file}`)).toMatchObject({ status: 0 })
    expect(JSON.parse(fs.readFileSync(file, 'utf8')).migrations).toHaveLength(1)
  })
})

/** Nothing is left of it anywhere. */
function nothingLeft(): void {
  const operation = () => ({ id: 'look', time: '', command: '' })
  for (const dir of [bench.stateDir, there])
    expect(new Side(dir, operation).read((state) => state.migrations)).toEqual([])
}

describe('nvgpu host warm-update', () => {
  it('changes the driver under running vGPUs', async () => {
    expect(await bench.sh('host warm-update --to-version 570.158.01')).toMatchObject({
      status: 0,
      stdout: 'host on driver 570.158.01\n',
    })
    expect(await states()).toEqual(['running'])
    expect((await bench.sh('host show')).stdout).toMatch(/Driver:\s+570\.158\.01/)
    expect((await bench.sh('host warm-update --to-version 570.158.01')).stderr).toMatch(/already/)
  })

  it('keeps what does not come back, exits with 1, and restore brings it back', async () => {
    await bench.sh('fault add rpc.10')
    const outcome = await bench.sh('host warm-update --to-version 570.158.01')
    expect(outcome).toMatchObject({ status: 1, stderr: expect.stringMatching(/did not come back/) })
    expect(await states()).toEqual(['configured'])
    expect(await bench.sh('vgpu restore --saved desk7')).toMatchObject({ status: 0 })
    expect(await states()).toEqual(['running'])
  })

  it('is rolled back when the new driver does not boot', async () => {
    await bench.sh('fault add gsp.boot')
    const outcome = await bench.sh('host warm-update --to-version 570.158.01')
    expect(outcome).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/570\.144 is back and every vGPU runs on/),
    })
    expect(await states()).toEqual(['running'])
    expect((await bench.sh('host show')).stdout).toMatch(/Driver:\s+570\.144/)
  })

  it('needs a version that is one', async () => {
    expect(await bench.sh('host warm-update')).toMatchObject({ status: 2 })
    expect(await bench.sh('host warm-update --to-version newest')).toMatchObject({ status: 2 })
  })
})

describe('a rate', () => {
  it.each<[string, number]>([
    ['10Gbit/s', 1.25e9],
    ['1.25GB/s', 1.25e9],
    ['10gbit', 1.25e9],
    ['800MiB/s', 800 * 2 ** 20],
    ['8000bit/s', 1000],
    ['1000B/s', 1000],
  ])('%s is %d bytes a second', (text, bytes) => {
    expect(parseRate(text)).toBe(bytes)
  })

  it.each(['', '10', '10gb/s', 'GB/s', '-1GB/s', '1e9B/s', '10 Gbit/s', '1B/s', '9999TB/s', '10Gbit/m', '0GB/s'])(
    '%j is none',
    (text) => {
      expect(() => parseRate(text)).toThrow(expect.objectContaining({ code: 'syntax' }))
    },
  )
})
