import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import type { MapView } from '../../src/contract/views/gpu.ts'
import type { HostView } from '../../src/contract/views/host.ts'
import { piecesOf } from '../../src/errors/text.ts'
import type { Page, View } from '../../src/render/answer.ts'
import { drawCsv, valueAt } from '../../src/render/csv.ts'
import { drawJson, drawYaml, jsonPieces } from '../../src/render/document.ts'
import { GPUS, gpuSheet } from '../../src/render/gpu.ts'
import { HOSTS } from '../../src/render/host.ts'
import { bar, mapView } from '../../src/render/map.ts'
import { drawOverview } from '../../src/render/overview.ts'
import { painter } from '../../src/render/paint.ts'
import { formatSeconds, formatSize } from '../../src/render/size.ts'
import { drawTable, paintTable } from '../../src/render/table.ts'
import { TOPOLOGY } from '../../src/render/topology.ts'
import { TYPES, typeSheet } from '../../src/render/type.ts'
import { VFS, vfSheet } from '../../src/render/vf.ts'
import { VGPUS, vgpuSheet } from '../../src/render/vgpu.ts'
import { CONFIGURED, GPU, MAP, RUNNING, TYPE, VF } from './views.ts'

const PIPE: Page = {
  width: undefined,
  wide: false,
  header: true,
  color: false,
  unicode: false,
  now: new Date(2026, 10, 2, 8, 3, 5),
}

const HOST: HostView = {
  face: 'upstream',
  profile: 'v2',
  driverVersion: '535.113.01',
  now: 0,
  gpus: 1,
  vfs: 1,
  vgpus: { configured: 2, running: 1 },
  definitions: 1,
  uploadedTypes: 0,
  suspended: false,
  tracing: false,
  faults: 0,
}

