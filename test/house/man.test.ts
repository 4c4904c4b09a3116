import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { optionsOf } from '../../src/cli/globals.ts'
import { loadNouns } from '../../src/cli/load-noun.ts'
import { NOUNS } from '../../src/cli/nouns.ts'
import type { NounSpec } from '../../src/cli/spec.ts'
import { kebab } from '../../src/cli/spec.ts'
import { REFUSALS } from '../../src/errors/refusal.ts'
import { missing } from './installed.ts'
import { fillIn, generatedParts } from './manual.ts'

const PAGE = path.resolve('man/nvgpu.1')
const NO_MANDOC = missing('mandoc')

let nouns: NounSpec[] = []
let page = ''
beforeAll(async () => {
  nouns = (await loadNouns()).filter((noun) => NOUNS[noun.name]?.hidden !== true)
  page = fillIn(fs.readFileSync(PAGE, 'utf8'), generatedParts(nouns))
})

describe('the man page', () => {
  it('says of commands, options and statuses what the program itself knows', async () => {
    // `npm run man` writes the page anew.
    await expect(page).toMatchFileSnapshot(PAGE)
  })

  it('refuses a page that has no place for a part', () => {
    expect(() => fillIn('.Sh NAME\n', { commands: '' })).toThrow('no place for the part "commands"')
  })

  it('names every verb in a place of its own, and none that is not there', () => {
    const items = [...page.matchAll(/^\.It Cm ([a-z -]+?)(?= [A-Z]|$)/gm)].map((match) => match[1])
    const verbs = nouns.flatMap((noun) => noun.verbs.map((verb) => [noun.name, verb.name]))
    const paths = verbs.map((words) => words.filter((word) => word !== '').join(' ')).filter((words) => words !== '')
    const commands = items.filter((item) => item !== undefined && paths.includes(item))
    expect(commands).toEqual(paths)
    const inSection = page.slice(page.indexOf('.Sh COMMANDS'), page.indexOf('.Sh ENVIRONMENT'))
    expect(inSection.match(/^\.It Cm /gm)).toHaveLength(paths.length)
  })

  it('names every option, and none that is not there', () => {
    const known = new Set(['version', 'help'])
    for (const verb of nouns.flatMap((noun) => noun.verbs)) {
      for (const key of Object.keys(optionsOf(verb))) known.add(kebab(key))
    }
    const named = new Set([...page.matchAll(/\bFl -([a-z0-9-]+)/g)].map((match) => match[1]))
    expect([...named].sort()).toEqual([...known].sort())
  })

  it('has every refusal code with its status', () => {
    for (const [code, { status }] of Object.entries(REFUSALS)) expect(page).toContain(`.It ${status} Ta ${code} Ta`)
  })

  it('is clean under mandoc -Tlint', ({ skip }) => {
    skip(NO_MANDOC !== undefined, NO_MANDOC)
    const lint = spawnSync('mandoc', ['-Tlint', '-Wstyle'], { input: page, encoding: 'utf8' })
    // Whether other manuals are installed, and indexed, is a matter of the machine.
    const found = lint.stdout
      .split('\n')
      .filter((line) => !/^$|referenced manual not found|outdated mandoc\.db/.test(line))
    expect(found).toEqual([])
  })

  it('renders every verb with its arguments', ({ skip }) => {
    skip(NO_MANDOC !== undefined, NO_MANDOC)
    const rendered = spawnSync('mandoc', ['-Tascii', '-Owidth=200'], { input: page, encoding: 'utf8' })
    const text = withoutOverstrikes(rendered.stdout)
    expect(text).toContain('vgpu create -t TYPE [-i GPU]')
    expect(text).toContain('vgpu destroy [--all] [-i GPU] [--if-exists] [--callouts DIR] [--force] [VGPU ...]')
    expect(text).toMatch(/\n {5}types export TYPE \[FILE\]\n/)
  })
})

/** Bold and underlined letters are a letter, a backspace and a letter. */
function withoutOverstrikes(printed: string): string {
  return printed
    .split('\b')
    .map((part, index, parts) => (index < parts.length - 1 ? part.slice(0, -1) : part))
    .join('')
}
