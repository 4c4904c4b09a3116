import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { loadNouns } from '../../src/cli/load-noun.ts'
import type { VerbSpec } from '../../src/cli/spec.ts'
import { Bench } from './captured-io.ts'
import { EVERY_VERB, prepareFiles } from './every-verb.ts'

/** Lines that make a file, which a second run would find. */
const ONCE = /^(host export|sysfs export) /

/** Lines whose second run finds everything done and says so, as every later one does. */
const SETTLES = /^nvml install /

let bench: Bench
let verbs: readonly (readonly [path: string, verb: VerbSpec])[] = []
beforeAll(async () => {
  bench = new Bench()
  await prepareFiles(bench)
  verbs = (await loadNouns()).flatMap((noun) =>
    noun.verbs.map((verb) => [`${noun.name} ${verb.name}`.trim(), verb] as const),
  )
})
afterAll(() => bench.dispose())

interface Document {
  readonly kind: string
  readonly items: readonly object[]
}

async function printed(line: string, options: string): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(`${line} ${options}`.replaceAll('DIR', bench.dir))
  // 5 and 6: it does not fit, it differs
  expect([0, 5, 6], `${line} ${options}: ${stderr}`).toContain(status)
  return stdout
}

/** RFC 4180, to the letter: CRLF behind every record, quotes only around what needs them. */
function parseCsv(text: string): string[][] {
  const records: string[][] = []
  let rest = text
  while (rest !== '') {
    const record: string[] = []
    for (;;) {
      const match = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest)
      if (match === null) throw new Error(`no RFC 4180: ${JSON.stringify(rest.slice(0, 80))}`)
      record.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'))
      rest = rest.slice(match[0].length)
      if (match[3] === '\r\n') break
    }
    records.push(record)
  }
  return records
}

/** UUIDs of vGPUs that are made are new at every run. */
function same(text: string): string {
  return text.replaceAll(/0{8}-0{4}-4000-8000-\d{12}/g, 'UUID')
}

describe('one answer in every format', () => {
  it.each(EVERY_VERB)('nvgpu %s', async (line) => {
    const [, verb] = verbs.filter(([path]) => `${line} `.startsWith(`${path} `)).at(-1) ?? []
    const writes = verb?.changes === true || verb?.options.dryRun !== undefined
    const trial = writes && !line.includes('--dry-run') ? '--dry-run ' : ''
    const inFormat = async (options: string) => same(await printed(line, `${trial}-o ${options}`))
    if (SETTLES.test(line)) await printed(line, '')
    if (!ONCE.test(line)) await compare(inFormat)
    if (trial !== '' || ONCE.test(line)) await printed(line, '')
  })
})

async function compare(inFormat: (options: string) => Promise<string>): Promise<void> {
  const document: Document = JSON.parse(await inFormat('json'))
  const { items } = document
  expect(Object.keys(document).slice(0, 3)).toEqual(['schema', 'kind', 'items'])
  expect(parseYaml(await inFormat('yaml'))).toEqual(document)
  expect(lines(await inFormat('jsonl')).map((text) => JSON.parse(text))).toEqual(items)
  const names = lines(await inFormat('name'))
  expect(names).toHaveLength(items.length)
  for (const name of names) expect(name.trim()).not.toBe('')

  const csv = parseCsv(await inFormat('csv'))
  const [header = []] = csv
  expect(new Set(header).size).toBe(header.length)
  expect(csv.length > 1).toBe(items.length > 0)
  for (const record of csv) expect(record).toHaveLength(header.length)
  expect(parseCsv(await inFormat('csv --no-header'))).toEqual(csv.slice(1))
  for (const [row, record] of parseCsv(await inFormat('csv --no-units')).entries()) {
    for (const [column, cell] of record.entries()) {
      const whole = csv[row]?.[column] ?? ''
      expect(whole === cell || (/^\d[\d.]* [A-Za-z%/]+$/.test(whole) && whole.startsWith(`${cell} `)), whole).toBe(true)
    }
  }

  const [table, wide] = [await inFormat('table'), await inFormat('wide')]
  for (const text of [table, wide]) {
    expect(text === '' || text.endsWith('\n')).toBe(true)
    expect(text).not.toMatch(/\r|\t/)
  }
}

function lines(text: string): string[] {
  expect(text === '' || text.endsWith('\n')).toBe(true)
  return text.split('\n').slice(0, -1)
}

describe('one shape whatever the count', () => {
  const counts = {
    none: [],
    one: ['vgpu create -t L40-4Q'],
    many: ['vgpu create -t L40-4Q -n a', 'vgpu create -t L40-4Q -n b'],
  }
  const LISTS = ['vgpu list', 'vgpu list --all', 'vgpu stats', 'gsp plugins', 'vgpu dmon -c 1', 'fault list', 'vf list']

  it.each(LISTS)('nvgpu %s', async (line) => {
    const shapes = new Set<string>()
    const numbers: number[] = []
    for (const commands of Object.values(counts)) {
      const host = new Bench()
      if (commands.length > 0) await host.sh(`vf enable ${commands.length}`)
      for (const command of [...commands, ...commands.map(() => 'fault add ops.allocFbmem --effect ENOSPC')]) {
        expect((await host.sh(command)).stderr).toBe('')
      }
      const document: Document = JSON.parse((await host.sh(`${line} -o json`)).stdout)
      const [header] = (await host.sh(`${line} -o csv`)).stdout.split('\r\n')
      shapes.add(JSON.stringify([Object.keys(document), document.kind, header]))
      numbers.push(document.items.length)
      host.dispose()
    }
    expect(shapes.size).toBe(1)
    expect(numbers).toEqual(line === 'vgpu dmon -c 1' ? [1, 1, 2] : [0, 1, 2])
  })
})
