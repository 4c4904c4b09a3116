import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { forHost } from '../../src/cli/hint.ts'
import { shellQuote } from '../../src/errors/shell-quote.ts'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => bench.dispose())

/** The commands of hints, as a shell would be handed them. */
const hinted = (stderr: string) => [...stderr.matchAll(/hint: (.*)/g)].map(([, hint]) => hint)

describe('the commands in hints', () => {
  it('are told from names that read like them, which are quoted or behind a #', () => {
    const told = (text: string) => forHost(['--state-dir', 'd', 'x'], text)
    expect(told("ls -ld 'my nvgpu file.yaml'; nvgpu vf list")).toBe(
      "ls -ld 'my nvgpu file.yaml'; nvgpu --state-dir d vf list",
    )
    expect(told('  nvgpu vgpu destroy 1f  # see nvgpu show me\n  nvgpu vf list')).toBe(
      '  nvgpu --state-dir d vgpu destroy 1f  # see nvgpu show me\n  nvgpu --state-dir d vf list',
    )
    expect(forHost(['--state-dir', 'a\nb'], 'nvgpu vf list')).toBe("nvgpu --state-dir $'a\\x0ab' vf list")
  })

  it('name the host that the command named, so that they can be typed as they are printed', async () => {
    const dir = bench.file("it's there")
    const there = `nvgpu --state-dir '${dir.replace("'", "'\\''")}'`
    for (const [words, hint] of [
      [['vgpu', 'create', '-t', 'L40-4Q'], 'vf enable 4'],
      [['vf', 'list'], 'vf enable 4'],
      [['vgpu', 'show', 'nosuch'], 'vgpu list'],
      [['host', 'advance', 'soon'], 'host advance 5s'],
      [['vgpu', 'list', '--gpu', '0'], 'vgpu create --type TYPE --gpu 0'],
    ] as const) {
      expect(hinted((await bench.run(['--state-dir', dir, ...words])).stderr)).toEqual([`${there} ${hint}`])
      expect(hinted((await bench.run([...words, `--state-dir=${dir}`])).stderr)).toEqual([`${there} ${hint}`])
      expect(hinted((await bench.run(words, { env: { NVGPU_STATE_DIR: dir } })).stderr)).toEqual([`nvgpu ${hint}`])
    }
    const json = await bench.run(['--state-dir', dir, 'vgpu', 'create', '-t', 'L40-4Q', '-o', 'json'])
    expect(JSON.parse(json.stderr)).toMatchObject({ hint: `${there} vf enable 4` })
  })

  it('do so in what a batch says of its lines, in warnings, and in what is to be typed before something fits', async () => {
    const dir = bench.file('there')
    const stdin = 'vf enable 40\n'
    const batch = await bench.run(['batch', '-f', '-', '--state-dir', dir], { stdin })
    expect(hinted(batch.stderr)).toEqual([`nvgpu --state-dir ${dir} vf enable 32 --gpu 0000:c1:00.0`])
    const ecc = await bench.run(['gpu', 'ecc', 'on', '--state-dir', dir])
    expect(ecc.stderr).toContain(`after: nvgpu --state-dir ${dir} gpu reset 0000:c1:00.0\n`)
    const fit = await bench.run(['fit', 'L40-4Q', '--state-dir', dir])
    expect(fit.stdout).toContain(`  nvgpu --state-dir ${dir} vf enable 32 --gpu 0\n`)
    const another = await bench.run(['fit', 'L40-4Q'])
    expect(another.stdout).toContain('  nvgpu vf enable 32 --gpu 0\n')
  })

  it('name the GPU that was meant', async () => {
    await bench.sh('host init --gpus 2')
    for (const line of ['vgpu create -t L40-4Q --gpu 1', 'vf show 0 --gpu 1'])
      expect(hinted((await bench.sh(line)).stderr)).toEqual(['nvgpu vf enable 4 --gpu 0000:c2:00.0'])
    expect(hinted((await bench.sh('vf list --gpu 1')).stderr)).toEqual(['nvgpu vf enable 4 --gpu 1'])
  })

  it('are told from other words, and from commands that name a host or none', () => {
    const argv = ['vf', 'list', '--state-dir', 'there', '--', '--state-dir', 'name']
    for (const text of [
      'nvgpu vf --help',
      'nvgpu --state-dir here vf enable 4',
      'upgrade nvgpu, or name another directory with --state-dir',
      'df -h /var/lib/nvgpu',
    ])
      expect(forHost(argv, text)).toBe(text)
    const twice = 'repeat with --force, or save it first: nvgpu host export FILE'
    expect(forHost(argv, twice)).toBe(twice.replace('nvgpu', 'nvgpu --state-dir there'))
    expect(forHost(['vf', 'list', '--state-dir'], 'nvgpu vf list')).toBe('nvgpu vf list')
    expect(forHost(['--state-dir', '$&', 'vf'], 'nvgpu vf list')).toBe("nvgpu --state-dir '$&' vf list")
  })
})

describe('E 1: the commands in hints', () => {
  const NAME = 'it\'s $(touch proof) `id`; "x" nvgpu vf list #\\'

  /** The last argument of a hint's command, as bash reads it. */
  const lastWord = (stderr: string) => {
    const [hint = ''] = hinted(stderr)
    const script = `show() { printf '%s\\0' "$@"; }; alias nvgpu=show ls=show mkdir=show; shopt -s expand_aliases\neval "$1"`
    const { stdout } = spawnSync('bash', ['-c', script, 'bash', hint], { encoding: 'utf8', cwd: bench.dir })
    return stdout.split('\0').at(-2)
  }
  const file = (name: string, content: string) => {
    fs.mkdirSync(path.join(bench.dir, NAME), { recursive: true })
    return bench.file(path.join(NAME, name), content)
  }

  it.each<[string, (name: string) => readonly string[]]>([
    ['of wait', (name) => ['wait', '--for', 'state=running', '--timeout', '0', name]],
    ['of a type blob on a terminal', (name) => ['types', 'export', name]],
  ])('%s name a vGPU or a type as a word', async (_title, words) => {
    await bench.sh('vf enable 1')
    await bench.run(['vgpu', 'create', '-t', 'L40-4Q', '-n', NAME, '--no-start'])
    for (const stateDir of [[], ['--state-dir', bench.stateDir]]) {
      const { stderr } = await bench.run([...stateDir, ...words(NAME)], { tty: true })
      const word = lastWord(stderr)
      expect(word === 'type.bin' ? stderr.includes(`export ${shellQuote(NAME)} type.bin`) : word === NAME, stderr).toBe(
        true,
      )
    }
  })

  it('of assert and of an export name files and directories as words', async () => {
    const wanted = file('host.yaml', 'gpus: [{gpu: 0, vfs: 3}]')
    expect(lastWord((await bench.run(['assert', '-f', wanted])).stderr)).toBe(wanted)
    expect(lastWord((await bench.run(['sysfs', 'export', path.dirname(wanted)])).stderr)).toBe(path.dirname(wanted))
    const callouts = await bench.run(['vgpu', 'define', '-t', 'L40-4Q', '--auto', '--callouts', path.dirname(wanted)])
    expect(lastWord(callouts.stderr)).toBe(`${path.dirname(wanted)}/callouts`)
  })

  it('name a directory once, whatever stands in a name behind it', () => {
    const text = `nvgpu vgpu show ${shellQuote(NAME)}`
    expect(forHost(['--state-dir', 'd'], text)).toBe(`nvgpu --state-dir d vgpu show ${shellQuote(NAME)}`)
  })
})
