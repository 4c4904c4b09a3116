import fs from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseName, parseUuid } from '../../src/app/values.ts'
import { FORMATS, GLOBALS, optionsOf } from '../../src/cli/globals.ts'
import { plainHelp } from '../../src/cli/help.ts'
import { loadNoun, loadNouns } from '../../src/cli/load-noun.ts'
import { GROUPS } from '../../src/cli/nouns.ts'
import { understand } from '../../src/cli/program.ts'
import { VERSION } from '../../src/cli/version.ts'
import { SCHEMA } from '../../src/contract/state/schema-number.ts'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => {
  bench.dispose()
})

describe('a refusal', () => {
  it('says the name of the command once', async () => {
    await bench.sh('vf enable 4')
    await bench.sh('vgpu create -t L40-4Q -n desk1')
    for (const [line, stderr] of [
      ['vgpu create -t L40-4Q -n desk1', 'vgpu create: the name "desk1" belongs to'],
      ['vgpu stop nope', 'vgpu stop: there is no vGPU "nope"'],
      ['host warm-update --to-version abc', 'host warm-update: "abc" is no driver version'],
      ['explain nope', "explain: 'nope' is not a known code"],
      ['capacity --gpu 5', 'capacity: gpu: there is no GPU "5"'],
    ] as const) {
      expect((await bench.sh(line)).stderr).toMatch(`nvgpu: ${stderr}`)
    }
  })

  it('does not repeat megabytes of input', async () => {
    const { status, stderr } = await bench.run(['x'.repeat(3_000_000)])
    expect(status).toBe(2)
    expect(stderr.length).toBeLessThan(5_000)
  })

  it('to start what is paused says how it goes on', async () => {
    await bench.sh('vf enable 4')
    await bench.sh('vgpu create -t L40-4Q -n desk1')
    await bench.sh('vgpu suspend desk1')
    expect((await bench.sh('vgpu start desk1')).stderr).toMatch(/is paused; it goes on with: nvgpu vgpu resume /)
  })

  it('none of the history asked for is not a history that is empty', async () => {
    await bench.sh('vf enable 4')
    expect((await bench.sh('history list --max 0')).stderr).toBe('no change was asked for\n')
  })
})

