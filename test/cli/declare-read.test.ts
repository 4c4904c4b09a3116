import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeAll(() => {
  bench = new Bench()
})
afterAll(() => {
  bench.dispose()
})

/** What diff says of a document; its file is called host.yaml. */
async function told(text: string | Uint8Array, words = '') {
  const { status, stdout, stderr } = await bench.sh(`diff -f ${bench.file('host.yaml', text)} ${words}`)
  return { status, stdout, stderr: stderr.replaceAll(`${bench.dir}/`, '') }
}

/** Mistakes, and what is said of them after "nvgpu: diff: read: ". */
const MISTAKES: readonly (readonly [text: string, sentence: string])[] = [
  ['gpus: 3', 'host.yaml:1: gpus: a list is needed here, not 3 (EINVAL)'],
  ['gpus:\n  - 0', 'host.yaml:2: gpus[0]: a map is needed here, not 0 (EINVAL)'],
  ['gpus:\n  - vfs: 4', 'host.yaml:2: gpus[0]: gpu is missing: an index, an address, a UUID, or all (EINVAL)'],
  [
    'gpus:\n  - gpu: 0\n    vfs: many',
    'host.yaml:3: gpus[0].vfs: a whole number from 0 to 65535 is needed here, not "many" (EINVAL)',
  ],
  [
    'gpus:\n  - {gpu: 0, vfs: -1}',
    'host.yaml:2: gpus[0].vfs: a whole number from 0 to 65535 is needed here, not -1 (EINVAL)',
  ],
  ['gpus: [{gpu: 0, vf: 4}]', 'host.yaml:1: gpus[0].vf: there is no member "vf" here; nearest: vfs (EINVAL)'],
  ['gpus: [{gpu: 0, ecc: maybe}]', 'host.yaml:1: gpus[0].ecc: on or off is needed here, not "maybe" (EINVAL)'],
  [
    'gpus: [{gpu: 0, scheduler: fair}]',
    'gpus[0].scheduler: one of best-effort, equal-share, fixed-share is needed here',
  ],
  [
    'gpus: [{gpu: 0, scheduler: {policy: equal-share, frequency: 1}}]',
    'gpus[0].scheduler.frequency: a whole number from 63 to 960 is needed here, not 1',
  ],
  [
    'gpus: [{gpu: 0, scheduler: {policy: equal-share, timeSlice: 2, frequency: 100}}]',
    'gpus[0].scheduler.frequency: that is of ARR',
  ],
  ['vgpus:\n  - name: a', 'host.yaml:2: vgpus[0]: type is missing (EINVAL)'],
  ['vgpus: [{type: L40-4Q, uuid: 7}]', "vgpus[0].uuid: a text is needed here, not 7; write '7' in quotes"],
  ['vgpus: [{type: L40-4Q, uuid: x}]', "vgpus[0].uuid: 'x' is not a UUID of the form"],
  ['vgpus: [{type: L40-4Q, name: 007}]', "vgpus[0].name: a text is needed here, not 7; write '007' in quotes"],
  ['vgpus: [{type: L40-4Q, name: "-x"}]', "vgpus[0].name: '-x' looks like an option"],
  ['vgpus: [{type: L40-4Q, name: a, count: 2}]', 'vgpus[0].name: 2 vGPUs cannot share it'],
  ['vgpus: [{type: L40-4Q, policy: closes}]', 'vgpus[0].policy: this needs a guest: guestOs is missing'],
  ['vgpus: [{type: L40-4Q, attrs: [{a: 1, b: 2}]}]', 'vgpus[0].attrs[0]: an attribute is one name and its value'],
  ['vgpus:', 'host.yaml:1: vgpus: a list is needed here, not nothing (EINVAL)'],
  ['definitions: [{type: L40-4Q}]', 'definitions[0]: a definition has a uuid or a name'],
  ['host: {profile: v9}', 'host.yaml:1: host.profile: there is no profile "v9" (EINVAL)'],
  ['host: {boards: [{count: 2}]}', 'host.boards[0]: board is missing'],
  ['types: [{record: zz}]', 'types[0].record: a record is runs of "offset:hex" within 4952 bytes'],
  ['types: [{record: "1358:00"}]', 'types[0].record: a record is runs of "offset:hex" within 4952 bytes'],
  ['vgpus: [{type: L40-4Q, uuid: 1}]', "host.yaml:1: vgpus[0].uuid: a text is needed here, not 1; write '1' in quotes"],
  ['vgpus: [{type: [L40-4Q, L40-8Q]}]', 'host.yaml:1: vgpus[0].type: a word is needed here, not a list'],
  ['vgpus: [{type: L40-4Q, name: [a]}]', 'host.yaml:1: vgpus[0].name: a text is needed here, not a list'],
  ['types: [{record: "0:00"}]', 'types[0]'],
  ['types: [{vgpuType: 9}]', 'types[0]'],
  ['types: [{vgpuName: !!binary AAAA}]', 'host.yaml:1: types[0].vgpuName: the tag tag:yaml.org,2002:binary is unknown'],
  ['schema: 2', 'host.yaml:1: schema: a whole number from 1 to 1 is needed here, not 2 (EINVAL)'],
  ['kind: pod', 'host.yaml:1: kind: one of declaration is needed here, not "pod" (EINVAL)'],
  [
    'a: 1\nb: 2',
    'host.yaml:1: a: there is no member "a" here; known: schema, kind, host, types, gpus, vgpus, definitions',
  ],
  ['gpus: []\n\ngpus: []', 'host.yaml:3: gpus: is there twice (EINVAL)'],
  ['gpus: []\n"gpus": []', 'host.yaml:2: gpus: is there twice (EINVAL)'],
  ['vgpus: [&a {type: L40-4Q}, {<<: *a}]', 'vgpus[1]["<<"]: merge keys are not supported'],
  ['vgpus: [{type: !mine L40-4Q}]', 'host.yaml:1: Unresolved tag: !mine'],
  ['vgpus: !!set {a}', 'host.yaml:1: vgpus: the tag tag:yaml.org,2002:set is unknown'],
  ['vgpus: [*nobody]', 'host.yaml:1: vgpus[0]: an alias without an anchor'],
  ['gpus: [', 'host.yaml:1: Flow sequence'],
  ['gpus:\n\t- gpu: 0', 'host.yaml:2: Tabs are not allowed as indentation'],
  ['', 'host.yaml: has no document in it'],
  ['# nothing\n---\n', 'host.yaml: has no document in it'],
  ['[]', 'host.yaml:1: a map is needed here, not a list'],
  ['just words', 'host.yaml:1: a map is needed here, not "just words"'],
  ['? [a]\n: 1', 'host.yaml:1:'],
  ['vgpu-configs: {}', 'host.yaml:1: vgpu-configs: choose a label with -c: there is none'],
  ['version: v2\nvgpu-configs: {}', 'host.yaml:1: version: one of v1 is needed here, not "v2"'],
  ['vgpu-configs: {a: [{devices: [x], vgpu-devices: {}}]}', 'vgpu-configs.a[0].devices[0]: a whole number'],
  ['vgpu-configs: {a: [{devices: some, vgpu-devices: {}}]}', 'vgpu-configs.a[0].devices: one of all is needed here'],
  ['vgpu-configs: {a: [{vgpu-devices: {}}]}', 'vgpu-configs.a[0]: devices is missing'],
  [
    'vgpu-configs: {a b: [{devices: all, vgpu-devices: {L40-4Q: some}}]}',
    'vgpu-configs["a b"][0].vgpu-devices.L40-4Q: a whole number',
  ],
  [
    'vgpu-configs: {a: [{devices: all, device-filter: "26B5", vgpu-devices: {}}]}',
    'vgpu-configs.a[0].device-filter: "26B5" is not a PCI id of the form 0x26B510DE',
  ],
]