describe('the table', () => {
  it('lines up columns, right-aligns numbers and ends no line in a blank', () => {
    expect(drawTable(VGPUS.columns, [RUNNING, CONFIGURED], PIPE)).toBe(
      [
        'UUID                                  NAME   TYPE    STATE       GPU  VF            VM',
        '11111111-2222-4333-8444-555555555555  desk7  L40-4Q  running       0  0000:c1:00.4  win11',
        '66666666-2222-4333-8444-555555555555  -      L40-4Q  configured    0  0000:c1:00.5  -',
        '',
      ].join('\n'),
    )
  })

  it('shows more with wide, and no header when told', () => {
    expect(drawTable(VGPUS.columns, [RUNNING], { ...PIPE, wide: true })).toContain('CHANNELS')
    expect(drawTable(VGPUS.columns, [RUNNING], PIPE)).not.toContain('CHANNELS')
    expect(drawTable(VGPUS.columns, [RUNNING], { ...PIPE, header: false })).not.toContain('UUID')
  })

  it('fits any terminal that its shortened columns can fit, cuts the least important first, and cuts nothing in a pipe', () => {
    const lines = (width: number) => drawTable(VGPUS.columns, [RUNNING, CONFIGURED], { ...PIPE, width }).split('\n')
    for (const line of lines(80)) expect(line.length).toBeLessThanOrEqual(80)
    expect(lines(80)[1]).toContain('desk7')
    expect(lines(80)[1], 'K 5').toMatch(new RegExp(`^${RUNNING.uuid.slice(0, 8)} `))
    expect(lines(80).join('\n')).not.toContain('...')
    for (const line of lines(60)) expect(line.length).toBeLessThanOrEqual(60)
    expect(lines(60)[0]).not.toContain('VM')
    const long = drawTable(VGPUS.columns, [{ ...RUNNING, name: 'desk'.repeat(16) }], { ...PIPE, width: 60 })
    expect(long.split('\n')[1]).toMatch(/^.{57}\S*$/)
    expect(long).toContain('...')
    const widest = Math.max(...lines(200).map((line) => line.length))
    expect(lines(widest)).toEqual(lines(200))
    expect(lines(200).join('\n')).not.toContain('...')
  })

  it('keeps every column at the same place in every row whatever the data', () => {
    const columns = [
      { head: 'A', text: (row: readonly string[]) => row[0] ?? '', shrink: 0 },
      { head: 'B', text: (row: readonly string[]) => row[1] ?? '', right: true as const },
    ]
    const cell = fc.stringMatching(/^[a-z0-9]{1,20}$/)
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell), { minLength: 1 }),
        fc.option(fc.integer({ min: 1, max: 60 })),
        (rows, width) => {
          const text = drawTable(columns, rows, { ...PIPE, width: width ?? undefined })
          const lengths = text
            .trimEnd()
            .split('\n')
            .map((line) => line.length)
          expect(new Set(lengths).size).toBe(1)
          expect(text.split('\n')).toHaveLength(rows.length + 2)
        },
      ),
    )
  })

  it('counts places, not characters: two for wide ones and emoji, none for marks, and never half of one', () => {
    const named = (name: string) => ({ ...RUNNING, name, vm: null })
    const draw = (name: string, width?: number) =>
      drawTable(VGPUS.columns, [named(name), CONFIGURED], { ...PIPE, width }).split('\n')
    const typeAt = (line = '') => line.indexOf('L40-4Q')
    for (const [name, places, length] of [
      ['日本語', 6, 3],
      ['b☕😀', 5, 4],
      ['Büro', 4, 4],
      ['cafe\u0301', 4, 5],
      ['한국ｆ', 6, 3],
      ['❤\ufe0f', 2, 2],
      ['❤', 1, 1],
      ['1\ufe0f\u20e3 a\ufe0f', 4, 6],
    ] as const) {
      const [head, row, other] = draw(name)
      expect(head?.indexOf('TYPE'), name).toBe(typeAt(other))
      expect(typeAt(row), name).toBe(typeAt(other) - places + length)
    }
    expect(draw('日'.repeat(64), 54)[1]).toMatch(/ {2}日... {2,3}L40-4Q/)
    expect(draw('😀'.repeat(64), 54)[1]).toMatch(/ {2}😀... {2,3}L40-4Q/u)
    expect(draw('❤\ufe0f'.repeat(32), 54)[1]).toMatch(/ {2}❤\ufe0f... {2,3}L40-4Q/)
    const overview = drawOverview(
      { host: HOST, gpus: [GPU], gpuInstances: [], vfs: [VF], vgpus: [named('日本語日本語日本語'), named('日本語')] },
      { version: '0.1.0', page: PIPE },
    )
    expect(overview).toContain(' 日本語日本語...   L40-4Q ')
    expect(overview).toContain(` 日本語${' '.repeat(12)}L40-4Q `)
  })

  it('colours only the word that carries the state', () => {
    const plain = drawTable(VGPUS.columns, [RUNNING, CONFIGURED], PIPE)
    const painted = paintTable(VGPUS.columns, [RUNNING, CONFIGURED], { ...PIPE, paint: painter() }).join('')
    expect(painted).toContain('\u001b[32mrunning')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
    expect(painted.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain)
  })
})

