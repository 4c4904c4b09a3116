import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => {
  bench.dispose()
})

const YAML: [string, string][] = [
  ['.nan', 'which is not a number'],
  ['.NaN', 'which is not a number'],
  ['.inf', 'which is infinite'],
  ['-.INF', 'which is infinite'],
  ['1e400', 'which is too large for any number'],
  ['-1e400', 'which is too large for any number'],
  ['9007199254740993', 'which is above 2^53 - 1'],
  ['0xffffffffffffffff', 'which is above 2^53 - 1'],
  ['1e-400', 'which is too small for any number'],
  ['0.99999999999999999999', 'which is of more than 17 digits'],
]

const NUMBERS = [
  'gpus: [{gpu: 0, vfs: #}]',
  'gpus: [{gpu: 0, scheduler: {policy: equal-share, arr: true, frequency: #}}]',
  'vgpus: [{type: L40-4Q, count: #}]',
  'vgpus: [{type: L40-4Q, placement: #}]',
  'definitions: [{name: a, type: L40-4Q, vf: 0, placement: #}]',
  'host: {boards: [{board: L40, count: #}]}',
  'schema: #',
  'types: [{vgpuType: #}]',
  'types: [{vgpuExtraParams: [#]}]',
]

const WORDS = ['vgpus: [{type: #}]', 'vgpus: [{type: L40-4Q, gpu: #}]', 'vgpus: [{type: L40-4Q, attrs: [{a: #}]}]']

describe('E 6: what is no number to count with is named as what it is', () => {
  it.each(YAML)('in a description of a host: %s, %s', async (value, what) => {
    for (const place of NUMBERS) {
      const { status, stderr } = await bench.sh('apply -f -', { stdin: place.replace('#', value) })
      expect(status, place).not.toBe(0)
      expect(stderr, place).toContain(`needed here, not ${value}, ${what}`)
    }
  })

  it.each(YAML.slice(0, 6))('in a description, where a word is wanted: %s, %s', async (value, what) => {
    for (const place of WORDS) {
      const { stderr } = await bench.sh('apply -f -', { stdin: place.replace('#', value) })
      expect(stderr, place).toContain(`a word is needed here, not ${value}, ${what}`)
    }
    const { stderr } = await bench.sh('apply -f -', { stdin: `vgpus: [{type: '${value}'}]` })
    expect(stderr).toContain(`there is no vGPU type "${value}"`)
  })

  it('and a description of JSON says the same of it', async () => {
    const { stderr } = await bench.sh('diff -f -', { stdin: '{"gpus": [{"gpu": 0, "vfs": 1e400}]}' })
    expect(stderr).toContain('not 1e400, which is too large for any number')
  })

  it.each([
    ['nan', 'not a number'],
    ['inf', 'infinite'],
    ['1e400', 'too large for any number'],
    ['9007199254740993', 'above 2^53 - 1'],
  ])('in an option: %s, %s', async (value, what) => {
    const commands = [
      `vf enable ${value}`,
      `host init --gpus ${value}`,
      `host advance ${value}`,
      `undo ${value}`,
      `rollback ${value}`,
      `whatif --vfs ${value}`,
      `fit L40-4Q=${value}`,
      `gpu scheduler --time-slice ${value}`,
      `fault add a --after ${value}`,
      `vgpu create --type L40-4Q --placement-id ${value}`,
      `watch --count ${value} gpu list`,
    ]
    for (const command of commands) {
      const { status, stderr } = await bench.sh(command)
      expect([status, stderr], command).toEqual([2, expect.stringContaining(`is ${what}`)])
    }
  })

  it('with a unit behind it', async () => {
    expect((await bench.sh('host advance 1e400s')).stderr).toContain('it is too large for any number')
    expect((await bench.sh('migrate a --to b --bandwidth 1e400GB/s')).stderr).toContain(
      'it is too large for any number',
    )
  })

  it.each([
    [
      '{"vgpuType": 1e400}',
      'vgpuType: the number is not a whole number from 0 to 2^53 - 1: it is too large for any number',
    ],
    [
      '{"vgpuType": 9007199254740993}',
      'vgpuType: 9007199254740992 is not a whole number from 0 to 2^53 - 1: it is above 2^53 - 1',
    ],
    [
      '{"vgpuType": "1e400"}',
      'vgpuType: "1e400" is not a whole number from 0 to 2^53 - 1: it is too large for any number',
    ],
    [
      '{"vgpuExtraParams": [-1e400]}',
      'vgpuExtraParams[0]: the number is not a whole number: it is too large for any number',
    ],
    ['{"vgpuName": "NaN \\" NaN",\n "vgpuType": NaN}', 'line 2, column 14: not JSON: NaN is not a number'],
    ['{"vgpuType": -Infinity}', 'line 1, column 14: not JSON: -Infinity is infinite'],
  ])('in a file of types: %s', async (text, what) => {
    const file = path.join(bench.dir, 'types.json')
    fs.writeFileSync(file, text)
    expect((await bench.sh(`types upload ${file}`)).stderr).toContain(what)
  })

  it.each([
    ['1e400', 'too large for any number'],
    ['NaN', 'not a number'],
    ['INF', 'infinite'],
    ['99999999999999999999', 'above 2^53 - 1'],
  ])('in XML: %s, %s', async (value, what) => {
    const file = path.join(bench.dir, 'vgpuConfig.xml')
    fs.writeFileSync(
      file,
      `<vgpuconfig><vgpuType id="${value}" name="L40-4Q" class="Quadro"><framebuffer>1</framebuffer></vgpuType></vgpuconfig>`,
    )
    expect((await bench.sh(`types upload ${file}`)).stderr).toContain(`: it is ${what}`)
  })

  it('in an exported host', async () => {
    const { stdout } = await bench.sh('host export')
    const file = path.join(bench.dir, 'host.json')
    for (const [value, what] of [
      ['1e400', 'host.now is no whole number from 0 to 2^53-1: it is too large for any number'],
      ['9007199254740993', 'host.now is no whole number from 0 to 2^53-1: it is above 2^53 - 1'],
      ['NaN', 'it is no JSON: NaN is not a number'],
    ] as const) {
      fs.writeFileSync(file, stdout.replace(/"now":\s*\d+/, `"now": ${value}`))
      const { status, stderr } = await bench.sh(`host import ${file}`)
      expect([status, stderr]).toEqual([2, expect.stringContaining(what)])
    }
    fs.writeFileSync(file, stdout.replace(/"schema":\s*\d+/, '"schema": 1e400'))
    expect((await bench.sh(`host import ${file}`)).stderr).toContain('its schema is too large for any number')
  })

  it('in a file of mdevctl', async () => {
    const file = path.join(bench.dir, 'mdev.json')
    fs.writeFileSync(file, '{"mdev_type": Infinity}')
    expect((await bench.sh(`vgpu define --jsonfile ${file}`)).stderr).toContain(
      'the text is not JSON: Infinity is infinite',
    )
  })
})
