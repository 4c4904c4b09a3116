import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { EXPORTERS, type ExportRequest } from '../../src/cli/export/exporters.ts'
import type { HostKind } from '../../src/cli/export/kinds.ts'
import { metricsOf } from '../../src/cli/metrics-of.ts'
import { smiView } from '../../src/engine/smi/facts.ts'
import { eventViews } from '../../src/engine/views/events.ts'
import { posixQuote, shellQuote } from '../../src/errors/shell-quote.ts'
import { piecesOf } from '../../src/errors/text.ts'
import type { View } from '../../src/render/answer.ts'
import { drawCsv } from '../../src/render/csv.ts'
import { drawData } from '../../src/render/document.ts'
import { mermaidDiagram } from '../../src/render/export/mermaid.ts'
import { perfettoTrace } from '../../src/render/export/perfetto.ts'
import { FAULTS } from '../../src/render/fault.ts'
import { HOSTS, KERNEL_LOG } from '../../src/render/host.ts'
import { METRICS } from '../../src/render/metrics.ts'
import { drawQueryCsv } from '../../src/render/query/field.ts'
import { TYPE_FIELDS } from '../../src/render/query/type-fields.ts'
import { VGPU_FIELDS } from '../../src/render/query/vgpu-fields.ts'
import { drawQXml } from '../../src/render/smi/q-report.ts'
import { STYLES } from '../../src/render/smi/style.ts'
import { TYPES } from '../../src/render/type.ts'
import { VGPUS } from '../../src/render/vgpu.ts'
import type { Host } from '../engine/bound-host.ts'
import { missing } from '../house/installed.ts'
import { hostileTexts, hostWith, PLAIN, type Place } from './hostile-texts.ts'

/** Every generator beside the program that judges it; a later one joins by a row. */
interface Row {
  readonly title: string
  readonly write: (host: Host) => string | Promise<string>
  /** Every text that a real reader finds in each document. */
  readonly read: (documents: readonly string[]) => string[][]
  /** Places that are in it. */
  readonly shows: readonly Place[]
  /** What is a name of the other program's own making, of which nothing is read back. */
  readonly derived?: RegExp
}

const exported =
  (kind: HostKind, options: Partial<ExportRequest> = {}, notation?: 'json' | 'yaml') =>
  async (host: Host): Promise<string> => {
    const made = EXPORTERS[kind](host.state, {
      objects: [],
      mediated: false,
      novaRelease: 27,
      label: 'label',
      ask: null,
      ...options,
    })
    if ('text' in made) return typeof made.text === 'string' ? made.text : new TextDecoder().decode(made.text)
    if ('data' in made) return drawData(made.data, notation ?? made.notation)
    return made.documents.map(({ text }) => text).join('\f')
  }

const csv =
  <T>({ fields, records }: View<T>, items: (host: Host) => readonly T[]) =>
  (host: Host) =>
    drawCsv(
      fields,
      items(host).flatMap((item) => records?.(item) ?? [Object(item)]),
      { header: true, units: true },
    )

const SHAPE = { header: true, units: true }
const NOW = new Date(2026, 10, 22)
const all = (host: Host) => smiView(host.state, [0])
const listed = (host: Host) => host.listVgpus({ active: true, defined: true })
const metrics = (host: Host) =>
  metricsOf({
    host: host.hostView(),
    gpus: host.gpuViews(),
    instances: [],
    vgpus: host.vgpuViews(),
    running: all(host).gpus,
    state: host.state,
  })

/** The record of a type, in which its name stands as bytes. */
const RECORD = /^0:[0-9a-f]{8,}/