describe('CSV', () => {
  it('has the same columns whatever the items hold, empty cells for what is not there, and units unless told not to', () => {
    const [header, running, configured, end] = drawCsv(VGPUS.fields, [RUNNING, CONFIGURED], {
      header: true,
      units: true,
    }).split('\r\n')
    expect(header).toContain('uuid,name,state,gpu,')
    expect(running?.split(',')).toHaveLength(header?.split(',').length ?? 0)
    expect(configured?.split(',')).toHaveLength(header?.split(',').length ?? 0)
    expect(running).toContain(',4096 MiB,')
    expect(running).toContain(',134217728 B,')
    expect(configured).toContain('66666666-2222-4333-8444-555555555555,,configured,')
    expect(end).toBe('')
    const bare = drawCsv(VGPUS.fields, [RUNNING], { header: false, units: false })
    expect(bare).toContain(',4096,')
    expect(bare).not.toContain('uuid')
  })

  it('can be read back by RFC 4180 whatever the texts are', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ a: fc.string(), b: fc.string() }), { minLength: 1 }), (records) => {
        const text = drawCsv(['a', 'b'], records, { header: false, units: true })
        expect(readCsv(text)).toEqual(records.map(({ a, b }) => [a, b]))
      }),
    )
  })

  it('has a column for every plain value of a view', () => {
    const views: [View<never>, object][] = [
      [VGPUS, RUNNING],
      [VFS, VF],
      [GPUS, GPU],
      [TYPES, TYPE],
      [HOSTS, HOST],
    ]
    for (const [view, item] of views) {
      const paths = view.fields.map((field) => (typeof field === 'string' ? field : field[0]))
      expect(leaves(item, '').filter((leaf) => !paths.includes(leaf))).toEqual([])
      for (const path of paths) expect(valueAt(item, path), path).not.toBeUndefined()
    }
  })

  it('does not follow a path into a prototype', () => {
    expect(valueAt({}, 'constructor.name')).toBeUndefined()
    expect(valueAt({ a: { b: 1 } }, 'a.b')).toBe(1)
  })
})

describe('documents', () => {
  const document = { schema: 1 as const, kind: 'vgpus', items: [RUNNING] }

  it('JSON and YAML say the same', async () => {
    expect(JSON.parse(drawJson(document))).toEqual(document)
    expect(parseYaml(await drawYaml(document))).toEqual(document)
  })

  it('E 6: comes in pieces that are the document', () => {
    const text = '\n  "items": []\n\u2028'
    const item = { name: text, list: [1, { a: [] }], none: null }
    for (const count of [0, 1, 2, 3000]) {
      const items = Array.from({ length: count }, (_, index) => ({ ...item, index }))
      for (const more of [{}, { changed: true, warnings: [text], dryRun: true as const }]) {
        const whole = { schema: 1 as const, kind: 'vgpus', items, ...more }
        const pieces = [...jsonPieces(whole)]
        expect(pieces.join('')).toBe(drawJson(whole))
        if (count === 3000) expect(pieces.length).toBeGreaterThan(3)
      }
    }
  })

  it('JSON is indented by two and ends in a line feed', () => {
    expect(drawJson(document)).toMatch(/^\{\n {2}"schema": 1,\n {2}"kind": "vgpus",\n {2}"items": \[\n/)
    expect(drawJson(document).endsWith('}\n')).toBe(true)
  })
})

describe('a bar', () => {
  it('shows what is more than nothing, and only the whole fills it', () => {
    expect(bar(0, 100, 10)).toBe('[..........]')
    expect(bar(1, 1_000_000, 10)).toBe('[#.........]')
    expect(bar(50, 100, 10)).toBe('[#####.....]')
    expect(bar(999_999, 1_000_000, 10)).toBe('[#########.]')
    expect(bar(100, 100, 10)).toBe('[##########]')
    expect(bar(5, 0, 4)).toBe('[....]')
  })
})

describe('the map', () => {
  const draw = async (map: MapView, page: Page) => {
    const text = (await mapView('chidMaps', 'channels').picture?.([map], page)) ?? ''
    return [...piecesOf(text)].map(String).join('')
  }

  it('says nothing of fragmentation where what is free is in one piece, but for a few pages', async () => {
    expect(await draw({ ...MAP, free: 1025, gaps: 2 }, PIPE)).not.toContain('fragmentation')
  })

  it('K 10: gives a vGPU the same letter and colour in every map', async () => {
    const page = { ...PIPE, width: 20, color: true }
    const bar = (text: string) => text.split('\n').find((line) => line.startsWith('['))
    const [, second] = [MAP.ranges[0], MAP.ranges[2]]
    if (second === undefined) throw new Error('no second range')
    expect(bar(await draw(MAP, page))).toContain('\x1b[35mB')
    expect(bar(await draw({ ...MAP, ranges: [second] }, page))).toContain('\x1b[35mB')
  })

  it('K 5: draws the ranges in proportion and lists them, with owners by name and short UUID', async () => {
    expect(await draw(MAP, { ...PIPE, width: 50 })).toBe(
      [
        'GPU 0 (0000:c1:00.0) channels: 256 of 1536 used,',
        '  largest gap 1024',
        '[AAAA........BBBB................................]',
        'fragmentation [#####...................] 20 %: 256',
        '  of 1280 free lie apart, in 2 gaps',
        'MARK  FROM    TO  SIZE  OWNER',
        'A      512   639   128  desk1 (6f1c2f0e)',
        '.      640   895   256  free',
        'B      896  1023   128  b27c9d14 heap',
        '.     1024  2047  1024  free',
        '',
      ].join('\n'),
    )
  })

  it('never hides a range that is in use, however small', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1535 }), fc.integer({ min: 20, max: 200 }), async (at, width) => {
        const ranges = [
          { offset: 512, size: at, owner: null },
          { offset: 512 + at, size: 1, owner: 'one' },
          { offset: 513 + at, size: 1535 - at, owner: null },
        ].filter((range) => range.size > 0)
        const drawn = await draw({ ...MAP, used: 1, ranges }, { ...PIPE, width })
        expect(drawn.split('\n').find((line) => line.startsWith('['))).toContain('#')
      }),
    )
  })

  it('gives a CSV row for each range', () => {
    const records = mapView('chidMaps', 'channels').records?.(MAP) ?? []
    expect(records).toHaveLength(4)
    expect(records[0]).toEqual({ gpu: 0, bdf: '0000:c1:00.0', unit: 'channels', ...MAP.ranges[0] })
  })
})

