import { cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { withCrc } from '../../src/store/disk/checked-file.ts'
import { frame, readLines } from '../../src/store/log/record.ts'
import { treeStart } from '../../src/store/materialized-state.ts'
import { Home } from './home.ts'

const A = '11111111-2222-4333-8444-555555555555'

/** A host with a life behind it: some checkpoints, and a log with changes in it. */
let used: Home
/** that host, exported */
let host = ''
beforeAll(() => {
  used = new Home()
  used.ok('host init --board L40 --gpus 2', 'vf enable 4 --gpu 0', `vgpu create -t L40-4Q -u ${A} -n desk7`)
  for (let times = 0; times < 5; times++) used.ok('vgpu stop desk7', 'vgpu start desk7')
  while (readFileSync(join(used.stateDir, newestOf(used, 'log'))).length < 3000) used.ok('host advance 1s')
  used.ok('host advance 1s', 'gpu ecc on --gpu 1')
  host = used.ok('host export')
})
afterAll(() => used.dispose())

let home: Home
beforeEach(() => {
  home = new Home()
  cpSync(used.stateDir, home.stateDir, { recursive: true })
})
afterEach(() => home.dispose())

/** The newest log or snapshot of a directory. */
function newestOf({ stateDir }: Home, kind: 'log' | 'snap'): string {
  const epoch = (name: string) => Number(name.split('.')[1])
  const names = readdirSync(stateDir).filter((name) => name.startsWith(kind))
  return names.sort((a, b) => epoch(a) - epoch(b)).at(-1) ?? ''
}

const newest = (kind: 'log' | 'snap') => newestOf(home, kind)

/** The file of a GPU that the newest snapshot names. */
function shardOf(bus: string): string {
  const snapshot = readFileSync(join(home.stateDir, newest('snap')), 'utf8')
  const names = readdirSync(join(home.stateDir, 'shards')).filter((name) => name.startsWith(`0000-${bus}-00.0`))
  const epochs = names.map((name) => Number(name.split('.')[2]))
  expect(snapshot).toContain(`0000:${bus}:00.0`)
  return `shards/0000-${bus}-00.0.${Math.max(...epochs)}.json`
}

interface Finding {
  readonly file: string
  readonly severity: string
  readonly problem: string
  readonly mend: string | null
  readonly mended: boolean
}

function fsck(...options: readonly string[]): { status: number | null; findings: Finding[] } {
  const { status, stdout, stderr } = home.run(['host', 'fsck', '-o', 'json', ...options])
  expect(stderr).toBe('')
  return { status, findings: JSON.parse(stdout).items }
}

function flipBit(name: string, from: number): void {
  home.tamper(name, (bytes) => {
    bytes.writeUInt8(bytes.readUInt8(from) ^ 1, from)
    return bytes
  })
}

/** What every command has to say of a directory that cannot be read. */
function expectCorrupt(...lines: readonly string[]): void {
  for (const line of lines) {
    const { status, stdout, stderr } = home.sh(line)
    expect([line, status, stdout]).toEqual([line, 8, ''])
    expect(stderr).toMatch(/^nvgpu: .*\(EUCLEAN\) \[corrupt\]\nhint: nvgpu host fsck( --repair)?\n$/)
  }
}

describe('host fsck', () => {
  it('says that nothing is wrong, and of how many changes', () => {
    const { seq } = JSON.parse(home.ok('host history --max 1 -o json')).items[0]
    for (const line of ['host fsck', 'host fsck --repair']) {
      expect(home.sh(line)).toMatchObject({
        status: 0,
        stdout: '',
        stderr: `nothing is wrong; the newest change is number ${seq}\n`,
      })
    }
  })

  it('finds one turned bit in any kind of file and turns it back', () => {
    for (const name of [newest('snap'), newest('log'), shardOf('c1'), shardOf('c2')]) {
      flipBit(name, Math.floor(statSync(join(home.stateDir, name)).size / 2))
      const found = fsck()
      expect(found.findings.map(({ file, mended }) => [file, mended])).toContainEqual([name, false])
      expect(found.findings.every(({ mend }) => mend !== null)).toBe(true)
      const mended = fsck('--repair')
      expect([name, mended.status]).toEqual([name, 0])
      expect(mended.findings.every((finding) => finding.mended)).toBe(true)
      expect(fsck()).toEqual({ status: 0, findings: [] })
      expect(home.ok('host export')).toBe(host)
    }
  })

  it.each(['snapshot', 'shard'])('writes a lost %s again, from what came before it', (kind) => {
    rmSync(join(home.stateDir, kind === 'shard' ? shardOf('c1') : newest('snap')))
    if (kind === 'shard') expectCorrupt('vgpu list', 'vgpu stop desk7')
    expect(fsck('--repair').status).toBe(0)
    expect(fsck()).toEqual({ status: 0, findings: [] })
    expect(home.ok('host export')).toBe(host)
    home.ok('vgpu stop desk7')
  })

  it('goes back to what came before damage in the middle of the log, only when told, and says what is lost', () => {
    const log = newest('log')
    home.tamper(log, (bytes) => {
      const middle = bytes.indexOf('\n', bytes.length / 2)
      return bytes.fill('#', middle - 40, middle)
    })
    expectCorrupt('vgpu list', 'vgpu stop desk7', 'host advance 1s')
    const found = fsck()
    expect(found.status).toBe(8)
    expect(found.findings.map(({ file, mend }) => [file, mend])).toContainEqual([
      log,
      expect.stringMatching(/^the state goes back to change \d+/),
    ])
    expect(fsck()).toEqual(found)
    const { status, findings } = fsck('--repair')
    expect(status).toBe(0)
    expect(findings).toContainEqual(expect.objectContaining({ file: log, severity: 'loss', mended: true }))
    expect(home.ok('vgpu list -q').trim()).toBe(A)
    home.ok('vgpu stop desk7', 'vgpu destroy desk7')
    expect(fsck().status).toBe(0)
  })

  it('says so when nothing can bring a GPU back, and the GPUs that are left can still be looked at', () => {
    for (const name of readdirSync(join(home.stateDir, 'shards'))) {
      if (name.startsWith('0000-c2')) rmSync(join(home.stateDir, 'shards', name))
    }
    for (const name of readdirSync(home.stateDir)) {
      if (/^(log|snap)\./.test(name) && name !== newest('log') && name !== newest('snap'))
        rmSync(join(home.stateDir, name))
    }
    for (const options of [[], ['--repair']]) {
      const { status, findings } = fsck(...options)
      expect(status).toBe(8)
      expect(findings.some(({ severity, mended }) => severity === 'loss' && !mended)).toBe(true)
    }
    expectCorrupt('gpu list', 'vgpu create -t L40-4Q --gpu 1')
    expect(home.sh('vgpu show desk7').stderr).not.toContain('internal error')
  })
})

describe('a state whose sums fit and that is no host', () => {
  /** Sets one member in the file of the first GPU, with a sum that fits. */
  function plant(key: string, value: unknown): void {
    home.tamper(shardOf('c1'), (bytes) => {
      const gpu = JSON.parse(bytes.toString('utf8', treeStart(bytes)))
      return withCrc(JSON.stringify({ ...gpu, [key]: value }))
    })
  }

  it.each([
    ['vfs', null],
    ['vfs', [1]],
    ['vfs', {}],
    ['nvkm', 7],
    ['hw', []],
    ['gsp', 'x'],
    ['vgpus', [null]],
    ['board', 'L41'],
    ['__proto__', { polluted: true }],
  ])('is said to be damaged, never taken for a bug: %s is %j', (key, value) => {
    plant(key, value)
    const found = fsck()
    const refused = [
      'gpu list',
      'vgpu list',
      'vf list',
      'vgpu stop desk7',
      'vgpu create -t L40-4Q',
      'smi',
      'host export',
    ]
    for (const line of refused) {
      const { status, stderr } = home.sh(line)
      expect([line, stderr.includes('internal error')]).toEqual([line, false])
      expect([line, [0, 3, 8].includes(status ?? -1)]).toEqual([line, true])
      if (status === 8)
        expect([line, stderr]).toEqual([line, expect.stringMatching(/\nhint: nvgpu host fsck( --repair)?\n$/)])
    }
    expect(found.status).toBe(8)
    expect(found.findings.at(-1)).toMatchObject({ severity: 'loss', mend: null })
    expect(fsck('--repair').status).toBe(8)
  })

  it('in a record of the log is found as well', () => {
    home.tamper(newest('log'), (bytes) => {
      const parts: Buffer[] = []
      readLines(bytes, ({ record }) => {
        if (record === undefined) return
        const last = 'p' in record && record.c.startsWith('gpu ecc')
        parts.push(frame(last ? { ...record, p: [...record.p, [['gpus', 1, 'vfs'], 'none']] } : record))
      })
      return Buffer.concat(parts)
    })
    expectCorrupt('vf list', 'vf enable 4 --gpu 1', 'gpu reset 1')
    expect(fsck().findings.at(-1)?.problem).toContain('gpus[1].vfs is no list')
  })
})

describe('host history --max', () => {
  it('is the newest changes, oldest first, and all of them where there are fewer', () => {
    const all = JSON.parse(home.ok('host history -o json')).items
    expect(all.length).toBeGreaterThan(10)
    expect(all.at(-1).command).toBe('gpu ecc on --gpu 1')
    for (const max of [1, 3, all.length, 1_000_000]) {
      expect(JSON.parse(home.ok(`host history --max ${max} -o json`)).items).toEqual(all.slice(-max))
    }
    expect(JSON.parse(home.ok('host history --max 0 -o json')).items).toEqual([])
    expect(home.sh('host history --max 0').stderr).toBe('no change was asked for\n')
  })

  it('is a count', () => {
    for (const text of ['-1', '1.5', 'many', '', '99999999999999999999']) {
      const { status, stderr } = home.run(['host', 'history', `--max=${text}`])
      expect([text, status]).toEqual([text, 2])
      expect(stderr).toContain(`'${text}' is not a count`)
    }
  })
})

describe('a whole host as one file', () => {
  it('comes back byte for byte, in another directory and in a used one by force', () => {
    const file = home.file('host.json', host)
    const other = new Home()
    try {
      other.ok(`host import ${file}`)
      expect(other.ok('host export')).toBe(host)
      expect(other.ok('vgpu list -o json')).toBe(home.ok('vgpu list -o json'))
      other.ok('vgpu stop desk7', 'vgpu start desk7')
      expect(other.sh('host fsck').stderr).toMatch(/^nothing is wrong/)
      expect(other.sh(`host import ${file}`)).toMatchObject({ status: 4, stdout: '' })
      other.ok(`host import --force ${file}`)
      expect(other.ok('host export')).toBe(host)
    } finally {
      other.dispose()
    }
  })

  it('is refused when it is damaged, and the host stays as it was', () => {
    const parsed = JSON.parse(host)
    const [gpu] = parsed.gpus
    const files: Record<string, string> = {
      empty: '',
      cut: host.slice(0, host.length / 2),
      newer: JSON.stringify({ ...parsed, schema: 99 }),
      older: JSON.stringify({ ...parsed, schema: 0 }),
      foreign: JSON.stringify({ ...parsed, extra: 1 }),
      twice: JSON.stringify({ ...parsed, gpus: [gpu, gpu] }),
      prototype: host.replace('{', '{"__proto__":{"polluted":1},'),
      deep: '['.repeat(200_000),
    }
    for (const [name, content] of Object.entries(files)) {
      const { status, stdout, stderr } = home.run(['host', 'import', '--force', home.file(`${name}.json`, content)])
      expect([name, status, stdout]).toEqual([name, name === 'newer' ? 8 : 2, ''])
      expect([name, stderr]).toEqual([name, expect.stringContaining(`${name}.json`)])
      expect(home.ok('host export')).toBe(host)
    }
  })
})