const NAMES = ['name', 'definition', 'vm', 'typeName'] as const
const ROWS: readonly Row[] = [
  { title: 'export nodedev', write: exported('nodedev', { mediated: true }), read: xml, shows: ['typeName'] },
  { title: 'export hostdev', write: exported('hostdev'), read: xml, shows: [] },
  { title: 'smi -q -x', write: (host) => drawQXml(all(host), STYLES['550'], NOW), read: xml, shows: ['driverVersion'] },
  { title: 'export qemu', write: exported('qemu', { mediated: true }), read: python(SHLEX()), shows: [] },
  {
    title: 'export nova --mdev',
    write: exported('nova', { mediated: true }),
    read: python(CONFIG()),
    shows: [],
  },
  { title: 'export nova', write: exported('nova'), read: python(CONFIG()), shows: [], derived: /CUSTOM_/ },
  { title: 'export mdevctl', write: exported('mdevctl'), read: json, shows: ['attribute'] },
  { title: 'export facts', write: exported('facts'), read: json, shows: [...NAMES, 'guestVersion', 'driverVersion'] },
  ...(['host', 'facts', 'mdevctl'] as const).flatMap((kind) => {
    const row = { write: exported(kind, {}, 'yaml'), shows: ['attribute'] as const, derived: RECORD }
    return [
      { ...row, title: `export ${kind} -o yaml`, read: yaml },
      { ...row, title: `export ${kind} -o yaml, to a reader of YAML 1.1`, read: python(YAML()) },
    ]
  }),
  { title: 'export vgpu-configs', write: exported('vgpu-configs'), read: python(YAML()), shows: ['typeName'] },
  {
    title: 'export kubevirt --mdev',
    write: exported('kubevirt', { mediated: true }),
    read: python(YAML()),
    shows: ['typeName'],
    derived: /^nvidia\.com\//,
  },
  { title: 'export ansible', write: exported('ansible'), read: (documents) => json(documents.map(run)), shows: NAMES },
  {
    title: 'vgpu list -o csv',
    write: csv(VGPUS, listed),
    read: python(READ_CSV()),
    shows: NAMES,
    // a list in a cell, which the test below takes apart
    derived: /^params=/,
  },
  {
    title: 'types list -o csv',
    write: csv(TYPES, (host) => host.typeViews()),
    read: python(READ_CSV()),
    shows: ['typeName'],
  },
  {
    title: 'host show -o csv',
    write: csv(HOSTS, (host) => [host.hostView()]),
    read: python(READ_CSV()),
    shows: ['driverVersion'],
  },
  {
    title: 'host log -o csv',
    write: csv(KERNEL_LOG, (host) => host.kernelLog()),
    read: python(READ_CSV()),
    shows: ['klog'],
  },
  {
    title: 'events export --format perfetto',
    write: (host) => perfettoTrace(eventViews(host.state)),
    read: json,
    shows: ['klog'],
  },
  {
    title: 'events export --format mermaid',
    write: (host) => mermaidDiagram(eventViews(host.state)),
    read: (documents) => documents.map(textsOfMermaid),
    shows: ['klog'],
  },
  {
    title: 'fault list -o csv',
    write: csv(FAULTS, (host) => host.faultViews()),
    read: python(READ_CSV()),
    shows: ['fault'],
  },
  {
    title: 'query --vgpu',
    write: (host) =>
      drawQueryCsv(
        VGPU_FIELDS,
        host.vgpuViews().map((vgpu) => ({ vgpu, smi: null })),
        SHAPE,
      ),
    read: python(READ_CSV('skipinitialspace=True')),
    shows: ['name', 'vm', 'typeName'],
  },
  {
    title: 'query --types',
    write: (host) => drawQueryCsv(TYPE_FIELDS, host.typeViews(), SHAPE),
    read: python(READ_CSV('skipinitialspace=True')),
    shows: ['typeName'],
  },
  {
    title: 'metrics',
    write: async (host) =>
      [
        ...piecesOf(
          (await METRICS.picture?.(metrics(host), {
            width: undefined,
            wide: false,
            header: true,
            color: false,
            unicode: false,
            now: NOW,
          })) ?? '',
        ),
      ].join(''),
    read: (documents) => documents.map(exposition),
    shows: ['name', 'vm', 'typeName', 'driverVersion'],
  },
]

const SAMPLES = fc.sample(hostileTexts, { seed: 20_261_122, numRuns: 12 })
const hosts: Host[] = []
beforeAll(() => {
  hosts.push(...[PLAIN, ...SAMPLES].map(hostWith))
})

describe('E 1: what a real reader reads is what the state has', () => {
  it.each(ROWS)(
    'of $title',
    async ({ write, read, shows, derived }) => {
      const documents = await Promise.all(hosts.map((host) => write(host)))
      const [plain = [], ...found] = read(documents).map((texts) =>
        texts.filter((text) => derived?.test(text) !== true),
      )
      for (const place of shows) expect(plain.join('\n')).toContain(PLAIN[place])
      for (const [index, texts] of SAMPLES.entries()) {
        const wanted = plain.map((text) => text.replace(/Zq(\w+?)Zq/g, (_, place: Place) => texts[place]))
        expect(found[index]?.sort(), JSON.stringify(texts)).toEqual(wanted.sort())
      }
    },
    60_000,
  )

  it('lists in a cell of CSV', () => {
    const lists = SAMPLES.map((texts) => Object.values(texts))
    const text = drawCsv(
      ['list'],
      lists.map((list) => ({ list })),
      { header: false, units: false },
    )
    const [cells = []] = python(READ_CSV())([text])
    const items = (cell: string) =>
      [...cell.matchAll(/((?:\\.|[^\\;])*)(?:;|$)/gs)].map(([, item = '']) => item.replace(/\\(.)/gs, '$1'))
    expect(cells.map((cell) => items(cell).slice(0, lists[0]?.length))).toEqual(lists)
  })

  it.each(['bash', 'zsh'])('words of the history, in %s whatever the locale', (shell) => {
    if (missing(shell) !== undefined) return
    const words = [
      ...SAMPLES.flatMap((texts) => Object.values(texts)),
      '=ls',
      '%1',
      'a\u202eb',
      '\u0085',
      "\x1b'\\",
      'a\x7fb',
    ]
    for (const locale of ['C', 'C.UTF-8']) {
      const line = `printf '%s\\0' ${words.map(shellQuote).join(' ')}`
      const { stdout } = spawnSync(shell, ['-c', line], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, LC_ALL: locale },
      })
      expect(stdout.split('\0').slice(0, -1)).toEqual(words)
    }
  })

  it.each(['a b', "it's", '$(touch proof)', '`id`', 'a\nb', 'a\u202eb', '\x1b[31m', '=x', 'grün'])(
    'the directory %j in a script for sh',
    (name) => {
      const { stdout } = spawnSync('sh', ['-c', `printf %s ${posixQuote(name)}`], { encoding: 'utf8' })
      expect(stdout).toBe(name)
    },
  )
})