describe('the topology', () => {
  it('K 10: is a tree down to the VM, with the other VFs in one line', () => {
    const vfs = [
      VF,
      { ...VF, index: 1, bdf: '0000:c1:00.5', vgpu: null },
      { ...VF, index: 2, bdf: '0000:c1:00.6', vgpu: null },
    ]
    const drawn = TOPOLOGY.picture?.([{ host: HOST, gpus: [GPU], gpuInstances: [], vfs, vgpus: [RUNNING] }], PIPE)
    expect(String(drawn).split('\n').slice(1)).toEqual([
      '`- NVIDIA L40',
      '   `- GPU 0 0000:c1:00.0, L40-4Q',
      `      |- VF ${VF.bdf}`,
      `      |  \`- vGPU ${RUNNING.uuid.slice(0, 8)} desk7, L40-4Q, running`,
      `      |     \`- VM ${RUNNING.vm} (pid ${RUNNING.pid})`,
      '      `- 2 VFs without a vGPU, 0000:c1:00.5 to 0000:c1:00.6',
      '',
    ])
  })
})

describe('the overview', () => {
  it.each([60, 80, 90])('K 5: is two listings on a terminal of %i columns, with short UUIDs', (width) => {
    const page = { ...PIPE, width }
    const drawn = drawOverview(
      { host: HOST, gpus: [GPU], gpuInstances: [], vfs: [VF], vgpus: [RUNNING] },
      { version: '0.1.0', page },
    )
    for (const line of drawn.split('\n')) expect(line.length).toBeLessThanOrEqual(width)
    expect(drawn).toMatch(/^GPU {2}/m)
    expect(drawn).toContain(RUNNING.uuid.slice(0, 8))
    if (width < 90) expect(drawn).not.toContain(RUNNING.uuid)
  })

  it('has the shape of nvidia-smi since 550: the date, then frames 91 wide, each board in three lines', () => {
    const drawn = drawOverview(
      { host: HOST, gpus: [GPU], gpuInstances: [], vfs: [VF], vgpus: [RUNNING, CONFIGURED] },
      { version: '0.1.0', page: PIPE },
    )
    const lines = drawn.trimEnd().split('\n')
    expect(lines[0]).toBe('Mon Nov  2 08:03:05 2026       ')
    for (const line of lines.slice(1)) expect([0, 91], line).toContain(line.length)
    expect(drawn).toContain(
      [
        '+-----------------------------------------+------------------------+----------------------+',
        '| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |',
        '| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |',
        '|                                         |                        |               MIG M. |',
        '|=========================================+========================+======================|',
        '|   0  NVIDIA L40                     On  |   00000000:C1:00.0 Off |                  Off |',
      ].join('\n'),
    )
    expect(drawn).toContain('|    4096MiB /  49152MiB |')
    expect(drawn).toContain('0000:c1:00.4  11111111  desk7')
  })

  it('cuts a long board name as nvidia-smi does', () => {
    const gpu = { ...GPU, name: 'NVIDIA RTX 5880 Ada Generation' }
    const drawn = drawOverview(
      { host: HOST, gpus: [gpu], gpuInstances: [], vfs: [], vgpus: [] },
      { version: '0.1.0', page: PIPE },
    )
    expect(drawn).toContain('NVIDIA RTX 5880 Ada Gene...')
    expect(drawn).toContain('No virtual functions enabled')
    expect(drawn).toContain('No vGPUs found')
  })
})