describe('help and version', () => {
  it('--version is the version of the package', async () => {
    expect(JSON.parse(fs.readFileSync('package.json', 'utf8')).version).toBe(VERSION)
    expect(await bench.sh('--version')).toMatchObject({ status: 0, stdout: `nvgpu ${VERSION}\n`, stderr: '' })
    expect((await bench.sh('version')).stdout).toBe(`nvgpu ${VERSION}\n`)
    for (const line of ['--version -o json', '-o json --version', 'version -o json']) {
      expect(JSON.parse((await bench.sh(line)).stdout).items, `K 6: ${line}`).toEqual([
        { nvgpu: VERSION, node: process.versions.node, stateSchema: SCHEMA },
      ])
    }
  })

  it('K 9: every place has help with its usage first, then examples', async () => {
    for (const noun of await loadNouns()) {
      for (const verb of noun.verbs.filter((each) => each.hidden !== true)) {
        const path = [noun.name, verb.name].filter((word) => word !== '')
        const asked = verb.ownHelp === true ? ['help', ...path] : [...path, '--help']
        const { status, stdout, stderr } = await bench.run(asked)
        expect([status, stderr], path.join(' ')).toEqual([0, ''])
        expect(stdout, path.join(' ')).toMatch(/^Usage: nvgpu.*\n\n.+\n\n/)
        if (noun.name === '') continue
        expect(stdout.split('\n')[4], path.join(' ')).toBe('Examples:')
        for (const key of Object.keys(optionsOf(verb)).filter((each) => !(each in GLOBALS))) {
          expect(stdout).toContain(`--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`)
        }
      }
    }
  })

  it('K 9: the top-level help has its commands in groups, and the common options on one line', async () => {
    const { stdout } = await bench.sh('--help')
    const heads = stdout.split('\n').filter((line) => /^\w+:$/.test(line))
    expect(heads).toEqual([...GROUPS.map((group) => `${group}:`), 'Examples:'])
    expect(stdout.match(/^Common options: .*-o FORMAT.* -h$/gm)).toHaveLength(1)
  })

  it('K 5: help on a terminal is wrapped between words, with the indent of its column', async () => {
    const whole = (await bench.sh('vgpu create --help')).stdout
    for (const columns of [60, 80, 200]) {
      const lines = (await bench.sh('vgpu create --help', { tty: true, columns })).stdout.split('\n')
      expect(lines.join(' ').split(/\s+/)).toEqual(whole.split(/\s+/))
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns)
      const at = lines.findIndex((line) => line.startsWith('      --operation-id ID'))
      if (columns < 200) expect(lines[at + 1]?.search(/\S/)).toBe(lines[at]?.indexOf('id of'))
    }
  })

  it('help is the same whether or not commander was asked', async () => {
    const nouns = await loadNouns()
    for (const noun of nouns) {
      for (const words of [[noun.name], ...noun.verbs.map((verb) => [noun.name, verb.name])]) {
        const argv = [...words.filter((word) => word !== ''), '--help']
        const isOwn = noun.verbs.some((verb) => verb.ownHelp === true)
        const text = await plainHelp(argv.slice(0, -1), loadNoun, isOwn)
        if (!isOwn) expect(understand(argv, nouns)).toEqual({ text, status: 0 })
        expect((await bench.run(['help', ...argv.slice(0, -1)])).stdout).toBe(text)
      }
    }
    expect(await plainHelp(['vgpu', 'lst'], loadNoun, false)).toBeNull()
    expect(await plainHelp(['explain', 'busy'], loadNoun, false)).toBeNull()
    expect(await plainHelp(['smi'], loadNoun, false)).toBeNull()
  })

  it('every example of the help is a command line that is understood', async () => {
    const { parseStart, parseVerb } = await import('../../src/cli/parse.ts')
    const nouns = await loadNouns()
    for (const noun of nouns) {
      for (const verb of noun.verbs) {
        for (const example of verb.examples) {
          const argv = (example.split(/ [|<>] /)[0] ?? '').split(' ').filter((word) => word !== '')
          const start = parseStart(argv)
          const named = nouns.find((candidate) => candidate.name === start?.noun)
          const line = start === null || named === undefined ? null : parseVerb(named, argv, start)
          expect(line, example).not.toBeNull()
        }
      }
    }
  })

  it('no option hides --version or --help, and no short letter is given twice in one place', async () => {
    for (const noun of await loadNouns()) {
      for (const verb of noun.verbs) {
        const options = optionsOf(verb)
        expect(Object.keys(options)).not.toContain('version')
        expect(Object.keys(options)).not.toContain('help')
        const letters = Object.values(options).flatMap((spec) => (spec.short === undefined ? [] : [spec.short]))
        expect(new Set(letters).size, `${noun.name} ${verb.name}`).toBe(letters.length)
        expect(letters).not.toContain('h')
      }
    }
  })

  it('a noun alone prints its verbs on standard error with status 2', async () => {
    const { status, stdout, stderr } = await bench.sh('vgpu')
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain('create --type TYPE')
  })

  it('help of a noun by word is the same as by option', async () => {
    expect((await bench.sh('help vgpu')).stdout).toBe((await bench.sh('vgpu --help')).stdout)
  })
})

