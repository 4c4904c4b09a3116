import type { OptionSpec, Options, VerbSpec } from './spec.ts'

export const FORMATS = ['table', 'wide', 'json', 'jsonl', 'yaml', 'csv', 'name'] as const

/** Options of every command: before the noun, before the verb or after it; the last place wins. */
export const GLOBALS = {
  stateDir: { value: 'DIR', summary: 'state directory of the host', env: 'NVGPU_STATE_DIR', complete: 'dir' },
  output: { short: 'o', value: 'FORMAT', summary: 'output format', choices: FORMATS, env: 'NVGPU_OUTPUT' },
  quiet: { short: 'q', summary: 'print identifiers only, as -o name', env: 'NVGPU_QUIET' },
  noHeader: { summary: 'leave the header line out of tables and CSV', env: 'NVGPU_NO_HEADER' },
  noUnits: { summary: 'leave units out of CSV values', env: 'NVGPU_NO_UNITS' },
  noColor: { summary: 'no colours', env: 'NVGPU_NO_COLOR' },
} as const satisfies Options

/**
 * Further options of changing verbs, behind the verb only: before it, the parser cannot know whether the verb changes
 * something.
 */
export const CHANGING = {
  dryRun: { summary: 'run the real model and show the result, change nothing', env: 'NVGPU_DRY_RUN' },
  operationId: {
    value: 'ID',
    summary: 'id of this change: if repeated with the same ID within 16,384 changes, as after a kill, it is done once',
    env: 'NVGPU_OPERATION_ID',
  },
} as const satisfies Options

/** All options of a verb in its own place: its own first, then the common ones. */
export function optionsOf(verb: VerbSpec): Options {
  const known = tables.get(verb)
  if (known !== undefined) return known
  const table: Record<string, OptionSpec> = { ...verb.options, ...(verb.changes && CHANGING), ...GLOBALS }
  if (verb.formats) table.output = { ...GLOBALS.output, choices: [...FORMATS, ...verb.formats] }
  if (verb.resumes) delete table.operationId
  tables.set(verb, table)
  return table
}

const tables = new WeakMap<VerbSpec, Options>()
