import fs from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { boardNames } from '../../src/catalog/boards.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { smiView } from '../../src/engine/smi/facts.ts'
import { drawQ, drawQXml } from '../../src/render/smi/q-report.ts'
import { STYLES, styleOfDriver } from '../../src/render/smi/style.ts'
import { Bench } from './captured-io.ts'
import { expectShape, golden } from './smi-golden.ts'

/** The captures stay outside of the project. */
const CAPTURES = '../shared/reference/captured'
const withCaptures = it.skipIf(!fs.existsSync(CAPTURES))
const NOW = new Date(2026, 10, 22, 18, 38, 53)

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => {
  bench.dispose()
})

const bare = (board: string) => smiView(newHost({ board, profile: 'vgpu17', vgpu: false }), [0])

/** A log without its values; empty lines at either end left out. */
function labels(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.replace(/^GPU [0-9A-F:.]+$/, 'GPU <>').replace(/: .*$/, ': <>'))
}

async function ok(line: string): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line)
  expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' })
  return stdout
}

describe('the style of a release', () => {
  it.each([
    ['A40', 'q-550-a40.txt'],
    ['L4', 'q-550-l4.txt'],
  ])('I 2.1: 550 -q of an %s has every label of its capture, to the character', (board, file) => {
    expectShape(drawQ(bare(board), STYLES['550'], NOW, null), golden(file))
  })

  withCaptures.each([
    ['A40', 'releases/550.127.05-A40-q.txt', '550'],
    ['L40S', 'releases/550.127.05-L40S-q.txt', '550'],
    ['L4', 'releases/550.90.07-L4-q.txt', '550'],
    ['H200-SXM5-141GB', 'nvidia-smi-q.txt', '580'],
  ] as const)('I 2.1: -q of an %s has the labels of %s in their order, and no others', (board, file, style) => {
    const captured = fs.readFileSync(`${CAPTURES}/${file}`, 'utf8')
    expect(labels(drawQ(bare(board), STYLES[style], NOW, null))).toEqual(labels(captured))
  })

  withCaptures('I 2.1: the table of an A40 is that of its capture, but for values', async () => {
    const board = (text: string) =>
      text
        .slice(text.indexOf('+---'))
        .split('\n')
        .slice(0, 10)
        .map((line) => line.replace(/N\/A|[\w.:%]+/g, 'x').replace(/ +/g, ' '))
    await ok('host init --board A40 --profile vgpu17 --no-vgpu')
    const captured = fs.readFileSync(`${CAPTURES}/releases/550.127.05-A40.txt`, 'utf8')
    expect(board(await ok('smi'))).toEqual(board(captured))
  })

  it('I 2.1: 550 -q -x has the elements of its labels', () => {
    // no capture of this XML is complete: elements beyond the known ones are those of 580
    const xml = drawQXml(bare('A40'), STYLES['550'], NOW)
    expectShape(xml, golden('q-550.xml'))
    for (const element of [
      'gpu_module_id',
      'gpu_reset_status',
      'sparse_operation_mode',
      'power_draw',
      'graphics_volt',
    ]) {
      expect(xml).toContain(`<${element}>`)
    }
    for (const element of ['average_power_draw', 'instant_power_draw', 'gpu_recovery_action'])
      expect(xml).not.toContain(element)
    expect(xml).toContain('<display_mode>Enabled</display_mode>')
  })

  it('I 2.1: is the newest that is not above the driver', async () => {
    const releases = ['535.113.01', '550.54.16', '570.144', '579.99', '580.00', '595.45.04']
    expect(releases.map((release) => styleOfDriver(release).name)).toEqual(['550', '550', '550', '550', '580', '580'])
    await ok('vf enable 1')
    await ok('vgpu create --type L40-4Q')
    expect(await ok('smi vgpu -q')).toMatch(/^ {12}Gpu {27}: /m)
    expect(await ok('smi --style 580 vgpu -q')).toMatch(/^ {12}GPU {27}: /m)
    expect(await ok('query --gpu=display_mode --format=csv,noheader')).toMatch(/^(Enabled|Disabled)$/m)
    expect(await ok('smi --style 580 --query-gpu=display_mode --format=csv,noheader')).toContain('deprecated')
  })
})

const FIELDS = [
  'pstate',
  'temperature.gpu',
  'power.draw',
  'power.limit',
  'clocks.current.graphics',
  'clocks.max.graphics',
  'pcie.link.gen.current',
  'pcie.link.gen.max',
  'pcie.link.width.current',
  'pcie.link.width.max',
  'vbios_version',
  'inforom.img',
].join(',')

describe('values that such a board always has', () => {
  it.each(boardNames().filter((name) => !['L2', 'L40G'].includes(name)))('I 2.2: are there on %s', async (board) => {
    const log = drawQ(bare(board), STYLES['550'], NOW, null)
    const required =
      /^ +(?:VBIOS Version|Board Part Number|GPU Part Number|Image Version|Performance State|GPU Current Temp|Power Draw|Graphics|SM|Video|Current Power Limit|Max Power Limit|Replays Since Reset) +: (.*)$/gm
    const before = log.slice(0, log.indexOf('GPU Memory Power Readings')) + log.slice(log.indexOf('\n    Clocks\n'))
    const values = [...before.matchAll(required)].map(([, value]) => value)
    expect(values.length).toBeGreaterThan(15)
    expect(values.filter((value) => value === 'N/A')).toEqual([])
  })

  it('I 2.2: rise under load and fall when idle, the same at the same time', async () => {
    await ok('host init --board A40 --profile vgpu17')
    const ask = () => ok(`smi --query-gpu=${FIELDS} --format=csv,noheader,nounits`)
    const idle = await ask()
    expect(idle).toMatch(/^P8, 29, 29\.70, 300\.00, 210, 1740, 1, 4, 16, 16, 94\.02\.5C\.00\.03, G133\.0200\.00\.05\n$/)
    expect(await ask()).toBe(idle)
    await ok('vf enable 4')
    for (let count = 0; count < 4; count++) await ok('vgpu create --type A40-12Q')
    await ok('host advance 60s')
    const [pstate, degrees, watts, limit, clock, , gen] = (await ask()).split(', ')
    expect([pstate, clock, gen]).toEqual(['P0', '1740', '4'])
    expect(Number(degrees)).toBeGreaterThan(29)
    expect(Number(watts)).toBeGreaterThan(30)
    expect(Number(watts)).toBeLessThan(Number(limit))
    expect(await ok('smi')).toMatch(/\| {2}0% {3}\d\dC {4}P0 {8,}\d+W \/ {2}300W \|/)
  })
})
