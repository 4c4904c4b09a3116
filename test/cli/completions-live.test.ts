import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../house/installed.ts'
import { CACHES } from '../house/sandbox.ts'

/** Real shells, the real program on their PATH, and two hosts: what is offered is what is there. */
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-complete-'))
const other = path.join(dir, 'other')
const env = {
  PATH: `${dir}/bin:${process.env.PATH}`,
  HOME: dir,
  XDG_CACHE_HOME: CACHES,
  TERM: 'dumb',
  NVGPU_STATE_DIR: path.join(dir, 'state'),
}
const UUID = '11111111-2222-4333-8444-555555555555'

beforeAll(() => {
  fs.mkdirSync(path.join(dir, 'bin'))
  fs.symlinkSync(path.resolve('bin/nvgpu.cjs'), path.join(dir, 'bin', 'nvgpu'))
  for (const line of ['vf enable 2', `vgpu create -t L40-8Q -n desk7 -u ${UUID}`]) nvgpu(line)
  for (const line of ['host init --board L4', 'vf enable 1', 'vgpu define -t L4-2Q -n later --auto']) {
    nvgpu(`${line} --state-dir ${other}`)
  }
})
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))

function nvgpu(line: string): void {
  const result = spawnSync('nvgpu', line.split(' '), { env, encoding: 'utf8' })
  expect([result.status, result.stderr], line).toEqual([0, ''])
}

/** What each shell offers at the end of a line. */
const SHELLS: Readonly<Record<string, (line: string) => string[]>> = {
  bash: (line) =>
    words(
      run('bash', [
        '-c',
        `. completions/nvgpu.bash
        COMP_LINE=$1 COMP_POINT=\${#1}
        "$(complete -p nvgpu | sed 's/.*-F \\([^ ]*\\).*/\\1/')" nvgpu "\${1##* }"
        printf '%s\\n' "\${COMPREPLY[@]}"`,
        'bash',
        line,
      ]),
    ),
  zsh: (line) => {
    const out = run('zsh', ['-f', 'test/cli/zsh-completions.zsh', line, path.resolve('completions')])
    return [...out.matchAll(/<([^<>\n]*)>\r?\n/g)].map(([, word = '']) => word).filter((word) => word !== 'END')
  },
  fish: (line) =>
    words(run('fish', ['--no-config', '-c', `source completions/nvgpu.fish; complete -C $argv[1]`, line])).map(
      (word) => word.split('\t')[0] ?? '',
    ),
}

function run(shell: string, argv: readonly string[]): string {
  const { stdout, stderr } = spawnSync(shell, argv, { env, encoding: 'utf8', timeout: 30_000 })
  expect(stderr).toBe('')
  return stdout
}

function words(text: string): string[] {
  return text.split('\n').filter((word) => word !== '')
}

describe.each(Object.entries(SHELLS))('%s', (shell, offers) => {
  const reason = missing(shell)
  if (reason !== undefined) console.log(`skipped: ${reason}`)

  it.skipIf(reason !== undefined).each<[string, readonly string[]]>([
    ['nvgpu vgpu show ', [UUID, 'desk7']],
    ['nvgpu vgpu stop desk7 de', ['desk7']],
    ['nvgpu vf show ', ['0000:c1:00.4', '0000:c1:00.5']],
    ['nvgpu vf enable 3 --gpu ', ['0000:c1:00.0']],
    [
      'nvgpu vgpu create --type L40-1',
      ['L40-1B', 'L40-1Q', 'L40-12Q', 'L40-16Q', 'L40-1A', 'L40-12A', 'L40-16A', 'L40-12C', 'L40-16C'],
    ],
    ['nvgpu fit L40-48', ['L40-48A', 'L40-48C', 'L40-48Q']],
    ['nvgpu vgpu stop -o json de', ['desk7']],
    ['nvgpu -o json vgpu -q stop desk7 --gpu ', ['0000:c1:00.0']],
    [`nvgpu --state-dir ${other} vgpu start `, ['later']],
    [`nvgpu vgpu start --state-dir ${other} `, ['later']],
    [`nvgpu --state-dir ${other} vgpu create --type L4-1`, ['L4-12A', 'L4-12C', 'L4-12Q', 'L4-1A', 'L4-1B', 'L4-1Q']],
  ])('%s', (line, expected) => {
    const offered = offers(line).filter((word) => !/^[0-9a-f]{8}-/.test(word) || word === UUID)
    expect([...new Set(offered)].sort()).toEqual([...expected].sort())
  })
})
