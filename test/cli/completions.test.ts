import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { nodesOf } from '../../src/cli/completions/tree.ts'
import { completionScript, SHELLS } from '../../src/cli/completions.ts'
import { optionsOf } from '../../src/cli/globals.ts'
import { loadNouns } from '../../src/cli/load-noun.ts'
import { NOUNS } from '../../src/cli/nouns.ts'
import type { NounSpec } from '../../src/cli/spec.ts'
import { kebab } from '../../src/cli/spec.ts'
import { missing } from '../house/installed.ts'

let nouns: NounSpec[] = []
beforeAll(async () => {
  nouns = await loadNouns()
})

/** A test that is skipped, with the reason printed, where a program is missing. */
function needs(tool: string) {
  const reason = missing(tool)
  if (reason !== undefined) console.log(`skipped: ${reason}`)
  return it.skipIf(reason !== undefined)
}

const FILES = { bash: 'completions/nvgpu.bash', zsh: 'completions/_nvgpu', fish: 'completions/nvgpu.fish' }

describe('completion scripts', () => {
  it.each(SHELLS)('the committed %s file is what the command tree gives', (shell) => {
    expect(fs.readFileSync(FILES[shell], 'utf8')).toBe(completionScript(shell, nouns))
  })

  it('every verb is a place, with all its options; hidden nouns are none', () => {
    const nodes = nodesOf(nouns)
    for (const noun of nouns) {
      for (const verb of noun.verbs) {
        const path = [noun.name, verb.name].filter((word) => word !== '').join(' ')
        const node = nodes.find((candidate) => candidate.path === path)
        if (NOUNS[noun.name]?.hidden === true) {
          expect(node).toBeUndefined()
          continue
        }
        const spellings = node?.options.flatMap((flag) => flag.spellings) ?? []
        for (const key of Object.keys(optionsOf(verb))) expect(spellings, path).toContain(`--${kebab(key)}`)
      }
    }
  })

  describe.each(SHELLS)('of %s', (shell) => {
    needs(shell)('can be parsed by it', () => {
      const parsed = spawnSync(shell, ['-n', FILES[shell]], { encoding: 'utf8' })
      expect([parsed.stderr, parsed.status]).toEqual(['', 0])
    })
  })

  needs('fish')('fish offers live values and no files where a type or a vGPU is meant', () => {
    const script = `
      function nvgpu; switch $argv[-1]; case type; echo L40-4Q; case vgpu; echo desk7; end; end
      source ${FILES.fish}
      for line in 'nvgpu vgpu cr' 'nvgpu vgpu create --type ' 'nvgpu -o json vgpu show '; complete -C $line; end`
    const result = spawnSync('fish', ['--no-config', '-c', script], { encoding: 'utf8' })
    expect(result.stderr).toBe('')
    const words = result.stdout.split('\n').filter((line) => line !== '')
    expect(words.map((line) => line.split('\t')[0])).toEqual(['create', 'L40-4Q', 'desk7'])
  })

  needs('shellcheck')('shellcheck finds nothing in the bash script', () => {
    const result = spawnSync('shellcheck', [FILES.bash], { encoding: 'utf8' })
    expect(result.stdout).toBe('')
  })

  it.each([
    ['nvgpu vg', ['vgpu']],
    ['nvgpu vgpu cr', ['create']],
    ['nvgpu vgpu create --ty', ['--type']],
    ['nvgpu vgpu create --type ', ['L40-4Q', 'L40-8Q']],
    ['nvgpu vgpu list --output=y', ['yaml']],
    ['nvgpu -o json vgpu show ', ['desk7']],
    ['nvgpu vf show 0000:c1:00.', ['00.4', '00.5']],
    ['nvgpu vgpu stop desk7 ', ['desk7']],
    ['nvgpu vf bind c1:00.4 --driver v', ['vfio-pci']],
    ['nvgpu completion ', ['bash', 'zsh', 'fish']],
    ['nvgpu vgpu create --name ', []],
  ])('bash completes "%s"', (line, expected) => {
    // A stand-in for the program, so that only the script is judged here.
    const script = `
      nvgpu() { case "\${@: -1}" in
        type) printf 'L40-4Q\\nL40-8Q\\n' ;; vgpu) echo desk7 ;; vf) printf '0000:c1:00.4\\n0000:c1:00.5\\n' ;; gpu) echo 0000:c1:00.0 ;;
      esac; }
      . ${FILES.bash}
      COMP_LINE=$1 COMP_POINT=\${#1}
      _nvgpu nvgpu "\${1##*[ =:]}"
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const result = spawnSync('bash', ['-c', script, 'bash', line], { encoding: 'utf8' })
    expect(result.stderr).toBe('')
    expect(
      result.stdout
        .split('\n')
        .filter((word) => word !== '')
        .sort(),
    ).toEqual([...expected].sort())
  })
})
