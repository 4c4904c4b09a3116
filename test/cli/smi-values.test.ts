import fs from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => bench.dispose())

async function ok(line: string): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line)
  expect({ line, status, stderr }).toMatchObject({ line, status: 0 })
  return stdout
}

interface Row {
  readonly where: string
  readonly lines: readonly string[]
  readonly release: string
  readonly printed: string
  readonly source: string
}

/** Tables of the page below a heading. */
function rows(heading: string): Row[] {
  const page = fs.readFileSync('docs/smi-values.md', 'utf8')
  const [, part = ''] = page.split(`\n## ${heading}\n`)
  return (part.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => /^\|(?! -)/.test(line))
    .slice(1)
    .map((line) => {
      const cells = line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim())
      const [where = '', lines = '', ...more] = cells
      const [release, printed = '', source = ''] = more.length === 3 ? more : ['both', ...more]
      return { where, lines: lines.split(', '), release: release ?? 'both', printed, source }
    })
}

/** The labelled values of a report, by the path of labels. */
function valuesOf(report: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  const path: string[] = []
  for (const line of report.split('\n')) {
    const [, indent = '', label = '', , value] = /^( *)(.*?) *(: (.*))?$/.exec(line) ?? []
    if (label === '' || indent === '') continue
    path.length = Math.max(0, Math.ceil(indent.length / 4) - 1)
    path[Math.ceil(indent.length / 4) - 1] = label.trim()
    if (value === undefined) continue
    const key = path.join(' / ')
    found.set(key, (found.get(key) ?? new Set()).add(value.trim()))
  }
  return found
}

/** The reports of one host, without the heading of the log. */
async function logs(style: string): Promise<Map<string, Set<string>>> {
  const all = new Map<string, Set<string>>()
  for (const board of ['A40', 'L4', 'H200-SXM5-141GB']) {
    for (const line of [
      `host init --board ${board} --profile vgpu17 --force`,
      'gpu ecc on',
      'gpu reset',
      'vf enable 2',
    ])
      await ok(line)
    await ok(`vgpu create --type ${board.split('-')[0]}${board.startsWith('H') ? 'X-8C' : '-4Q'}`)
    for (const time of ['1s', '60s']) {
      await ok(`host advance ${time}`)
      const [, report = ''] = (await ok(`smi --style ${style} -q`)).split(/^GPU .*$/m)
      const [, more = ''] = (await ok(`smi --style ${style} -q -d SUPPORTED_CLOCKS,VOLTAGE`)).split(/^GPU .*$/m)
      for (const [key, values] of valuesOf(`${report}${more}`.replace(/^ {4}Processes\n( {8}.*\n)*/m, '')))
        all.set(key, new Set([...(all.get(key) ?? []), ...values]))
    }
  }
  return all
}

const SOURCES = ['host', 'board', 'type', 'rule', 'capture', 'identity', 'chip', 'banks', 'model', 'chosen']

describe('docs/smi-values.md', () => {
  it.each(['550', '580'])(
    'I 2.2: has every line of smi -q of %s, its fixed values, and no others',
    { timeout: 60_000 },
    async (style) => {
      const printed = await logs(style)
      const told = rows('smi -q').filter(({ release }) => release === 'both' || release === style)
      const lines = told.flatMap((row) =>
        row.lines.map((line) => ({ ...row, path: row.where === 'GPU' ? line : `${row.where} / ${line}` })),
      )
      // a supported board has either limits or distances to them
      expect([...printed.keys()].filter((key) => !lines.some(({ path }) => path === key))).toEqual([])
      expect(lines.filter(({ path }) => !printed.has(path)).map(({ path }) => path)).toEqual([])
      for (const { path, printed: fixed, source } of lines) {
        expect(SOURCES, path).toContain(source)
        if (fixed === '-' || !printed.has(path)) continue
        const values = [...(printed.get(path) ?? [])]
        expect({ path, odd: values.filter((value) => !fixed.split(' or ').includes(value)) }).toEqual({ path, odd: [] })
      }
    },
  )

  it.each(['550', '580'])('I 2.2: has every line of a MIG device of %s, and its fixed values', async (style) => {
    const told = rows('MIG devices').filter(({ release }) => release === 'both' || release === style)
    await ok('host init --board H100-SXM5-80GB --profile vgpu17 --force')
    for (const line of ['gpu ecc on', 'gpu reset', 'smi -mig 1', 'smi mig -cgi 9 -C']) await ok(line)
    const [, block = ''] = /( {4}MIG Device\n( {8}.*\n)+)/.exec(await ok(`smi --style ${style} -q`)) ?? []
    const printed = valuesOf(block)
    const path = ({ where }: Row, line: string) =>
      where === 'MIG Device' ? `${where} / ${line}` : `MIG Device / ${where} / ${line}`
    const lines = told.flatMap((row) => row.lines.map((line) => ({ ...row, path: path(row, line) })))
    expect(lines.map((line) => line.path).sort()).toEqual([...printed.keys()].sort())
    for (const { path: at, printed: fixed, source } of lines) {
      expect(SOURCES, at).toContain(source)
      if (fixed !== '-') expect([...(printed.get(at) ?? [])], at).toEqual([fixed])
    }
  })

  it('I 2.2: has every line and column of the other reports', async () => {
    const other = rows('Other reports')
    const told = (screen: string) =>
      other
        .filter(({ where }) => where === screen)
        .flatMap(({ lines }) => lines)
        .sort()
    await ok('host init --board L40 --profile vgpu17 --force')
    for (const line of ['gpu scheduler equal-share', 'vf enable 2', 'vgpu create --type L40-4Q']) await ok(line)
    const labels = async (words: string) => {
      const all = [
        ...valuesOf(await ok(`smi ${words}`)).keys(),
        ...valuesOf(await ok(`smi --style 580 ${words}`)).keys(),
      ]
      return [
        ...new Set(all.map((key) => key.replace(/^(vGPU ID|vGPU Type ID|vGPU scheduler capabilities) \/ /, ''))),
      ].sort()
    }
    expect(told('vgpu -q').filter((line) => line !== 'MDEV UUID')).toEqual(await labels('vgpu -q'))
    expect(told('vgpu -s -v')).toEqual(await labels('vgpu -s -v'))
    const creatable = await labels('vgpu -c -v')
    expect(creatable.filter((line) => !told('vgpu -s -v').includes(line))).toEqual(told('vgpu -c -v'))
    for (const words of ['vgpu -ss', 'vgpu -sc', 'vgpu -m']) expect(told(words), words).toEqual(await labels(words))
    const heads = async (words: string) =>
      (await ok(`smi ${words} -c 1`)).split('\n')[0]?.split(/ +/).slice(2, -1).sort()
    expect(told('dmon')).toEqual(await heads('dmon -s pucvmet'))
    expect(told('pmon')).toEqual(await heads('pmon'))
    const [head = ''] = (await ok('smi topo -m')).split('\n')
    expect(told('topo -m')).toEqual(head.split('\t').slice(2).sort())
    for (const { source, where } of other) expect(SOURCES, where).toContain(source)
    await ok('host init --board L40 --profile vgpu16 --force')
    for (const line of ['vf enable 2', 'vgpu create --type L40-4Q']) await ok(line)
    expect(await labels('vgpu -q')).toEqual(told('vgpu -q'))
  })
})
