import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

const FIRST = '11111111-1111-4111-8111-111111111111'
const SECOND = '22222222-2222-4222-8222-222222222222'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => bench.dispose())

const document = (vgpus: string) => `gpus:\n  - gpu: 0\n    vfs: 4\nvgpus:\n${vgpus}`
const desk = (uuid: string) => document(`  - {type: L40-4Q, name: a, vm: desk, vmUuid: ${uuid.toUpperCase()}}\n`)

async function ok(line: string, stdin?: string): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line, stdin === undefined ? {} : { stdin })
  expect({ line, status, stderr: stderr.replace(/^.*warning.*$/gm, '') }).toMatchObject({ line, status: 0 })
  return stdout
}

const vmUuid = () => ok('query --vgpu=vm.uuid --format=csv,noheader')

describe('the UUID of a VM in a host file', () => {
  it('I 2.5: is that of the VM, and is in the export, which makes the same host elsewhere', async () => {
    await ok('apply -f -', desk(FIRST))
    expect(await vmUuid()).toBe(`${FIRST}\n`)
    const exported = await ok('export')
    expect(exported).toContain(`    vm: desk\n    vmUuid: ${FIRST}\n`)
    expect(await ok('apply -f - -q', exported)).toBe('')
    const there = new Bench()
    expect((await there.sh('apply -f -', { stdin: exported })).status).toBe(0)
    expect((await there.sh('export')).stdout).toBe(exported)
    there.dispose()
  })

  it('I 2.5: differs, and another one restarts the VM; the UUID that a VM has anyway changes nothing', async () => {
    await ok('apply -f -', desk(FIRST))
    const { status, stdout } = await bench.sh('diff -f -', { stdin: desk(SECOND) })
    expect(status).toBe(6)
    expect(stdout).toContain('vmUuid')
    expect(stdout).toContain(FIRST)
    expect(await ok('apply -f -', desk(SECOND))).toMatch(/stop[\s\S]*start/)
    expect(await vmUuid()).toBe(`${SECOND}\n`)
    // a document without it keeps it, over a restart too
    await ok('apply -f -', document('  - {type: L40-4Q, name: a, vm: desk, guestOs: linux}\n'))
    expect(await vmUuid()).toBe(`${SECOND}\n`)
    await ok('apply -f -', document('  - {type: L40-4Q, name: a, vm: other}\n'))
    const derived = (await vmUuid()).trim()
    expect([FIRST, SECOND]).not.toContain(derived)
    const same = document(`  - {type: L40-4Q, name: a, vm: other, vmUuid: ${derived}}\n`)
    expect((await bench.sh('diff -f -', { stdin: same })).status).toBe(0)
  })

  it('I 2.5: is one for all vGPUs of a VM', async () => {
    await ok('apply -f -', document(`  - {type: L40-4Q, count: 2, vm: desk, vmUuid: ${FIRST}}\n`))
    expect(await vmUuid()).toBe(`${FIRST}\n${FIRST}\n`)
    for (const [file, sentence] of [
      [
        document(
          `  - {type: L40-4Q, name: a, vm: v, vmUuid: ${FIRST}}\n  - {type: L40-4Q, name: b, vm: v, vmUuid: ${SECOND}}\n`,
        ),
        'its UUID is',
      ],
      [document(`  - {type: L40-4Q, count: 2, vmUuid: ${FIRST}}\n`), 'cannot share it'],
      [document(`  - {type: L40-4Q, count: 2, vm: "v{n}", vmUuid: ${FIRST}}\n`), 'cannot share it'],
      [document('  - {type: L40-4Q, vm: v, vmUuid: desk}\n'), 'vmUuid'],
    ] as const) {
      const before = await ok('host export')
      const { status, stderr } = await bench.sh('apply -f -', { stdin: file })
      expect({ file, refused: status !== 0 && stderr.includes(sentence), stderr }).toEqual({
        file,
        refused: true,
        stderr,
      })
      expect(await ok('host export')).toBe(before)
    }
    const again = await bench.sh(`vgpu create --type L40-4Q --vm desk --vm-uuid ${SECOND}`)
    expect(again).toMatchObject({ status: 4, stderr: expect.stringContaining(`its UUID is ${FIRST}, not ${SECOND}`) })
  })

  it('I 2.5: is in the JSON Schema of host files', async () => {
    const schema = JSON.parse(await ok('schema declaration'))
    expect(schema.properties.vgpus.items.properties.vmUuid).toMatchObject({
      type: 'string',
      pattern: expect.any(String),
    })
  })
})