describe('a command line that cannot be understood', () => {
  it.each([
    ['vgup list', "nvgpu: there is no command 'vgup'; nearest: vgpu (EINVAL) [syntax]\nhint: nvgpu --help\n"],
    ['vgpu lst', "nvgpu: vgpu lst: there is no verb 'lst'; nearest: list (EINVAL) [syntax]\nhint: nvgpu vgpu --help\n"],
    ['help vgup', "nvgpu: there is no command 'vgup'; nearest: vgpu (EINVAL) [syntax]\nhint: nvgpu --help\n"],
    [
      'vgpu lst --help',
      "nvgpu: vgpu lst: there is no verb 'lst'; nearest: list (EINVAL) [syntax]\nhint: nvgpu vgpu --help\n",
    ],
    ['help list', "nvgpu: there is no command 'list' (EINVAL) [syntax]\nhint: nvgpu vgpu list --help\n"],
    ['vgpu create', 'nvgpu: vgpu create: --type TYPE is required (EINVAL) [syntax]\nhint: nvgpu vgpu create --help\n'],
    [
      'vgpu create --typ L40-4Q',
      "nvgpu: vgpu create: there is no option '--typ'; nearest: --type (EINVAL) [syntax]\nhint: nvgpu vgpu create --help\n",
    ],
    [
      'vgpu show',
      "nvgpu: vgpu show: missing required argument 'VGPU' (EINVAL) [syntax]\nhint: nvgpu vgpu show --help\n",
    ],
    [
      'vgpu list -o xml',
      `nvgpu: vgpu list: --output takes ${FORMATS.join(', ')}, not 'xml' (EINVAL) [syntax]\nhint: nvgpu vgpu list --help\n`,
    ],
    [
      'vgpu list -q -o csv',
      'nvgpu: vgpu list: --quiet means -o name and cannot go with -o csv (EINVAL) [syntax]\nhint: nvgpu vgpu list --help\n',
    ],
    [
      'vgpu destroy',
      'nvgpu: vgpu destroy: destroy needs a vGPU, --all or --gpu (EINVAL) [syntax]\nhint: nvgpu vgpu list\n',
    ],
    [
      'vgpu stop desk7 --all',
      'nvgpu: vgpu stop: name vGPUs, or give --all or --gpu, not both (EINVAL) [syntax]\nhint: nvgpu vgpu stop --help\n',
    ],
    [
      'dmon -c 1 -o jsonl',
      'nvgpu: dmon: dmon prints lines that never end, and not as jsonl (EINVAL) [syntax]\nhint: nvgpu vgpu dmon -c 1 -o jsonl\n',
    ],
    ['vf enable -5', "nvgpu: vf enable: '-5' is not a count (EINVAL) [syntax]\nhint: nvgpu vf enable --help\n"],
    [
      'vf enable 99999999999999999999',
      "nvgpu: vf enable: '99999999999999999999' is not a count: it is above 2^53 - 1 (EINVAL) [syntax]\nhint: nvgpu vf enable --help\n",
    ],
    [
      'vgpu create -t L40-4Q --uuid 1234',
      "nvgpu: vgpu create: '1234' is not a UUID of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx (EINVAL) [syntax]\nhint: nvgpu vgpu create --help\n",
    ],
  ])('%s', async (line, message) => {
    expect(await bench.sh(line)).toEqual({ status: 2, stdout: '', stderr: message, bytes: Buffer.alloc(0) })
    expect(fs.existsSync(bench.stateDir)).toBe(false)
  })

  it.each([
    ['vgpu create --type', ''],
    ['vgpu define --type', 'L40-4Q\u0007'],
    ['types show', ''],
    ['whatif --create', '=3'],
  ])('%s and nothing that can be a type is refused as that', async (words, type) => {
    const { status, stderr } = await bench.run([...words.split(' '), type])
    expect(status).toBe(2)
    expect(stderr).toMatch(
      /' is not the name or number of a vGPU type \(EINVAL\) \[syntax\]\nhint: nvgpu [a-z ]+ --help\n$/,
    )
  })

  it('a name with control characters is refused and does not reach the terminal as such', async () => {
    const outcome = await bench.run(['vgpu', 'create', '--type', 'L40-4Q', '--name', 'a\u001b[31mb'])
    expect(outcome.status).toBe(2)
    expect(outcome.stderr).toContain("'a\\u001b[31mb' has a character that cannot be printed")
    expect(outcome.stderr).not.toContain('\u001b')
    for (const [name, shown] of [
      ['a\ufeffb', 'a\\ufeffb'],
      ['a\ufffe', 'a\\ufffe'],
      ['\ud7ff', '\\ud7ff'],
      ['\u00ad\ue000', '\\u00ad\\ue000'],
      ['a\ud83d', 'a\\ud83d'],
      ['\u{e0001}ü😀', '\\u{e0001}ü😀'],
    ]) {
      const { stderr } = await bench.run(['vgpu', 'create', '--type', 'L40-4Q', '--name', name ?? ''])
      expect(stderr).toContain(`'${shown}' has a character that cannot be printed`)
    }
  })

  it('is a JSON object on standard error when JSON is asked for', async () => {
    const { status, stdout, stderr } = await bench.sh('vgpu create --typ L40-4Q -o json')
    expect([status, stdout]).toEqual([2, ''])
    expect(JSON.parse(stderr)).toEqual({
      schema: 1,
      kind: 'error',
      code: 'syntax',
      errno: 'EINVAL',
      at: 'command line',
      message: "there is no option '--typ'; nearest: --type",
      hint: 'nvgpu vgpu create --help',
      status: 2,
    })
  })

  it('a bad value in the environment is refused by the name of the variable; a flag wins over it', async () => {
    const env = { NVGPU_OUTPUT: 'xml' }
    const { status, stderr } = await bench.sh('explain', { env })
    expect(status).toBe(2)
    expect(stderr).toContain(`NVGPU_OUTPUT takes ${FORMATS.join(', ')}, not 'xml'`)
    expect((await bench.sh('explain -o name', { env })).status).toBe(0)
  })
})

