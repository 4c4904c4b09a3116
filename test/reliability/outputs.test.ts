import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadNouns } from '../../src/cli/load-noun.ts'
import { cutOutputs, mutants } from './disk-parts.ts'
import { MUTANTS } from './mutants.ts'
import { NO_OUTPUTS, OUTPUTS, WRITERS } from './outputs.ts'
import { chosenSeed } from './random.ts'

/** Functions of node:fs that make, fill or rename something. */
const WRITES =
  '(?:writeFile|appendFile|createWriteStream|copyFile|cp|rename|mkdir|mkdtemp|symlink|link|f?truncate)(?:Sync)?\\b'
/** How a file is opened to be written to. */
const OPENED = '\\bO_(?:WRONLY|RDWR|CREAT)\\b|\\bopen(?:Sync)?\\([^\\n]*[\'"](?:w|a|r\\+)'

/** Whether a source file of the product writes files. */
function writes(source: string): boolean {
  if (!/'(?:node:)?fs(?:\/promises)?'/.test(source)) return false
  const names = /import \{([^}]*)\} from '(?:node:)?fs/.exec(source)?.[1] ?? ''
  // without functions nothing is opened: flags are compared
  if (names.trim() === 'constants') return false
  return (
    new RegExp(`\\bfs\\.(?:promises\\.)?${WRITES}|${OPENED}`).test(source) || new RegExp(`\\b${WRITES}`).test(names)
  )
}

describe('the table of output paths', () => {
  it('E 3: has every file of the product that writes files', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
    const writers = files.filter((file) => writes(readFileSync(resolve('src', file), 'utf8')))
    expect(writers.sort()).toEqual(Object.keys(WRITERS).sort())
  })

  it.each([
    "import { writeFileSync } from 'node:fs'",
    "import { chmodSync,\n renameSync } from 'node:fs'",
    "import fs from 'node:fs'\nfs.createWriteStream(file)",
    "import fs from 'node:fs'\nfs.openSync(file, 'w')",
    "import { openSync } from 'fs'\nopenSync(at(file), 'a', 0o600)",
    "import { open } from 'node:fs/promises'\nopen(file, 'wx')",
    "import { openSync, constants } from 'node:fs'\nopenSync(file, constants.O_WRONLY)",
  ])('E 3: would notice %j', (source) => {
    expect(writes(source)).toBe(true)
    expect(writes("import { constants } from 'node:fs'\nflags === constants.O_WRONLY")).toBe(false)
    expect(writes("import { openSync, readSync } from 'node:fs'\nopenSync(file, 'r')")).toBe(false)
  })

  it('E 3: has every option and argument that names a file or directory, but for those that keep nothing', async () => {
    const named = (await loadNouns()).flatMap(({ name, verbs }) =>
      verbs.flatMap((verb) =>
        Object.entries({ ...verb.options, ...verb.args })
          .filter(([, { complete }]) => complete === 'file' || complete === 'dir')
          .map(([key]) => [name, verb.name, key].filter(Boolean).join(' ')),
      ),
    )
    const outputs = new Set(OUTPUTS.map(({ names }) => names))
    // whose words are nvidia-smi's, and its own parser's
    expect(outputs.delete('smi -f')).toBe(true)
    const kept = named.filter((name) => !NO_OUTPUTS.some((input) => input.test(name)))
    expect([...new Set(kept)].sort()).toEqual([...outputs].sort())
    for (const input of NO_OUTPUTS) expect(named.some((name) => input.test(name))).toBe(true)
  })
})

describe('a power cut', () => {
  it('E 3: after the answer leaves every file whole, before it the old one or the new one', {
    timeout: 60_000,
  }, async () => {
    const seed = chosenSeed()
    const { failures, counts } = await cutOutputs({ seed, rounds: 100 })
    console.log(`outputs: NVGPU_SEED=${seed}: ${counts}`)
    expect(failures).toEqual([])
  })

  it.each(['output-not-synced', 'output-directory-not-synced', 'link-not-synced', 'vgpu-closed-before-its-file'])(
    'E 3: finds the mutant %s',
    { timeout: 60_000 },
    async (name) => {
      const list = MUTANTS.filter((mutant) => mutant.name === name)
      const { failures, counts } = await mutants({ seed: chosenSeed(), rounds: 1_000 }, list)
      console.log(counts)
      expect(failures).toEqual([])
    },
  )
})
