import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { loadNouns } from '../../src/cli/load-nouns.ts'
import { SCHEMA_KINDS, schemaOf } from '../../src/cli/schema/documents.ts'
import { Bench } from './captured-io.ts'

/** Command lines whose documents are judged, in an order in which each finds what it needs. */
const LINES = [
  '',
  'host init --gpus 2 --force',
  'host show',
  'gsp trace on',
  'vf autoprobe on --gpu 0',
  'vf enable 6 --gpu 0',
  'vf enable 4 --gpu 1',
  'gpu scheduler equal-share --gpu 0',
  'gpu mode heterogeneous --gpu 0',
  'gpu ecc on --gpu 1',
  'vgpu create --type L40-8Q --gpu 0 --name desk7 --placement-id 0',
  'vgpu create --type L40-4Q --gpu 1 --vf 1/1 --no-start',
  'vgpu modify desk7 --addattr vgpu_params --value frame_rate_limiter=0 --live',
  'vgpu define desk7 --auto',
  'vgpu define --type L40-4Q --gpu 1 --name later',
  'vgpu modify later --auto',
  'vgpu autostart later',
  'vgpu stop desk7',
  'vgpu attach desk7 --vm win11 --guest-os windows',
  'host advance 3s',
  'gpu list',
  'gpu show 0',
  'gpu stats',
  'vf list',
  'vf show 0/0',
  'types list',
  'types show L40-4Q',
  'vgpu list',
  'vgpu list --all',
  'vgpu list --gpu 1',
  'vgpu show desk7',
  'vgpu stats',
  'vgpu dmon -c 2',
  'chid map',
  'fb map',
  'fb map --bar1',
  'gsp objects',
  'gsp plugins',
  'gsp boot',
  'gsp log desk7',
  'gsp inject event --event NVLINK_FAULT_UP --payload 00 --gpu 0',
  'gsp decode --structs',
  'gsp decode GSP_VF_INFO 2000000004000000',
  'host log',
  'events list --bytes',
  'fault add ops.allocFbmem --effect ENOSPC',
  'fault list',
  'fault clear',
  'fault points',
  'vfio info 0/0',
  'vfio regions 0/0',
  'vfio config 0/0',
  'vfio read 0/0 config 0x14',
  'vfio write 0/0 config 0x14 0xffffffff',
  'vfio mmap 0/0 bar1 --length 0x10000000',
  'vfio reset 0/0',
  'vfio unbind 0/5',
  'vfio bind 0/5',
  'vf unbind 0/5',
  'vf bind 0/5',
  'sysfs ls',
  'sysfs ls c1:00.4',
  'sysfs write c1:00.5/nvidia/current_vgpu_type 0',
  'sysfs export DIR/tree',
  'apply -f DIR/host.yaml',
  'apply -f DIR/host.yaml --dry-run',
  'diff -f DIR/other.yaml',
  'assert -f DIR/host.yaml',
  'schema',
  'explain',
  'explain no-channels',
  'capacity',
  'fit L40-48Q',
  'fit L40-8Q=2 --gpu 0',
  'whatif --destroy desk7',
  'query --gpu=index,name,memory.used,utilization.gpu',
  'query --vgpu=uuid,type',
  'query --vf=bus_id,type',
  'query --types=name',
  'metrics',
  'wait --for state=running desk7',
  'vgpu suspend desk7',
  'vgpu resume desk7',
  'vgpu save desk7 DIR/desk7.vgpu',
  'vgpu restore DIR/desk7.vgpu',
  'migrate desk7 --to DIR/other',
  'vgpu start later',
  'vgpu undefine later',
  'host history',
  'host fsck',
  'history list',
  'history show 3',
  'history diff 3 9',
  'undo --dry-run',
  'rollback 5 --dry-run --force',
  'vgpu destroy --all --gpu 1',
  'gpu reset 1',
  'vf disable --gpu 1',
  'gpu unbind 1',
  'gpu bind 1',
  'host suspend',
  'host resume',
  'host warm-update --to-version 570.158.01',
  'host reboot',
  'host export DIR/host.json',
  'host reset --force',
  'types upload DIR/type.bin',
  'vf enable 2 --gpu 0',
  'sysfs write c1:00.4/nvidia/current_vgpu_type 874',
  'vfio open 0/0 --vm byhand',
  'vfio close 0/0',
  'host import --force DIR/host.json',
]

/** Verbs that print text for another program, or screens; their own tests judge them. */
const NO_DOCUMENT = 'types export,sysfs cat,export,watch,dmon,pmon,smi,events follow,completion,__complete'.split(',')

/** Kinds that a line above cannot come to: of documents that are read, of errors, and of a repeated operation. */
const JUDGED_APART = ['declaration', 'facts', 'error', 'repeatedOperations']

const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true })
const validators = new Map<string, ValidateFunction>()
for (const kind of SCHEMA_KINDS) validators.set(kind, ajv.compile(schemaOf(kind) ?? {}))

function judge(kind: string, document: unknown): string {
  const validate = validators.get(kind)
  if (validate === undefined) return `there is no schema of kind ${kind}: add it to src/cli/schema/documents.ts`
  return validate(document) ? '' : ajv.errorsText(validate.errors)
}

let bench: Bench
beforeAll(async () => {
  bench = new Bench()
  bench.file('host.yaml', 'gpus:\n  - {gpu: 0, persist: on}\n')
  bench.file('other.yaml', 'gpus:\n  - {gpu: 0, vfs: 3}\nvgpus:\n  - {name: desk9, type: L40-8Q}\n')
  await bench.sh('types export L40-4Q DIR/type.bin'.replaceAll('DIR', bench.dir))
  const other = new Bench()
  await other.sh(`vf enable 4 --state-dir ${bench.dir}/other`)
  other.dispose()
})
afterAll(() => {
  bench.dispose()
})

describe('the schema of each kind of document', () => {
  const seen = new Set<string>()

  it.each(LINES)('nvgpu %s', async (line) => {
    const words = `${line} -o json`.replaceAll('DIR', bench.dir)
    const { stdout, stderr, status } = await bench.sh(words)
    // 5 and 6: it does not fit, it differs
    expect([0, 5, 6], `${stderr}${stdout}`).toContain(status)
    if (stdout === '') return
    const document = JSON.parse(stdout)
    seen.add(document.kind)
    expect(judge(document.kind, document)).toBe('')
  })

  it('every kind was seen', () => {
    expect(SCHEMA_KINDS.filter((kind) => !seen.has(kind) && !JUDGED_APART.includes(kind))).toEqual([])
  })

  it('every verb was seen', async () => {
    const verbs = (await loadNouns()).flatMap((noun) => noun.verbs.map((each) => `${noun.name} ${each.name}`.trim()))
    const lines = [...LINES, ...NO_DOCUMENT]
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