describe('a document that is not right', () => {
  it.each(MISTAKES)('%j is refused with file, line and path', async (text, sentence) => {
    const { status, stdout, stderr } = await told(text)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(sentence)
    expect(stderr).toMatch(/^nvgpu: diff: (read|nvidia_vgpu_mgr read_vgpu_types): host\.yaml[: ]/)
    expect(stderr.match(/host\.yaml:/g)?.length, 'the place is told once').toBe(1)
  })

  it.each([
    ['vgpus: [{type: L40-5Q}]', 3, 'host.yaml:1: vgpus[0]: there is no vGPU type "L40-5Q"; nearest'],
    ['gpus:\n  - {gpu: 7}', 3, 'host.yaml:2: gpus[0]: there is no GPU "7"'],
    ['gpus: [{gpu: 0, vfs: 4}, {gpu: "c1:00.0", vfs: 4}]', 4, 'gpus[1]: vfs of 0000:c1:00.0 is given already, at host'],
    ['vgpus: [{type: 874, vf: 0/40}]', 3, 'host.yaml:1: vgpus[0]: 0000:c1:00.0 has no VF 40'],
    ['vgpus: [{type: 874, vf: "d0:00.4"}]', 3, 'no GPU has a VF d0:00.4'],
    ['vgpus: [{type: 874, vf: 0/4}]', 4, '0000:c1:01.0 is VF 4, and there are to be 0 VFs'],
    [
      'vgpus: [{type: 874, name: a}, {type: 874, name: a}]',
      4,
      'the name "a" is given already, at host.yaml:1: vgpus[0]',
    ],
    ['types: [{file: nowhere.bin}]', 3, 'nowhere.bin does not exist'],
    ['host: {boards: [{board: L41}]}', 3, 'there is no board "L41"'],
    ['host: {boards: [{board: L40}, {board: L4}]}', 1, 'a host is made of boards of one model'],
  ])('%j is refused with the status of what it says', async (text, wanted, sentence) => {
    const { status, stderr } = await told(text)
    expect([status, stderr]).toEqual([wanted, expect.stringContaining(sentence)])
  })
})

