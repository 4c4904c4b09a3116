import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { REFUSALS } from '../../src/errors/refusal.ts'
import { formatTranscript, parseTranscript, type Transcript } from './transcript.ts'

const TRANSCRIPTS = path.resolve('test/transcripts')
const PAGES = ['README.md', ...fs.readdirSync('docs').map((name) => `docs/${name}`)]
const text = fs.readFileSync('README.md', 'utf8')
const sessions = fs
  .readdirSync(TRANSCRIPTS)
  .map((name) => parseTranscript(fs.readFileSync(path.join(TRANSCRIPTS, name), 'utf8')))

describe('README and docs', () => {
  it.each(PAGES)('%s: every console block is part of a transcript', async (name) => {
    // `npm run transcripts` rewrites the blocks.
    const page = withRealDiagrams(fs.readFileSync(name, 'utf8'), sessions)
    await expect(withRealOutput(page, sessions)).toMatchFileSnapshot(path.resolve(name))
  })

  it('K 10: README has one of each picture, and every diagram is the output of a command', () => {
    for (const command of [
      'nvgpu fb map',
      'nvgpu fb map --placement',
      'nvgpu host tree',
      'nvgpu vgpu stats --sparkline',
    ])
      expect(text).toMatch(new RegExp(`^\\$ .*${command}\\b.*\n[^$]+`, 'm'))
    expect(text).toMatch(/^\[[.#A-Z]{64}\]$/m)
    expect(text).toMatch(/[▁▂▃▄▅▆▇█]{20}/)
    expect(text).toContain('Perfetto')
    expect(text).toMatch(/^```mermaid\nsequenceDiagram\n {2}participant P1 as .+->>.+\n```$/ms)
    for (const name of PAGES) {
      const page = fs.readFileSync(name, 'utf8')
      const diagrams = page.match(/^```mermaid$/gm)?.length ?? 0
      expect(page.match(/^<!-- \$ nvgpu .* -->\n```mermaid$/gm)?.length ?? 0, name).toBe(diagrams)
    }
  })

  it('README and tour quote transcripts', () => {
    for (const name of ['README.md', 'docs/tour.md'])
      expect(fs.readFileSync(name, 'utf8').match(/^```console$/gm)?.length, name).toBeGreaterThan(4)
  })

  it('F: README has at most 200 lines', () => {
    expect(text.split('\n').length).toBeLessThanOrEqual(200)
  })

  it('a block of commands that no transcript has is refused', () => {
    expect(() => withRealOutput('```console\n$ nvgpu --version\nnvgpu 0\n```\n', sessions)).toThrow(
      'no transcript has: nvgpu --version',
    )
  })

  it('a block whose output is made up does not stay as it is', () => {
    const lie = '```console\n$ nvgpu gpu list\nthousands of them\n```\n'
    expect(withRealOutput(lie, sessions)).toContain('0000:c1:00.0')
  })

  it('sets everything up in two commands that are there', () => {
    const { scripts } = JSON.parse(fs.readFileSync('package.json', 'utf8'))
    const shell = [...text.matchAll(/^```sh\n([^`]*)\n```$/gm)].map((match) => match[1])
    expect(shell).toEqual(['npm ci && npm run demo', 'npm test'])
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['demo', 'test']))
  })

  it('has every exit status of a refusal', () => {
    for (const { status } of Object.values(REFUSALS)) expect(text).toMatch(new RegExp(`^\\| ${status} +\\| `, 'm'))
  })

  it.each([...PAGES, 'CONTRIBUTING.md'])('%s names no file or folder that does not exist', (name) => {
    const content = fs.readFileSync(name, 'utf8')
    for (const [, file = ''] of content.matchAll(
      /`((?:src|test|bench|man|completions|examples|docs|\.ci)\/[\w./-]*)`/g,
    ))
      expect(fs.existsSync(file), file).toBe(true)
    for (const [, link = ''] of content.matchAll(/\]\(([\w./-]+)\)/g))
      expect(fs.existsSync(path.join(path.dirname(name), link)), link).toBe(true)
  })
})

/** The page with each diagram taken from the transcript that runs the command in the comment before it. */
function withRealDiagrams(page: string, transcripts: readonly Transcript[]): string {
  return page.replace(/^<!-- \$ (.*) -->\n```mermaid\n(?:.*?)^```$/gms, (_, command: string) => {
    const entry = transcripts.flatMap(({ entries }) => entries).find((known) => known.command === command)
    if (entry === undefined) throw new Error(`no transcript has: ${command}`)
    return `<!-- $ ${command} -->\n\`\`\`mermaid\n${entry.output}\`\`\``
  })
}

/** The page with the output of each console block taken from the transcript that runs the same commands in a row. */
function withRealOutput(page: string, transcripts: readonly Transcript[]): string {
  return page.replace(/^```console\n(.*?)^```$/gms, (_, block: string) => {
    const commands = parseTranscript(block).entries.map((entry) => entry.command)
    for (const { entries } of transcripts) {
      const at = entries.findIndex((_entry, index) =>
        commands.every((command, offset) => entries[index + offset]?.command === command),
      )
      if (at < 0) continue
      const printed = formatTranscript({ title: '', entries: entries.slice(at, at + commands.length) })
      return `\`\`\`console${printed}\`\`\``
    }
    throw new Error(`no transcript has: ${commands.join(' ; ')}`)
  })
}
