import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { withCrc } from '../../src/store/disk/checked-file.ts'
import { Store } from '../../src/store/store.ts'
import { scratch } from './scratch.ts'
import { SpyFiles } from './spy-files.ts'
import { fill, increment, incrementBoth, model, operation, type Tree } from './tree.ts'

const newDir = scratch()
const open = (dir: string, files = new SpyFiles()) => Store.open<Tree>({ dir, model, files })

/** Two checkpoints and a log with two changes behind them, six in all. */
const template = newDir()
beforeAll(() => {
  const store = open(template)
  for (const verb of [incrementBoth, fill, increment(1), fill, increment(1), incrementBoth]) {
    store.transact(operation(), verb)
  }
})

function copy(): string {
  const dir = newDir()
  cpSync(template, dir, { recursive: true })
  return dir
}

function numbered(epoch: number): Buffer {
  const text = readFileSync(`${template}/snap.2.json`, 'utf8').slice(9)
  return withCrc(text.replace('"epoch":2', `"epoch":${epoch}`))
}

const STRAYS: readonly [what: string, spoil: (path: string) => void][] = [
  ['a copy of a snapshot', (path) => copyFileSync(`${template}/snap.2.json`, path)],
  ['garbage', (path) => writeFileSync(path, 'not ours\n')],
  ['an empty file', (path) => writeFileSync(path, '')],
]

/** Set aside, the host has all of its changes, takes more, and folds them into the checkpoint that is next. */
function expectWhole(dir: string, aside: string): void {
  expect(open(dir).read().total).toBe(6)
  const report = open(dir).fsck({ repair: false })
  expect(report).toEqual({ ok: true, seq: 6, epoch: 2, findings: [] })
  expect(existsSync(`${dir}/${aside}`)).toBe(true)
  expect(open(dir).transact(operation(), increment())).toBe(7)
  open(dir).transact(operation(), fill)
  expect(readdirSync(dir)).toContain('snap.3.json')
  expect(open(dir).read().total).toBe(7)
}

