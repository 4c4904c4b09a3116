import fs from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { undo } from '../../src/app/history/bring-back.ts'
import { nodeIo } from '../../src/app/node-io.ts'
import type { Settings } from '../../src/cli/settings.ts'
import { SCHEMA } from '../../src/contract/state/schema-number.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import { Store } from '../../src/store/store.ts'
import { boundHost } from '../engine/bound-host.ts'
import { Bench } from './captured-io.ts'

const SETTINGS: Settings = {
  stateDir: '',
  format: 'table',
  formatGiven: false,
  header: true,
  units: true,
  noColor: true,
  dryRun: false,
  operationId: undefined,
}

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => {
  bench.dispose()
})

async function ok(line: string): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line)
  expect(status, `${line}: ${stderr}`).toBe(0)
  return stdout
}

async function items(line: string) {
  return JSON.parse(await ok(`${line} -o json`)).items
}

async function refused(line: string, status: number): Promise<string> {
  const before = await ok('host export')
  const outcome = await bench.sh(line)
  expect([outcome.status, outcome.stdout], `${line}: ${outcome.stderr}`).toEqual([status, ''])
  expect(await ok('host export')).toBe(before)
  return outcome.stderr
}

/** Some changes, and the host as it was after each of them, by number. */
async function live(): Promise<string[]> {
  const exports = ['']
  for (const line of [
    'vf enable 4',
    'vgpu create --type L40-4Q --name desk1',
    'vgpu define --type L40-4Q --name meant',
    'vgpu create --type L40-4Q --name desk2',
    'vgpu stop desk1',
    'vgpu destroy desk2',
  ]) {
    await ok(line)
    exports.push(await ok('host export'))
  }
  exports[0] = await new Bench().sh('host export').then(({ stdout }) => stdout)
  return exports
}

describe('rollback', () => {
  it('brings back the host as it was after any change, to the byte, as a new change', async () => {
    const exports = await live()
    for (const seq of [2, 5, 0, 3, 6, 1, 4]) {
      await ok(`rollback ${seq}`)
      expect(await ok('host export'), `rollback ${seq}`).toBe(exports[seq])
    }
    expect(await items('history list')).toHaveLength(13)
    expect((await items('vgpu list')).map((vgpu: { name: string }) => vgpu.name)).toEqual(['desk1', 'desk2'])
    await ok('vgpu destroy --all')
    await ok('host fsck')
  })

  it('says what it would bring back under --dry-run, and that nothing is to be done', async () => {
    await live()
    const before = await ok('host export')
    const dry = await bench.sh('rollback 2 --dry-run')
    expect([dry.stdout, dry.stderr]).toEqual(['host as after change 2\n', 'dry run: nothing was changed\n'])
    expect(await ok('host export')).toBe(before)
    expect(JSON.parse(await ok('rollback 6 -o json'))).toMatchObject({ changed: false, items: [{ vfs: 4 }] })
    expect(await items('history list')).toHaveLength(6)
  })

  it('is refused for a change that is yet to come, or is no longer kept', async () => {
    expect(await refused('rollback 0', 3)).toContain('nothing has been changed yet')
    await live()
    expect(await refused('rollback 7', 3)).toContain('there is no change 7 yet: the newest is 6')
    for (let i = 0; i < 300 && fs.existsSync(`${bench.stateDir}/log.0.jsonl`); i += 1) {
      await ok('vgpu start desk1')
      await ok('vgpu stop desk1')
    }
    const [oldest, ...more] = await items('history list')
    const text = await refused('rollback 1', 3)
    expect(text).toContain(
      `the state after change 1 is no longer kept: the oldest change that is kept is ${oldest.seq}`,
    )
    expect(more.length).toBeGreaterThan(10)
    await ok(`rollback ${more[0].seq}`)
    expect((await bench.sh(`history diff ${more[0].seq}`)).status).toBe(0)
    expect(await refused(`undo ${oldest.seq - 1}`, 3)).toContain('is not kept: the changes')
  })

  it('goes to both sides of every checkpoint that is kept', async () => {
    await ok('vf enable 2')
    await ok('vgpu create --type L40-4Q --name desk')
    const exports = new Map<number, string>()
    for (let seq = 3; fs.readdirSync(bench.stateDir).filter((name) => name.startsWith('snap.')).length < 4; seq += 1) {
      await ok(seq % 2 === 1 ? 'vgpu stop desk' : 'vgpu start desk')
      exports.set(seq, await ok('host export'))
    }
    const numbers = [...exports.keys()]
    for (const seq of [numbers[0], numbers.at(-1), ...numbers.filter((_, i) => i % 5 === 0)]) {
      await ok(`rollback ${seq}`)
      expect(await ok('host export'), `rollback ${seq}`).toBe(exports.get(seq ?? 0))
    }
  })
})

