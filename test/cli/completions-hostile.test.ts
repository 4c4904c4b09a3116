import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../house/installed.ts'

/**
 * Names that a shell would act on, completed by real shells on a terminal with the real program. Each begins with a letter
 * of its own that no UUID begins with, so that one Tab completes it; Enter then has to hand the name to the command, and nothing else is run.
 */
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-hostile-'))
const PROOF = path.join(dir, 'proof')
const HOSTILE = [
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is text for a shell
  'p$(touch${IFS}proof)`touch proof`;touch proof|tee proof>proof&',
  'q "quoted" it\'s *[a-z]? {a,b} back\\slash\\',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is text for a shell
  'r${HOME}$HOME~!!#x=y@z:w%s^grün😀',
  "s'single'",
  't"double"',
  'u!',
]
const UPLOADED = ['v$(touch proof)`touch proof`', 'w "*" it\'s;']
/** A state directory whose name a shell would act on. */
const ELSEWHERE = path.join(dir, 'st $(touch proof) `touch proof` "$HOME" dir')
const env = {
  PATH: `${dir}/bin:${process.env.PATH}`,
  HOME: dir,
  TERM: 'xterm',
  LC_ALL: 'C.UTF-8',
  NVGPU_STATE_DIR: path.join(dir, 'state'),
}

beforeAll(() => {
  fs.mkdirSync(path.join(dir, 'bin'))
  fs.symlinkSync(path.resolve('bin/nvgpu.cjs'), path.join(dir, 'bin', 'nvgpu'))
  nvgpu('vf', 'enable', '32')
  for (const name of HOSTILE) nvgpu('vgpu', 'define', '-t', 'L40-1B', '-n', name, '--auto')
  for (const [index, name] of UPLOADED.entries()) uploadType(5000 + index, name)
  nvgpu('vf', 'enable', '1', '--state-dir', ELSEWHERE)
  nvgpu('vgpu', 'create', '-t', 'L40-4Q', '-n', 'faraway', '--state-dir', ELSEWHERE)
})
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))

function nvgpu(...words: readonly string[]): string {
  const result = spawnSync('nvgpu', words, { env, cwd: dir, encoding: 'utf8' })
  expect([result.status, result.stderr], words.join(' ')).toEqual([0, ''])
  return result.stdout
}

/** A type as L40-4Q, under another number and name. */
function uploadType(id: number, name: string): void {
  const file = path.join(dir, 'type.bin')
  nvgpu('types', 'export', 'L40-4Q', file)
  const blob = fs.readFileSync(file)
  blob.writeUInt32LE(id, 0)
  blob.fill(0, 4, 36).write(name, 4)
  fs.writeFileSync(file, blob)
  nvgpu('types', 'upload', file)
}

/** How a shell is started without anybody's settings, and what its `nvgpu` does with what it is given. */
const SHELLS = {
  bash: {
    start: ['bash', '--norc', '--noprofile', '-i'],
    setup: `PS1=; . ${path.resolve('completions/nvgpu.bash')}; nvgpu() { case " $* " in *' __complete '*) command nvgpu "$@" ;; *) printf '%s\\0' "$@" >new; mv new words ;; esac; }; nvgpu`,
  },
  zsh: {
    start: ['zsh', '-f', '-i'],
    setup: `PROMPT= RPROMPT=; fpath=(${path.resolve('completions')} $fpath); autoload -Uz compinit; compinit -u -D; nvgpu() { case " $* " in *' __complete '*) command nvgpu "$@" ;; *) printf '%s\\0' "$@" >new; mv new words ;; esac; }; nvgpu`,
  },
  fish: {
    start: ['fish', '--no-config', '-i'],
    setup: `source ${path.resolve('completions/nvgpu.fish')}; function nvgpu; if contains __complete $argv; command nvgpu $argv; else; printf '%s\\0' $argv >new; mv new words; end; end; nvgpu`,
  },
} as const

/** What the last argument is when lines are typed, each with a Tab and Enter behind it. */
function completed(shell: keyof typeof SHELLS, lines: readonly string[]): (string | undefined)[] {
  const { start, setup } = SHELLS[shell]
  const driver = path.resolve('test/cli/on-a-shell.py')
  const options = { env, cwd: dir, encoding: 'utf8', input: JSON.stringify(lines), timeout: 120_000 } as const
  const result = spawnSync('python3', [driver, dir, setup, ...start], options)
  expect(result.stderr).toBe('')
  const words: (string[] | null)[] = JSON.parse(result.stdout)
  return words.map((line) => line?.at(-1))
}

describe.each(['bash', 'zsh', 'fish'] as const)('E 1: %s', (shell) => {
  const reason = missing(shell) ?? missing('python3')
  if (reason !== undefined) console.log(`skipped: ${reason}`)

  it.skipIf(reason !== undefined).each([
    ['no quote', ''],
    ['a single quote', "'"],
    ['a double quote', '"'],
  ])(
    'completes names behind %s to what means them, and runs nothing',
    (_title, quote) => {
      const ofVgpus = HOSTILE.map((name) => `nvgpu vgpu show ${quote}${name.slice(0, 1)}`)
      const ofTypes = UPLOADED.map((name) => `nvgpu types show ${quote}${name.slice(0, 1)}`)
      expect(completed(shell, [...ofVgpus, ...ofTypes])).toEqual([...HOSTILE, ...UPLOADED])
      expect(fs.existsSync(PROOF)).toBe(false)
    },
    150_000,
  )

  it.skipIf(reason !== undefined)(
    'takes the state directory from the line, whatever it is called, and runs nothing',
    () => {
      const lines = ['--state-dir ', '--state-dir=', '--state-dir='].map((option, index) =>
        index < 2 ? `nvgpu ${option}'${ELSEWHERE}' vgpu show far` : `nvgpu vgpu show ${option}'${ELSEWHERE}' far`,
      )
      expect(completed(shell, lines)).toEqual(['faraway', 'faraway', 'faraway'])
      expect(fs.existsSync(PROOF)).toBe(false)
    },
    150_000,
  )
})