describe('a snapshot that the host never came to', () => {
  it.each([...STRAYS, ['a snapshot of another host', (path: string) => writeFileSync(path, numbered(999))] as const])(
    '(%s) is refused by readers and writers, who name it and the mend, and is set aside by it',
    (_, spoil) => {
      const dir = copy()
      spoil(`${dir}/snap.999.json`)
      const refusal = expect.objectContaining({
        code: 'corrupt',
        message: expect.stringContaining('snap.999.json is not of this host'),
        hint: 'nvgpu host fsck --repair',
      })
      expect(() => open(dir).read()).toThrow(refusal)
      expect(() => open(dir).transact(operation(), increment())).toThrow(refusal)
      const before = readdirSync(dir)
      expect(open(dir).fsck({ repair: false })).toMatchObject({
        ok: false,
        findings: [{ file: 'snap.999.json', severity: 'damage', mend: 'set aside as snap.999.json.aside' }],
      })
      expect(readdirSync(dir)).toEqual(before)
      expect(open(dir).fsck({ repair: true })).toMatchObject({ ok: true, seq: 6, findings: [{ mended: true }] })
      expectWhole(dir, 'snap.999.json.aside')
    },
  )

  it.each(STRAYS)('(%s) is found too where it has the number that comes next', (_, spoil) => {
    const dir = copy()
    spoil(`${dir}/snap.3.json`)
    expect(() => open(dir).read()).toThrow(
      expect.objectContaining({ code: 'corrupt', hint: 'nvgpu host fsck --repair' }),
    )
    expect(open(dir).fsck({ repair: true })).toMatchObject({ ok: true, seq: 6 })
    expectWhole(dir, 'snap.3.json.aside')
  })

  it('is found among several, with the empty log that an earlier repair began for it, and before the first checkpoint', () => {
    const dir = copy()
    for (const epoch of [50, 999]) writeFileSync(`${dir}/snap.${epoch}.json`, 'not ours\n')
    writeFileSync(`${dir}/log.999.jsonl`, '')
    writeFileSync(`${dir}/snap.999.json.aside`, 'from before\n')
    expect(
      open(dir)
        .fsck({ repair: false })
        .findings.map(({ file }) => file),
    ).toEqual(['snap.50.json', 'snap.999.json', 'log.999.jsonl'])
    expect(open(dir).fsck({ repair: true }).ok).toBe(true)
    expect(readFileSync(`${dir}/snap.999.json.aside`, 'utf8')).toBe('from before\n')
    expectWhole(dir, 'snap.999.json.aside-2')

    const young = newDir()
    open(young).transact(operation(), increment())
    writeFileSync(`${young}/snap.999.json`, 'not ours\n')
    expect(open(young).fsck({ repair: true })).toMatchObject({ ok: true, seq: 1 })
    expect(open(young).read().total).toBe(1)
  })

  it.each([3, 4, 8])('is set aside together with a log (%i), for it says itself of which epoch it is', (epoch) => {
    const dir = copy()
    copyFileSync(`${dir}/snap.2.json`, `${dir}/snap.${epoch}.json`)
    copyFileSync(`${dir}/log.1.jsonl`, `${dir}/log.${epoch}.jsonl`)
    expect(() => open(dir).read()).toThrow(
      expect.objectContaining({ code: 'corrupt', hint: 'nvgpu host fsck --repair' }),
    )
    // Also where the GPUs of the newest real one have to be written again.
    for (const name of ['0000-c1-00.0.2.json', '0000-c2-00.0.2.json']) rmSync(`${dir}/shards/${name}`, { force: true })
    const foreseen = open(dir).fsck({ repair: false }).findings
    const report = open(dir).fsck({ repair: true })
    expect(report).toMatchObject({ ok: true, seq: 6 })
    expect(report.findings).toEqual(foreseen.map((finding) => ({ ...finding, mended: true })))
    expect(report.findings.map(({ file }) => file)).toContain(`snap.${epoch}.json`)
    expect(existsSync(`${dir}/log.${epoch}.jsonl.aside`)).toBe(true)
    expectWhole(dir, `snap.${epoch}.json.aside`)
  })

  it('is set aside where it has taken the place of a real one, which is written again', () => {
    const dir = copy()
    for (const [from, to] of [
      [1, 2],
      [2, 1],
    ]) {
      copyFileSync(`${template}/snap.${from}.json`, `${dir}/snap.${to}.json`)
    }
    expect(open(dir).fsck({ repair: true })).toMatchObject({ ok: true, seq: 6 })
    for (const epoch of [1, 2]) {
      expect(readFileSync(`${dir}/snap.${epoch}.json`).equals(readFileSync(`${template}/snap.${epoch}.json`))).toBe(
        true,
      )
    }
    expectWhole(dir, 'snap.2.json.aside')
  })

  it('is not one that was renamed together with its log: that is all there is of its changes', () => {
    const dir = copy()
    for (const [name, other] of [
      ['snap.2.json', 'snap.8.json'],
      ['log.2.jsonl', 'log.8.jsonl'],
    ]) {
      renameSync(`${dir}/${name}`, `${dir}/${other}`)
    }
    for (let times = 0; times < 2; times++) {
      expect(open(dir).fsck({ repair: true }).ok).toBe(false)
      expect(readdirSync(dir)).toEqual(expect.arrayContaining(['snap.8.json', 'log.8.jsonl']))
      expect(readdirSync(dir)).not.toContain('log.2.jsonl')
    }
  })

  it('is told from a real one that has lost its log: nobody goes back behind what was acknowledged', () => {
    const dir = copy()
    rmSync(`${dir}/log.2.jsonl`)
    expect(() => open(dir).read()).toThrow(/log\.2\.jsonl is missing/)
    expect(open(dir).fsck({ repair: false }).findings).toMatchObject([{ file: 'log.2.jsonl', severity: 'loss' }])
    // And has the log before it lost its end as well.
    const log = readFileSync(`${dir}/log.1.jsonl`, 'latin1')
    writeFileSync(`${dir}/log.1.jsonl`, log.slice(0, log.lastIndexOf('\n', log.length - 2)), 'latin1')
    expect(open(dir).fsck({ repair: true })).toMatchObject({ ok: true, seq: 4 })
    expect(readdirSync(dir)).toContain('snap.2.json')
  })

  it('is not taken for the host when what is older cannot be read either', () => {
    const dir = copy()
    writeFileSync(`${dir}/snap.999.json`, numbered(999))
    const path = `${dir}/log.2.jsonl`
    writeFileSync(path, readFileSync(path, 'latin1').replace('nvgpu test', 'NVGPU TEST'), 'latin1')
    const report = open(dir).fsck({ repair: true })
    expect(report.ok).toBe(false)
    expect(readdirSync(dir)).not.toContain('log.999.jsonl')
    expect(readFileSync(path, 'latin1')).toContain('NVGPU TEST')
  })

  it('costs a reader of a directory without one nothing', () => {
    const spy = new SpyFiles()
    open(template, spy).read()
    expect(spy.calls.map(({ call }) => call)).toEqual([
      ...['lstat', 'statfs', 'readdir'],
      ...['open', 'stat', 'read', 'close'],
      ...['open', 'stat', 'read', 'close'],
    ])
  })
})

describe('a file of operation ids that no checkpoint names', () => {
  it.each([1, 2, 5])('(of epoch %i) is set aside by a repair, never written over', (epoch) => {
    const dir = copy()
    writeFileSync(`${dir}/ids.${epoch}.json`, '[]\n')
    expect(open(dir).read().total).toBe(6)
    expect(open(dir).fsck({ repair: true })).toMatchObject({
      ok: true,
      findings: [{ file: `ids.${epoch}.json`, severity: 'damage', mended: true }],
    })
    expect(readFileSync(`${dir}/ids.${epoch}.json.aside`, 'utf8')).toBe('[]\n')
    expectWhole(dir, `ids.${epoch}.json.aside`)
  })

  it('is set aside before the first checkpoint too', () => {
    const dir = newDir()
    open(dir).transact(operation(), increment())
    writeFileSync(`${dir}/ids.5.json`, '[]\n')
    expect(open(dir).fsck({ repair: true }).ok).toBe(true)
    expect(readFileSync(`${dir}/ids.5.json.aside`, 'utf8')).toBe('[]\n')
  })
})

describe('a log that the host never came to', () => {
  it.each([3, 999])(
    'E 4: (of epoch %i) is refused, for a log may have lost its end, and set aside by a repair',
    (epoch) => {
      const dir = copy()
      copyFileSync(`${dir}/log.1.jsonl`, `${dir}/log.${epoch}.jsonl`)
      expect(
        open(dir)
          .history()
          .map(({ seq }) => seq),
      ).toEqual([1, 2, 3, 4, 5, 6])
      expect(() => open(dir).read()).toThrow(/log\.2\.jsonl ends too early: nothing in it leads to log\.\d+\.jsonl/)
      expect(open(dir).fsck({ repair: true })).toMatchObject({ ok: true, findings: [{ mended: true }] })
      expectWhole(dir, `log.${epoch}.jsonl.aside`)
    },
  )
})
