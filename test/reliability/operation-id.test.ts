import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from '../cli/captured-io.ts'

let bench: Bench
beforeEach(async () => {
  bench = new Bench()
  await bench.sh('vf enable 4')
})
afterEach(() => bench.dispose())

const host = async () => (await bench.sh('host export')).stdout

describe('a change with an operation id', () => {
  it('is done once however often it is repeated, and says that it stands', async () => {
    const first = await bench.sh('host advance 5s --operation-id tick-1')
    expect(first.status).toBe(0)
    const after = await host()
    for (let times = 0; times < 3; times++) {
      expect(await bench.sh('host advance 5s --operation-id tick-1')).toMatchObject({
        status: 0,
        stdout: 'operation tick-1 was already done, as change 2; nothing was done again\n',
        stderr: '',
      })
    }
    expect(await host()).toBe(after)
    await bench.sh('host advance 5s --operation-id tick-2')
    expect(await host()).not.toBe(after)
  })

  it('may be repeated when what it names is gone by it', async () => {
    await bench.sh('vgpu create -t L40-4Q -n desk7')
    const destroy = 'vgpu destroy desk7 --operation-id bye'
    expect((await bench.sh(destroy)).status).toBe(0)
    expect((await bench.sh('vgpu destroy desk7')).status).toBe(3)
    expect((await bench.sh(destroy)).status).toBe(0)
  })

  it('is not taken for done when it was refused, or only tried', async () => {
    const create = 'vgpu create -t L40-48Q --operation-id big'
    await bench.sh('vgpu create -t L40-4Q -n small')
    expect((await bench.sh(create)).status).toBe(4)
    await bench.sh('vgpu destroy small')
    expect((await bench.sh(`${create} --dry-run`)).stdout).toMatch(/^[0-9a-f-]{36}\n$/)
    expect((await bench.sh(create)).stdout).toMatch(/^[0-9a-f-]{36}\n$/)
    expect((await bench.sh(create)).stdout).toMatch(/^operation big was already done/)
    expect((await bench.sh('vgpu list -q')).stdout.trim().split('\n')).toHaveLength(1)
  })

  it('is refused when another command has the id, and says which; the same in other words is not', async () => {
    await bench.sh('vgpu create -t L40-4Q -n desk7 --operation-id night')
    const after = await host()
    for (const other of [
      'vgpu destroy desk7',
      'vgpu create -t L40-4Q -n desk8',
      'vgpu create -t L40-4Q',
      'vf disable',
    ]) {
      expect(await bench.sh(`${other} --operation-id night`)).toEqual(
        expect.objectContaining({
          status: 4,
          stdout: '',
          stderr: expect.stringContaining(
            'night is already the id of change 2, a different command: vgpu create -t L40-4Q -n desk7 --operation-id night; ' +
              'nothing was done (EEXIST) [exists]\nhint: nvgpu history show 2\n',
          ),
        }),
      )
    }
    const elsewhere = await bench.sh('vgpu create -t L40-4Q -n desk7 --operation-id night', { env: { NVGPU_GPU: '0' } })
    expect(elsewhere).toMatchObject({
      status: 4,
      stderr: expect.stringContaining('night is already the id of change 2'),
    })
    const json = await bench.sh('vf disable --operation-id night -o json')
    expect(JSON.parse(json.stderr)).toMatchObject({ code: 'exists', errno: 'EEXIST', object: 'night', status: 4 })
    expect(await host()).toBe(after)
    for (const same of [
      'vgpu create -t L40-4Q -n desk7 -q --operation-id night',
      'vgpu create -t L40-4Q -n desk7 -o json --operation-id=night',
      `--operation-id night vgpu create --name=desk7 --type L40-4Q --state-dir ${bench.stateDir}`,
    ]) {
      const env: Record<string, string> = same.startsWith('--') ? { NVGPU_OPERATION_ID: 'night' } : {}
      const line = same.replace(/^--operation-id night /, '')
      expect([line, await bench.sh(line, { env })]).toEqual([line, expect.objectContaining({ status: 0, stderr: '' })])
    }
    expect(await host()).toBe(after)
  })

  it('is believed by its id alone when the history does not reach back to it', async () => {
    await bench.sh('host advance 5s --operation-id old')
    const text = 'x'.repeat(20_000)
    for (let times = 0; times < 24; times++)
      await bench.run(['host', 'init', '--force', '--registry-dwords', `A=${text}${times}`])
    expect((await bench.sh('history list')).stdout).not.toContain('--operation-id old')
    expect(await bench.sh('vf enable 1 --operation-id old')).toMatchObject({
      status: 0,
      stdout: 'operation old was already done; nothing was done again\n',
    })
  })

  it('takes its id from the environment too, and is remembered across many changes and checkpoints', async () => {
    const env = { NVGPU_OPERATION_ID: 'from.env:1' }
    await bench.sh('vf disable', { env })
    expect((await bench.sh('host history --max 1 -o json')).stdout).toContain('"id": "from.env:1"')
    const text = 'x'.repeat(12_000)
    for (let times = 0; times < 8; times++)
      await bench.run(['host', 'init', '--force', '--registry-dwords', `A=${text}`])
    await bench.sh('vf enable 4')
    expect(await bench.sh('vf disable', { env })).toMatchObject({ status: 0 })
    expect((await bench.sh('vf list -q')).stdout.trim().split('\n')).toHaveLength(4)
  })

  it('answers programs with a document of its own kind, and scripts that want identifiers with none', async () => {
    await bench.sh('host advance 5s --operation-id tick')
    const document = JSON.parse((await bench.sh('host advance 5s --operation-id tick -o json')).stdout)
    expect(document).toEqual({
      schema: 1,
      kind: 'repeatedOperations',
      items: [{ id: 'tick', seq: 2 }],
      changed: false,
      warnings: [],
    })
    expect((await bench.sh('host advance 5s --operation-id tick -q')).stdout).toBe('')
  })

  it('is refused when the id is none, and where a command makes several changes', async () => {
    for (const id of ['', 'two words', 'x'.repeat(129), 'a"b', 'ü']) {
      const { status, stderr } = await bench.run(['host', 'advance', '5s', `--operation-id=${id}`])
      expect([id, status]).toEqual([id, 2])
      expect(stderr).toContain('is not an operation id')
    }
    const migrate = `migrate x --to ${bench.file('other')}`
    expect(await bench.sh(`${migrate} --operation-id m`)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("there is no option '--operation-id'"),
    })
    expect(await bench.sh(migrate, { env: { NVGPU_OPERATION_ID: 'm' } })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('migrate takes no --operation-id'),
    })
    expect((await bench.sh('migrate --help')).stdout).not.toContain('--operation-id')
  })
})
