import fs from 'node:fs'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench, type World } from './captured-io.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => {
  bench.dispose()
})

const batch = (lines: readonly string[], words = '', world: World = {}) =>
  bench.sh(`batch -f - ${words}`, { stdin: `${lines.join('\n')}\n`, ...world })

async function names(): Promise<string[]> {
  const { stdout } = await bench.sh('vgpu list -o jsonl')
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).name)
}

const changes = async () => (await bench.sh('host history -o jsonl')).stdout.split('\n').filter((line) => line !== '')

describe('batch', () => {
  it('runs the commands of a file in one change; each sees what those before it did', async () => {
    const file = bench.file(
      'commands.txt',
      '# a host\r\nvf enable 4\r\n\nnvgpu vgpu create -t L40-4Q -n "desk one" # first\nvgpu stop \'desk one\'\nvgpu list -q\n',
    )
    const { status, stdout, stderr } = await bench.run(['batch', '-f', file])
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout.split('\n').slice(4)).toEqual([
      '00000000-0000-4000-8000-000000000002',
      'vGPU 00000000-0000-4000-8000-000000000002 (L40-4Q) configured on 0000:c1:00.4',
      '00000000-0000-4000-8000-000000000002',
      '',
    ])
    expect(await changes()).toHaveLength(1)
    expect((await bench.sh('host history')).stdout).toContain('# lines 2 to 6')
  })

  it('answers what each command alone would have answered, and leaves the host that they would have left', async () => {
    const name = fc.constantFrom('a', 'b', 'c')
    const line = fc.oneof(
      name.map((vgpu) => `vgpu create -t L40-8Q -n ${vgpu}`),
      name.map((vgpu) => `vgpu create -t L40-4Q -n ${vgpu} --no-start`),
      name.map((vgpu) => `vgpu stop ${vgpu}`),
      name.map((vgpu) => `vgpu start ${vgpu}`),
      name.map((vgpu) => `vgpu destroy ${vgpu} --if-exists`),
      fc.constantFrom(
        'vf enable 3',
        'vf disable',
        'vf enable 40',
        'gsp trace on',
        'gsp trace off',
        'vgpu list',
        'host advance 1s',
      ),
      fc.constantFrom('fault add ops.allocChids --effect ENOSPC --times 1', 'fault clear', 'vgpu save a /tmp/never'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (drawn) => {
        const lines = drawn.map((text, index) =>
          text.startsWith('vgpu create') ? `${text} -u ${uuidOf(index)}` : text,
        )
        const [alone, together] = [new Bench(), new Bench()]
        try {
          const answers = []
          for (const text of ['vf enable 3', ...lines]) {
            if (text.startsWith('vgpu save')) answers.push(null)
            else answers.push(await alone.sh(text))
          }
          const stdin = ['vf enable 3', ...lines].join('\n')
          const { stdout, status } = await together.sh('batch -f - --keep-going -o jsonl', { stdin })
          const results = stdout.split('\n').filter((text) => text !== '')
          expect(results).toHaveLength(answers.length)
          for (const [index, answer] of answers.entries()) {
            if (answer === null) continue
            const { status: own, output, error } = JSON.parse(results[index] ?? '')
            const expected = [answer.status, answer.stdout, answer.stderr]
            expect([own, output, error ?? ''], lines.join('; ')).toEqual(expected)
          }
          const failed = results.map((text) => JSON.parse(text).status).find((one) => one !== 0)
          expect(status).toBe(failed ?? 0)
          const [one, other] = [await alone.sh('host export'), await together.sh('host export')]
          expect(other.stdout, lines.join('; ')).toBe(one.stdout)
        } finally {
          alone.dispose()
          together.dispose()
        }
      }),
      { numRuns: 40 },
    )
  })

  it('stops at the first command that fails, and says what is done', async () => {
    const { status, stdout, stderr } = await batch([
      'vf enable 2',
      'vgpu create -t L40-4Q -n a',
      'vgpu show nosuch',
      'vgpu create -t L40-4Q -n b',
    ])
    expect(status).toBe(3)
    expect(stdout.trimEnd().split('\n')).toHaveLength(3)
    expect(stderr).toMatch(
      /^stdin:3: nvgpu: vgpu show: .*no vGPU "nosuch".*\nstdin:3: hint: .*\nnvgpu: batch: stdin:3 failed with status 3; 2 of 4 commands are done\n$/,
    )
    expect(await names()).toEqual(['a'])
  })

  it('goes on where it is told to; the status is that of the first failure', async () => {
    const { status, stderr } = await batch(
      [
        'vf enable 2',
        'vgpu create -t nosuch',
        'vgpu create -t L40-4Q -n b',
        'vgpu create -t L40-8Q -n c',
        'vgpu stop b',
      ],
      '--keep-going',
    )
    expect(status).toBe(3)
    expect(stderr).toContain('stdin:2 failed with status 3; 3 of 5 commands are done')
    expect(await names()).toEqual(['b'])
    expect(await changes()).toHaveLength(1)
  })

  it('is refused before its first line for a text that no message of GSP can carry', async () => {
    const inject = 'gsp inject xid --channel 512 --xid 31 --text'
    const { status, stderr } = await batch(['vf enable 2', `${inject} 日本`], '-k')
    expect(status).toBe(2)
    expect(stderr).toMatch(/^nvgpu: batch: stdin:2: GSP’s message has Latin-1 text, in which there is no "日"/)
    expect(fs.existsSync(bench.stateDir)).toBe(false)
  })

  it('keeps what a command did that could do a part only, as the command alone does', async () => {
    const lines = ['fault add vf.probe --effect EIO --times 1', 'vf enable 2', 'vf list']
    const { status, stderr } = await batch(lines)
    expect(status).toBe(1)
    expect(stderr).toContain('stdin:2 failed with status 1; 1 of 3 commands are done')
    expect((await bench.sh('vf list -q')).stdout.trimEnd().split('\n')).toHaveLength(2)
  })

  it('with --atomic does all or nothing', async () => {
    await bench.sh('vf enable 4')
    const before = (await bench.sh('host export')).stdout
    const bad = await batch(['vgpu create -t L40-4Q -n a', 'vgpu create -t L40-8Q -n b'], '--atomic')
    expect([bad.status, bad.stdout]).toEqual([4, ''])
    expect(bad.stderr).toMatch(/^stdin:2: nvgpu: vgpu create: /)
    expect(bad.stderr).toContain('stdin:2 failed with status 4; nothing was changed')
    expect((await bench.sh('host export')).stdout).toBe(before)
    const many = Array.from({ length: 300 }, (_, i) => [`vgpu create -t L40-4Q -n d${i}`, `vgpu destroy d${i}`]).flat()
    const good = await batch(many, '--atomic')
    expect([good.status, good.stderr, good.stdout.trimEnd().split('\n').length]).toEqual([0, '', 600])
    expect(await changes()).toHaveLength(2)
  })

  it('commits a long file in groups, each answered before the next is begun', async () => {
    await bench.sh('vf enable 4')
    const many = Array.from({ length: 300 }, (_, i) => [`vgpu create -t L40-4Q -n d${i}`, `vgpu destroy d${i}`]).flat()
    expect((await batch([...many, 'vgpu create -t L40-4Q -n last', 'vgpu show nosuch'])).status).toBe(3)
    expect(await names()).toEqual(['last'])
    const commands = (await changes()).map((line) => JSON.parse(line).command)
    expect(commands.filter((command) => command.includes('#')).map((command) => command.split('# ')[1])).toEqual([
      'lines 1 to 256',
      'lines 257 to 512',
      'lines 513 to 601',
    ])
  })

  it('tries on a copy with --dry-run', async () => {
    const { status, stdout, stderr } = await batch(
      ['vf enable 2', 'vgpu create -t L40-4Q -n a', 'vgpu list -q'],
      '--dry-run',
    )
    expect(status).toBe(0)
    expect(stdout).toContain('00000000-0000-4000-8000-000000000001\n00000000-0000-4000-8000-000000000001\n')
    expect(stderr).toMatch(/dry run: nothing was changed\n$/)
    expect(fs.existsSync(bench.stateDir)).toBe(false)
  })

  it('is taken up again with the same operation id where it was left, and done once', async () => {
    const lines = ['vf enable 4', 'vgpu create -t L40-4Q -n a', 'vgpu show nosuch', 'vgpu create -t L40-4Q -n b']
    expect((await batch(lines, '--operation-id night')).status).toBe(3)
    const again = await batch(lines, '--operation-id night')
    expect(again.status).toBe(3)
    expect(again.stderr).toContain('nvgpu: batch: lines 1 to 2 of stdin had been done before\n')
    expect(await names()).toEqual(['a'])
    expect((await batch(lines, '--keep-going --operation-id night')).stderr).toContain('lines 1 to 2 of stdin had been')
    expect(await names()).toEqual(['a', 'b'])
    const other = await bench.sh(`batch -f ${bench.file('other', 'vf disable\nvf enable 1')} --operation-id night`)
    expect(other).toMatchObject({
      status: 4,
      stderr: expect.stringContaining('night.1-2 is already the id of change 1'),
    })
    expect(await bench.sh('vgpu create -t L40-4Q -n a --if-not-exists --operation-id night')).toMatchObject({
      stdout: expect.not.stringContaining('was already done'),
    })
    const atomic = ['vgpu create -t L40-4Q -n c', 'vgpu create -t L40-4Q -n d']
    expect((await batch(atomic, '--atomic --operation-id whole')).status).toBe(0)
    expect((await batch(atomic, '--atomic --operation-id whole')).stdout).toContain('was already done')
    expect(await names()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('has one form for programs, whatever became of the commands', async () => {
    const { stdout, stderr } = await batch(['vf enable 1 -q', 'vgpu show nosuch'], '-o json')
    const document = JSON.parse(stdout)
    expect(document).toEqual({
      schema: 1,
      kind: 'batchLines',
      changed: true,
      warnings: [],
      items: [
        { line: 1, command: 'vf enable 1 -q', status: 0, output: '0000:c1:00.4\n', error: null },
        { line: 2, command: 'vgpu show nosuch', status: 3, output: '', error: expect.stringContaining('nosuch') },
      ],
    })
    expect(stderr).toContain('stdin:2 failed')
    expect((await batch([], '-o json')).stdout).toContain('"items": []')
  })

  it('with -q prints identifiers only', async () => {
    const { stdout } = await batch(['vf enable 1', 'vgpu create -t L40-4Q'], '-q')
    expect(stdout).toBe('0000:c1:00.4\n00000000-0000-4000-8000-000000000002\n')
  })

  it.each([
    ["vgpu show 'desk", 2, "stdin:2:11: the ' is not closed"],
    ['vgpu lst', 2, "stdin:2: there is no verb 'lst'; nearest: list"],
    ['vgpu create', 2, 'stdin:2: --type TYPE is required'],
    ['batch -f -', 2, 'batches do not nest'],
    ['watch vgpu list', 2, 'watch cannot be a line'],
    ['wait --for state=running a', 2, 'wait cannot be a line'],
    ['events follow', 2, 'events follow cannot be a line'],
    ['migrate a --to /x', 2, 'it changes two hosts'],
    ['undo', 2, 'reads or repairs the state files'],
    ['vgpu list --state-dir /elsewhere', 2, '--state-dir is the batch'],
    ['--state-dir /elsewhere vgpu list', 2, '--state-dir is the batch'],
    ['vgpu destroy --all --dry-run', 2, '--dry-run is the batch'],
    ['vgpu destroy --all --operation-id x', 2, '--operation-id is the batch'],
    ['vgpu --help', 2, 'names no command that does something'],
    ['\0', 2, 'stdin:2: there is no command'],
  ])('refuses the whole file for the line %j', async (line, status, message) => {
    const outcome = await batch(['vf enable 4', line])
    expect([outcome.status, outcome.stdout]).toEqual([status, ''])
    expect(outcome.stderr).toContain(message)
    expect(fs.existsSync(bench.stateDir)).toBe(false)
  })

  it('lets no line write a file, read standard input or run a script', async () => {
    await bench.sh('vf enable 1')
    await bench.sh('vgpu create -t L40-4Q -n a')
    const before = (await bench.sh('host export')).stdout
    const file = bench.file('image.vgpu')
    const saved = await batch([`vgpu save a ${file}`])
    expect(saved.stderr).toContain('a line writes no files')
    expect(fs.existsSync(file)).toBe(false)
    expect((await batch(['apply -f -'])).stderr).toContain('standard input is the batch’s')
    fs.mkdirSync(bench.file('scripts/callouts'), { recursive: true })
    fs.writeFileSync(bench.file('scripts/callouts/one'), '#!/bin/sh\n', { mode: 0o755 })
    const env = { NVGPU_CALLOUTS: bench.file('scripts') }
    expect((await batch(['vgpu destroy a'], '', { env })).stderr).toContain('run around one change')
    expect((await bench.sh('host export')).stdout).toBe(before)
  })

  it('does not take what is its own from the environment for a line', async () => {
    const env = { NVGPU_OPERATION_ID: 'env', NVGPU_DRY_RUN: '1' }
    expect((await batch(['vf enable 1'], '', { env })).stderr).toContain('dry run')
    expect((await batch(['vf enable 1'], '', { env: { NVGPU_OPERATION_ID: 'env' } })).status).toBe(0)
  })

  it('refuses what cannot be a file of commands', async () => {
    expect(await batch([], '', { stdin: Buffer.from([0xff, 0xfe, 0x00]) })).toMatchObject({ status: 2, stdout: '' })
    expect((await bench.sh('batch -f /nonexistent')).status).toBe(3)
    expect((await bench.sh(`batch -f ${bench.dir}`)).status).toBe(2)
    expect((await batch(['vgpu list'], '--atomic --keep-going')).status).toBe(2)
    expect((await batch(['vgpu list'], `--operation-id ${'x'.repeat(101)}`)).status).toBe(2)
    expect((await batch(['#'.repeat(10), '', '   '])).status).toBe(0)
  })
})

function uuidOf(index: number): string {
  return `11111111-0000-4000-8000-${String(index).padStart(12, '0')}`
}
