import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { REFUSALS } from '../../src/abi/refusal.ts'
import { formatTranscript, parseTranscript, type Transcript } from './transcript.ts'

const README = path.resolve('README.md')
const TRANSCRIPTS = path.resolve('test/transcripts')
const text = fs.readFileSync(README, 'utf8')
const sessions = fs
  .readdirSync(TRANSCRIPTS)
  .map((name) => parseTranscript(fs.readFileSync(path.join(TRANSCRIPTS, name), 'utf8')))

describe('the README', () => {
  it('shows nothing that was not printed: every console block is a part of a transcript', async () => {
    expect(text.match(/^```console$/gm)?.length).toBeGreaterThan(5)
    // `npm run transcripts` writes the blocks anew.
    await expect(withRealOutput(text, sessions)).toMatchFileSnapshot(README)
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

  it.each(['README.md', 'CONTRIBUTING.md'])('%s names no file or folder that is not there', (name) => {
    const content = fs.readFileSync(name, 'utf8')
    const named = [...content.matchAll(/`((?:src|test|bench|man|completions|examples|\.ci)\/[\w./-]*)`/g)]
    expect(named.length).toBeGreaterThan(3)
    for (const [, file = ''] of named) expect(fs.existsSync(file), file).toBe(true)
    for (const [, link = ''] of content.matchAll(/\]\(([\w./-]+)\)/g)) expect(fs.existsSync(link), link).toBe(true)
  })
})

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