describe('a file as other systems write it', () => {
  it.each([
    ['a byte order mark', '\ufeffgpus: [{gpu: 0, vfs: 4}]\n'],
    ['CR LF', 'gpus:\r\n  - gpu: 0\r\n    vfs: 4\r\n'],
    ['no line end at the end', 'gpus: [{gpu: 0, vfs: 4}]'],
    ['JSON with tabs', '{\n\t"gpus":\t[{"gpu": 0, "vfs": 4}]\n}'],
    ['JSON with a byte order mark', '\ufeff{"gpus":[{"gpu":0,"vfs":4}]}'],
    ['several documents, ended', '---\ngpus: [{gpu: 0, vfs: 4}]\n...\n---\nvgpus: []\n...\n'],
    ['an empty document among others', '---\n---\ngpus: [{gpu: 0, vfs: 4}]\n---\n# end\n'],
  ])('is read: %s', async (_what, text) => {
    const { status, stdout, stderr } = await told(text, '-o json')
    expect([status, stderr]).toEqual([6, ''])
    expect(JSON.parse(stdout).items).toMatchObject([{ kind: 'gpu', member: 'vfs', is: 0, wanted: 4 }])
  })

  it.each([
    ['diff -f - -f -', 2, 'standard input can be read once: -f - is there twice'],
    ['diff', 2, '--file FILE is required'],
    ['diff -f /', 2, '/ is a directory'],
    ['diff -f /dev/null', 2, '/dev/null: has no document in it'],
    ['diff -f nowhere.yaml', 3, 'nowhere.yaml does not exist'],
  ])('%s is refused', async (line, wanted, sentence) => {
    const { status, stdout, stderr } = await bench.sh(line, { stdin: 'gpus: []' })
    expect([status, stdout]).toEqual([wanted, ''])
    expect(stderr).toContain(sentence)
  })

  it('may not be endless', async () => {
    const { status, stderr } = await told(`# ${'x'.repeat(33 * 1_048_576)}`)
    expect([status, stderr]).toEqual([2, expect.stringContaining('host.yaml: has more than 32 MiB')])
  })
})

describe('a document that means harm', () => {
  it.each([
    ['nested deeply', `vgpus: ${'['.repeat(100_000)}`],
    ['maps nested deeply', `${'{a: '.repeat(20_000)}`],
    ['aliases of aliases', bomb(12)],
    ['an alias of itself', 'types: [&a [*a]]'],
    ['a map in a map of types that is itself', 'types: [&a {vgpuName: *a}]'],
    ['a hundred thousand keys', Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`).join('\n')],
    ['a prototype', '__proto__: {vgpus: []}\nconstructor: 1'],
    ['a prototype in a type', 'types: [{__proto__: {vgpuType: 1}}]'],
    ['a prototype as label', 'vgpu-configs: {__proto__: [{devices: all, vgpu-devices: {constructor: 1}}]}'],
    ['control characters', 'gpus: [{gpu: "\\e[2J\\u202e"}]'],
    ['not UTF-8', Buffer.from([0x67, 0x70, 0xff, 0xfe, 0x3a])],
  ])('%s', async (_what, text) => {
    const { status, stderr } = await told(text)
    expect([2, 3], stderr).toContain(status)
    expect(stderr).toMatch(/^nvgpu: diff: /)
    expect(stderr.length).toBeLessThan(600)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/)
  })

  it('of any bytes at all is refused or read, and nothing else', async () => {
    const piece = fc.constantFrom(
      ...[
        'gpus',
        'vgpus',
        'host',
        'type',
        'gpu',
        ':',
        ' ',
        '\n',
        '  ',
        '- ',
        '{',
        '}',
        '[',
        ']',
        ',',
        '&a',
        '*a',
        '"',
        "'",
      ],
      ...['0', '4', 'L40-4Q', 'on', '|', '>', '#', '!', '---', 'vgpu-configs', '\t', '?', '%', '@', '\u0000', 'ü'],
    )
    const soup = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))
    await fc.assert(
      fc.asyncProperty(fc.oneof(soup, fc.uint8Array({ maxLength: 200 })), async (text) => {
        const { status, stderr } = await told(text)
        expect([0, 1, 2, 3, 4, 5, 6], stderr).toContain(status)
      }),
      { numRuns: 300 },
    )
  })
})

/** Ten aliases a line, each of ten of the line before. */
function bomb(lines: number): string {
  const rows = Array.from({ length: lines }, (_, i) => {
    const items = i === 0 ? 'x' : Array.from({ length: 10 }, () => `*l${i - 1}`).join(', ')
    return `  - &l${i} [${items}]`
  })
  return `types:\n${rows.join('\n')}\n  - *l${lines - 1}`
}