describe('values', () => {
  it('a UUID is taken in any case and kept in lower case', () => {
    expect(parseUuid('ABCDEF01-2345-4678-9ABC-DEF012345678')).toBe('abcdef01-2345-4678-9abc-def012345678')
    for (const text of ['', 'x', '{abcdef01-2345-4678-9abc-def012345678}', '00000000-0000-0000-0000-000000000000']) {
      expect(() => parseUuid(text), text).toThrow(expect.objectContaining({ code: 'syntax' }))
    }
  })

  it('a name is 1 to 64 printable characters that do not look like an option', () => {
    for (const text of ['desk7', 'win 11', 'büro-1', '桌面', 'x'.repeat(64)]) expect(parseName(text)).toBe(text)
    for (const text of [
      '',
      'x'.repeat(65),
      '--all',
      '-1',
      ' a',
      'a\n',
      'a\u202eb',
      'a\u200bb',
      'a\0',
      'a\u2028b',
      '\ud800',
    ]) {
      expect(() => parseName(text), JSON.stringify(text)).toThrow(expect.objectContaining({ code: 'syntax' }))
    }
  })
})

describe('explain', () => {
  it('knows the codes of refusals, errnos by name and number, and NV_STATUS by name and number', async () => {
    const kinds = async (code: string) => {
      const { stdout } = await bench.run(['explain', code, '-o', 'json'])
      return JSON.parse(stdout).items.map((item: { topic: string; code: string }) => `${item.topic} ${item.code}`)
    }
    expect(await kinds('no-channels')).toEqual(['refusal no-channels'])
    expect(await kinds('enospc')).toEqual(['errno ENOSPC'])
    expect(await kinds('28')).toEqual(['errno ENOSPC'])
    expect(await kinds('-16')).toEqual(['errno EBUSY'])
    expect(await kinds('0x51')).toEqual(['NV_STATUS NV_ERR_NO_MEMORY'])
    expect(await kinds('NV_ERR_INVALID_STATE')).toEqual(['NV_STATUS NV_ERR_INVALID_STATE'])
    expect(await kinds('invalid_state')).toEqual(['NV_STATUS NV_ERR_INVALID_STATE'])
    expect(await kinds('22')).toEqual(['errno EINVAL'])
    expect(await kinds('34')).toEqual(['errno ERANGE', 'NV_STATUS NV_ERR_INVALID_CLASS'])
  })

  it('tells the meaning, the mend and the exit status', async () => {
    const { stdout, status } = await bench.sh('explain no-channels')
    expect(status).toBe(0)
    expect(stdout).toContain('Fix:')
    expect(stdout).toMatch(/Exit status: +5\n/)
  })

  it('says what is nearest to a code it does not know, with status 3', async () => {
    const { status, stderr } = await bench.sh('explain no-chanels')
    expect(status).toBe(3)
    expect(stderr).toBe(
      "nvgpu: explain: 'no-chanels' is not a known code; nearest: no-channels (ENOENT) [not-found]\nhint: nvgpu explain\n",
    )
  })
})