/** Every text of some data: keys and values. */
function textsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [String(value)]
  if (Array.isArray(value)) return value.flatMap(textsOf)
  return Object.entries(value).flatMap(([key, member]) => [key, ...textsOf(member)])
}

function json(documents: readonly string[]): string[][] {
  return documents.map((text) => textsOf(JSON.parse(text)))
}

function yaml(documents: readonly string[]): string[][] {
  return documents.map((text) => textsOf(parseYaml(text)))
}

function xml(documents: readonly string[]): string[][] {
  return documents.map((text) => text.split('\f').flatMap(elements))
}

/** Names, attributes and texts of an XML document. */
function elements(text: string): string[] {
  const found: string[] = []
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => found.push(name, ...Object.entries(attributes).flat()))
  parser.on('text', (inside) => {
    if (inside.trim() !== '') found.push(inside)
  })
  parser.write(text).close()
  return found
}

/** What a POSIX shell makes of a script. */
function run(script: string): string {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  return stdout
}

/** A Python expression that makes texts of `text`, one process for all documents. */
function python(program: string): Row['read'] {
  return (documents) => {
    const script = `import csv, configparser, io, json, shlex, sys, yaml
def flat(value):
    if isinstance(value, dict): return [t for k, v in value.items() for t in [str(k)] + flat(v)]
    if isinstance(value, list): return [t for v in value for t in flat(v)]
    return ['null' if value is None else str(value).lower() if isinstance(value, bool) else str(value)]
${program}
json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)`
    const { status, stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', script], {
      encoding: 'utf8',
      input: JSON.stringify(documents),
      maxBuffer: 2 ** 28,
    })
    expect([status, stderr]).toEqual([0, ''])
    return JSON.parse(stdout)
  }
}

function YAML(): string {
  return 'def read(text): return flat(yaml.safe_load(text))'
}

function READ_CSV(options = ''): string {
  return `def read(text): return flat(list(csv.reader(io.StringIO(text, newline=''), strict=True, ${options})))`
}

function SHLEX(): string {
  return 'def read(text): return [word for line in text.splitlines() for word in shlex.split(line)]'
}

function CONFIG(): string {
  return `class Many(dict):
    def __setitem__(self, key, value):
        if isinstance(value, list) and key in self: self[key].extend(value)
        else: super().__setitem__(key, value)
def read(text):
    ini = configparser.RawConfigParser(strict=False, dict_type=Many)
    ini.read_string(text)
    return [t for name in ini.sections() for t in [name] + flat(dict(ini.items(name)))]`
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_]\w*)="((?:\\["\\n]|[^"\\\n])*)"(?:,(?!$)|$)/y

/** Names, labels and values, as the text format of Prometheus has them; anything else is refused. */
function exposition(text: string): string[] {
  expect(text.endsWith('\n')).toBe(true)
  return text
    .slice(0, -1)
    .split('\n')
    .filter((line) => !/^# (HELP|TYPE) [a-zA-Z_:][\w:]* ./.test(line))
    .flatMap((line) => {
      const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? []
      if (name === '' || Number.isNaN(Number(value))) throw new Error(`this is no sample: ${line}`)
      return [name, value, ...labelsOf(labels)]
    })
}

function labelsOf(text: string): string[] {
  const found: string[] = []
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < text.length) {
    const [, key, value] = LABEL.exec(text) ?? []
    if (key === undefined || value === undefined) throw new Error(`these are no labels: ${text}`)
    found.push(
      key,
      value.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character)),
    )
  }
  return found
}

/** The texts of a sequence diagram, by Mermaid's rules: a statement a line, `#N;` a character by its number. */
function textsOfMermaid(document: string): string[] {
  const [kind, ...lines] = document.trimEnd().split('\n')
  expect(kind).toBe('sequenceDiagram')
  return lines.map((line) => {
    const known = /^ {2}(?:participant P\d+ as|Note over P\d+:|P\d+--?>>P\d+:) (.*)$/u.exec(line)
    expect(known, line).not.toBeNull()
    expect(known?.[1]?.replaceAll(/#\d+;/g, '')).not.toMatch(/[#;:%<>"]/)
    return (known?.[1] ?? '').replaceAll(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
  })
}