describe('undo', () => {
  it('K 6: twice goes two steps back, and redo forward again until another change is made', async () => {
    const exports = await live()
    expect(await ok('undo')).toBe('change 6 is taken back: vgpu destroy desk2\n')
    expect(await ok('undo')).toBe('change 5 is taken back: vgpu stop desk1\n')
    expect(await ok('host export')).toBe(exports[4])
    expect(await ok('redo')).toBe('change 5 is made again: vgpu stop desk1\n')
    expect(await ok('host export')).toBe(exports[5])
    expect(await ok('redo --dry-run')).toContain('change 6 is made again')
    expect(await ok('redo')).toBe('change 6 is made again: vgpu destroy desk2\n')
    expect(await ok('host export')).toBe(exports[6])
    expect(await refused('redo', 3)).toContain('no change was undone since')
    for (const seq of [5, 4, 3]) {
      await ok('undo')
      expect(await ok('host export')).toBe(exports[seq])
    }
    await ok('vgpu create --type L40-4Q --name other')
    expect(await refused('redo', 3)).toContain('no change was undone since')
    expect(await ok('undo')).toContain('is taken back: vgpu create --type L40-4Q --name other')
    expect(await ok('undo')).toContain('change 3 is taken back')
    expect(await ok('host export')).toBe(exports[2])
  })

  it('K 6: every change can be undone, back to the first', async () => {
    const exports = await live()
    for (const seq of [5, 4, 3, 2, 1, 0]) {
      await ok('undo')
      expect(await ok('host export'), `to ${seq}`).toBe(exports[seq])
    }
    expect(await refused('undo', 3)).toContain('every change that is kept is undone')
    await ok('redo')
    expect(await ok('host export')).toBe(exports[1])
    await ok('host fsck')
  })

  it('K 6: with a number it is an ordinary change, which undo reverts in turn', async () => {
    const exports = await live()
    expect(await ok('undo 6')).toBe('change 6 is taken back: vgpu destroy desk2\n')
    expect(await ok('host export')).toBe(exports[5])
    expect(await ok('undo')).toBe('change 7 is taken back: undo 6\n')
    expect(await ok('host export')).toBe(exports[6])
    expect(await refused('undo 99', 3)).toContain('change 99 is not kept')
  })

  it('takes an older change back when no later one came upon it, and leaves the later ones', async () => {
    await live()
    expect(await ok('undo 3')).toBe('change 3 is taken back: vgpu define --type L40-4Q --name meant\n')
    expect(await items('vgpu list --defined')).toEqual([])
    expect(await items('vgpu list')).toHaveLength(1)
    await ok('undo')
    expect(await items('vgpu list --defined')).toHaveLength(1)
  })

  it('names the later change that came upon an older one', async () => {
    await live()
    expect(await refused('undo 2', 4)).toMatch(
      /change 2 \(vgpu create --type L40-4Q --name desk1\) cannot be reverted alone: the later change 4 touched gpus\.0\.\S+ \(EBUSY\) \[conflict\]\nhint: nvgpu rollback 1, /,
    )
  })

  it('on a host of several GPUs takes back what was done to one of them', async () => {
    await ok('host init --board L40 --gpus 2')
    await ok('vf enable 2 --gpu 0')
    await ok('vgpu create --type L40-4Q --gpu 0 --name a')
    await ok('vf enable 2 --gpu 1')
    await ok('vgpu create --type L40-8Q --gpu 1 --name b')
    await ok('undo 3')
    expect((await items('vgpu list')).map((vgpu: { name: string }) => vgpu.name)).toEqual(['b'])
    await ok('vgpu create --type L40-6Q --gpu 0 --name c')
    await ok('vgpu stop --all')
  })

  it('takes back what is the newest change by then, if somebody was faster', async () => {
    await ok('vf enable 4')
    await ok('vgpu create --type L40-4Q --name first')
    const model = { schema: SCHEMA, initial: () => newHost(), check: checkHost }
    let times = 0
    const io = {
      ...nodeIo,
      // asked for right before the transaction, when the history has been read
      uuid: () => {
        times += 1
        if (times === 1) {
          const operation = { id: 'faster', time: '', command: 'somebody else' }
          Store.open({ dir: bench.stateDir, model }).transact(operation, (state: HostState) => {
            boundHost(state).stopVgpus({ selectors: ['first'] })
          })
        }
        return nodeIo.uuid()
      },
    }
    const settings = { ...SETTINGS, stateDir: bench.stateDir }
    const { of } = await undo({ io, settings, argv: ['undo'] }, undefined, false)
    expect([of.seq, of.command, times]).toEqual([3, 'somebody else', 2])
    expect(await items('vgpu list')).toMatchObject([{ name: 'first', state: 'running' }])
  })

  it('has nothing to do on a new host', async () => {
    expect(await refused('undo', 3)).toContain('nothing has been changed yet')
    expect(await refused('history show 1', 3)).toContain('nothing has been changed yet')
  })

  it('does not take back one side of a migration, unless it is told to', async () => {
    const other = new Bench()
    await ok('vf enable 2')
    await other.sh('vf enable 2')
    await ok('vgpu create --type L40-4Q --name desk')
    await ok(`migrate desk --to ${other.stateDir}`)
    expect(await items('vgpu list')).toEqual([])
    expect(await refused('rollback 2', 4)).toContain('is one side of a migration')
    expect((await other.sh('undo')).status).toBe(4)
    await ok('rollback 2 --force')
    expect(await items('vgpu list')).toHaveLength(1)
    other.dispose()
  })
})

