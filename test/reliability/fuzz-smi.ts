import fc from 'fast-check'
import type { SmiOption } from '../../src/cli/smi/options.ts'
import { SUBCOMMANDS } from '../../src/cli/smi/subcommand-table.ts'
import { OPTIONS as TOP } from '../../src/cli/smi/top-options.ts'
import { SCHEDULER_OPTIONS, VGPU_OPTIONS } from '../../src/cli/smi/vgpu-options.ts'
import { gpuFields } from '../../src/render/query/gpu-fields.ts'
import { processFields } from '../../src/render/query/process-fields.ts'
import { TYPE_FIELDS } from '../../src/render/query/type-fields.ts'
import { VF_FIELDS } from '../../src/render/query/vf-fields.ts'
import { VGPU_FIELDS } from '../../src/render/query/vgpu-fields.ts'
import { Q_PARTS } from '../../src/render/smi/q-layout.ts'
import { STYLES } from '../../src/render/smi/style.ts'

const FIELDS = [gpuFields(), processFields(), VGPU_FIELDS, VF_FIELDS, TYPE_FIELDS].flatMap((fields) =>
  fields.flatMap(({ name, aliases }) => [name, ...aliases]),
)

/** Properties as a query wants them, with commas between. */
export const fieldLists: fc.Arbitrary<string> = listsOf(FIELDS)

/** What follows the options of nvidia-smi that say what they want; the others take a number, a GPU or a word. */
const VALUES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  display: listsOf(Q_PARTS),
  queryGpu: fieldLists,
  queryApps: fieldLists,
  format: fc.constantFrom('csv', 'csv,noheader', 'csv,nounits,noheader', 'noheader', 'xml', ''),
  id: fc.constantFrom(
    '0',
    '1',
    '0,1',
    '7',
    '0000:c1:00.0',
    '00000000:C1:00.0',
    'all',
    '11111111',
    '3251634178',
    '',
    '-1',
  ),
  loopMs: fc.constantFrom('1', '1000', '0', '-5', '1e3'),
}

/** Command lines of `nvgpu smi`: every option of every one of its screens and setters, and words it has no idea of. */
export function smiLines(anyWord: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  const own = fc.oneof(
    { weight: 4, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: fc.constant(['--dry-run']) },
    { weight: 1, arbitrary: fc.constantFrom(...Object.keys(STYLES), '1').map((style) => ['--style', style]) },
  )
  const screens = fc.oneof(
    screen([], TOP, anyWord),
    screen(['vgpu'], VGPU_OPTIONS, anyWord),
    ...SUBCOMMANDS.flatMap(({ name, options }) => (options === undefined ? [] : [screen([name], options, anyWord)])),
    screen(['vgpu', 'set-scheduler-state'], SCHEDULER_OPTIONS, anyWord),
  )
  return fc.tuple(own, screens).map(([style, words]) => ['smi', ...style, ...words])
}

function screen(names: string[], table: Readonly<Record<string, SmiOption>>, anyWord: fc.Arbitrary<string>) {
  const options = Object.entries(table).map(([key, { names: spellings, value }]) => {
    const values = VALUES[key] ?? fc.oneof(fc.constantFrom('0', '1', '2', '3'), anyWord)
    return fc.tuple(fc.constantFrom(...spellings), values, fc.boolean()).map(([name, text, joined]) => {
      if (value === 'none' || (value === 'optional' && text.length > 3)) return [name]
      return joined && name.startsWith('--') ? [`${name}=${text}`] : [name, text]
    })
  })
  const stray = anyWord.map((word) => [word])
  const words = fc.array(fc.oneof({ weight: 12, arbitrary: fc.oneof(...options) }, { weight: 1, arbitrary: stray }), {
    maxLength: 4,
  })
  return words.map((list) => [...names, ...list.flat()])
}

function listsOf(words: readonly string[]): fc.Arbitrary<string> {
  const word = fc.oneof({ weight: 15, arbitrary: fc.constantFrom(...words) }, { weight: 1, arbitrary: fc.string() })
  return fc.array(word, { minLength: 1, maxLength: 12 }).map((list) => list.join(','))
}