describe('sheets', () => {
  it('say everything there is about an object, and - for what there is not', async () => {
    expect(vgpuSheet([RUNNING])).toContain('  Channels:        512..639\n')
    expect(vgpuSheet([RUNNING])).toContain('Task log\n  task booted\n')
    expect(vgpuSheet([CONFIGURED])).toContain('VM:                -\n')
    expect(vfSheet([VF])).toContain('  BAR0:       16 MiB at 0xf0000000 (32-bit)\n')
    expect(typeSheet([TYPE])).toContain('  GPU 0:             11 creatable, in GSP\n')
    expect(await gpuSheet([GPU], PIPE)).toContain('FRAMEBUFFER       ADDRESS     SIZE\n')
  })

  it('draw the framebuffer layout in a box on a terminal, without colours of its own', async () => {
    const drawn = await gpuSheet([GPU], { ...PIPE, width: 100 })
    expect(drawn).toContain('│ vga workspace │')
    expect(drawn).not.toContain('\u001b')
  })
})

describe('units', () => {
  it('bytes take the largest unit that leaves a whole number', () => {
    expect([0, 512, 1024, 1_572_864, 268_435_456, 4_026_531_840, 51_539_607_552].map(formatSize)).toEqual([
      '0 B',
      '512 B',
      '1 KiB',
      '1536 KiB',
      '256 MiB',
      '3840 MiB',
      '48 GiB',
    ])
  })

  it('virtual time is seconds with six digits', () => {
    expect(formatSeconds(0)).toBe('0.000000')
    expect(formatSeconds(1_000_042)).toBe('1.000042')
  })
})

/** Paths of all values that are no objects and no lists of objects. */
function leaves(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.some((item) => typeof item === 'object') ? [] : [path]
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, member]) => leaves(member, path === '' ? key : `${path}.${key}`))
}

/** A plain reading of RFC 4180. */
function readCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let at = 0
  while (at < text.length) {
    let cell = ''
    if (text[at] === '"') {
      at += 1
      for (;;) {
        if (text[at] !== '"') cell += text[at]
        else if (text[at + 1] === '"') {
          cell += '"'
          at += 1
        } else break
        at += 1
      }
      at += 1
    } else {
      while (text[at] !== ',' && text[at] !== '\r') {
        cell += text[at]
        at += 1
      }
    }
    row.push(cell)
    if (text[at] === ',') at += 1
    else {
      at += 2
      rows.push(row)
      row = []
    }
  }
  return rows
}
