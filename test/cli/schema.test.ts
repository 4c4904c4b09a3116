import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { loadNouns } from '../../src/cli/load-noun.ts'
import { SCHEMA_KINDS, schemaOf } from '../../src/contract/views/documents.ts'
import { stateFixtures } from '../store/state-fixtures.ts'
import { Bench } from './captured-io.ts'
import { EVERY_VERB, NO_DOCUMENT, prepareFiles } from './every-verb.ts'

/** Kinds that no line of EVERY_VERB can come to: of documents that are read, of errors, and of a repeated operation. */
const JUDGED_APART = ['declaration', 'facts', 'hostExport', 'fleet', 'error', 'repeatedOperations']

/** A verb whose answer is the file it makes. */
const MAKES_FILE = /^host export /

const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true })
const validators = new Map<string, ValidateFunction>()
for (const kind of SCHEMA_KINDS) validators.set(kind, ajv.compile(schemaOf(kind) ?? {}))

function judge(kind: string, document: unknown): string {
  const validate = validators.get(kind)
  if (validate === undefined) return `there is no schema of kind ${kind}: add it to src/contract/views/documents.ts`
  return validate(document) ? '' : ajv.errorsText(validate.errors)
}

let bench: Bench
beforeAll(async () => {
  bench = new Bench()
  await prepareFiles(bench)
})
afterAll(() => {
  bench.dispose()
})

describe('the schema of each kind of document', () => {
  const seen = new Set<string>()

  it.each(EVERY_VERB)('nvgpu %s', async (line) => {
    const words = `${line} -o json`.replaceAll('DIR', bench.dir)
    const { stdout, stderr, status } = await bench.sh(words)
    // 5 and 6: it does not fit, it differs
    expect([0, 5, 6], `${stderr}${stdout}`).toContain(status)
    if (MAKES_FILE.test(line)) return expect(stdout).toBe('')
    const document = JSON.parse(stdout)
    seen.add(document.kind)
    expect(judge(document.kind, document)).toBe('')
  })

  it('every kind was seen', () => {
    expect(SCHEMA_KINDS.filter((kind) => !seen.has(kind) && !JUDGED_APART.includes(kind))).toEqual([])
  })

  it('every verb was seen', async () => {
    const verbs = (await loadNouns()).flatMap((noun) => noun.verbs.map((each) => `${noun.name} ${each.name}`.trim()))
    const lines = [...EVERY_VERB, ...NO_DOCUMENT]
    expect(verbs.filter((verb) => !lines.some((line) => `${line} `.startsWith(`${verb} `)))).toEqual([])
  })

  it('a document that is not so is not valid', () => {
    const gpus = { schema: 1, kind: 'gpus', items: [] }
    expect(judge('gpus', gpus)).toBe('')
    expect(judge('gpus', { ...gpus, schema: 2 })).not.toBe('')
    expect(judge('gpus', { ...gpus, items: [{}] })).not.toBe('')
    expect(judge('gpus', { ...gpus, more: 1 })).not.toBe('')
    expect(judge('gpus', { ...gpus, changed: true })).toContain('warnings')
    expect(judge('vfs', gpus)).not.toBe('')
  })

  it('a refusal is a document too', async () => {
    for (const line of ['vgpu show nobody', 'gpu show 9', 'vf enable 99', 'nonsense', 'assert -f DIR/other.yaml']) {
      const { stderr, status } = await bench.sh(`${line} -o json`.replaceAll('DIR', bench.dir))
      expect(status, line).toBeGreaterThan(1)
      expect(judge('error', JSON.parse(stderr)), line).toBe('')
    }
  })

  it('facts, and what export prints for apply', async () => {
    expect(judge('facts', JSON.parse((await bench.sh('export facts')).stdout))).toBe('')
    expect(judge('declaration', JSON.parse((await bench.sh('export -o json')).stdout))).toBe('')
    expect(judge('declaration', parseYaml((await bench.sh('export')).stdout))).toBe('')
  })
})

describe('the schema of an exported host', () => {
  it('F 1: is that of every export there has been, and of no other host', () => {
    for (const { name, exported } of stateFixtures()) {
      const host = JSON.parse(readFileSync(exported, 'utf8'))
      expect(judge('hostExport', host), name).toBe('')
      expect(judge('hostExport', { ...host, more: 1 }), name).toContain('additional properties')
      expect(judge('hostExport', { ...host, gpus: [] }), name).not.toBe('')
      expect(judge('hostExport', { ...host, profile: 'v1' }), name).not.toBe('')
      expect(judge('hostExport', { ...host, boot: { c1: null } }), name).not.toBe('')
      const { overlay: _, ...older } = host
      expect(judge('hostExport', older), name).toBe('')
    }
  })
})

describe('nvgpu schema', () => {
  it('lists the kinds and prints each', async () => {
    const kinds = (await bench.sh('schema -q')).stdout.trim().split('\n')
    expect(kinds).toEqual(SCHEMA_KINDS)
    for (const kind of kinds) {
      const { stdout } = await bench.sh(`schema ${kind}`)
      expect(JSON.parse(stdout)).toMatchObject({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: `urn:nvgpu:schema:1:${kind}`,
      })
    }
    expect(parseYaml((await bench.sh('schema vgpus -o yaml')).stdout)).toEqual(schemaOf('vgpus'))
  })

  it('offers the nearest kinds where there is none of the name', async () => {
    const { status, stderr } = await bench.sh('schema vgpu')
    expect(status).toBe(3)
    expect(stderr).toContain("there is no document of kind 'vgpu'; nearest: vgpus")
    expect((await bench.sh('schema __proto__')).status).toBe(3)
  })
})