describe('history', () => {
  it('lists what host history lists', async () => {
    await live()
    expect(await ok('history list')).toBe(await ok('host history'))
    expect(await ok('history list -o json --max 2')).toBe(await ok('host history -o json --max 2'))
  })

  it('shows what a change changed, place by place, and the rest with --all', async () => {
    await live()
    const [change, ...more] = await items('history show 3')
    const uuid = (await items('vgpu list --defined'))[0].uuid
    expect(more).toEqual([])
    expect(change).toEqual({
      path: `definitions.${uuid}`,
      change: 'add',
      after: expect.objectContaining({ uuid, name: 'meant', vgpuType: 874 }),
    })
    const paths = async (line: string) => (await items(line)).map((item: { path: string }) => item.path)
    const stopped = await paths('history show 5')
    expect(stopped).toContain('gpus.0.vfs.0.opened')
    expect(stopped).not.toContain('now')
    expect(await paths('history show 5 --all')).toEqual(expect.arrayContaining([...stopped, 'now']))
    expect((await ok('history show 5')).split('\n').slice(0, 2)).toEqual([
      expect.stringMatching(/^change 5, \d{4}-.*Z: vgpu stop desk1$/),
      expect.stringMatching(/^PLACE +BEFORE +AFTER$/),
    ])
  })

  it('diff compares any two states: status 6 when they differ, 0 when they do not', async () => {
    await live()
    const between = await bench.sh('history diff 2 3 -o json')
    expect(between.status).toBe(6)
    expect(JSON.parse(between.stdout).items).toEqual(await items('history show 3'))
    expect((await bench.sh('history diff 6')).status).toBe(0)
    expect((await bench.sh('history diff 0')).status).toBe(6)
    const back = JSON.parse((await bench.sh('history diff 3 2 -o json')).stdout).items
    expect(back).toMatchObject([{ change: 'remove', before: { name: 'meant' } }])
    expect(await refused('history diff 9', 3)).toContain('there is no change 9 yet')
  })
})
