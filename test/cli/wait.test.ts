import { spawn } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(async () => {
  bench = new Bench()
  await bench.sh('vf enable 2')
  await bench.sh('vgpu create --type L40-4Q --name desk')
})
afterEach(() => {
  bench.dispose()
})

describe('wait', () => {
  it.each([
    ['vgpu stop desk', 'state=configured', 'state=running'],
    ['vgpu suspend desk', 'state=paused', 'state=configured'],
    ['vgpu destroy desk', 'gone', 'there'],
    ['vgpu start desk', 'guest', 'gone'],
    ['vgpu define desk --auto', 'auto', 'state=defined'],
  ])('after %s: %s holds and %s does not', async (line, holds, fails) => {
    expect((await bench.sh(line)).status).toBe(0)
    expect(await bench.sh(`wait --for ${holds} desk`)).toMatchObject({ status: 0, stderr: '' })
    const unmet = await bench.sh(`wait --for ${fails} desk --timeout 1s`)
    expect([unmet.status, unmet.stdout]).toEqual([6, ''])
    expect(unmet.stderr).toMatch(/^nvgpu: wait: .* after 1 s.* \(ETIMEDOUT\) \[differs\]\nhint: /)
  })

  it('prints what it waited for in any format', async () => {
    const { stdout } = await bench.sh('wait --for=state=running desk -o json')
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'vgpus', items: [{ name: 'desk', state: 'running' }] })
    expect((await bench.sh('wait --for there desk -q')).stdout).toMatch(/^[0-9a-f-]{36}\n$/)
  })

  it('wants all that are named, and takes one that is not there for one that may come', async () => {
    expect((await bench.sh('wait --for there desk other --timeout 0')).stderr).toContain(
      'there is no vGPU "other" after 0 s, and it should be there',
    )
    expect((await bench.sh('wait --for gone other --timeout 0')).status).toBe(0)
  })

  it('refuses a condition it does not know, and a duration that is none', async () => {
    expect(await bench.sh('wait --for state=on desk')).toMatchObject({ status: 2 })
    expect(await bench.sh('wait --for gone desk --timeout soon')).toMatchObject({ status: 2 })
    expect((await bench.sh('wait desk')).stderr).toContain('--for CONDITION is required')
  })

  it('ends when somebody else brings it about', async () => {
    const env = { PATH: process.env.PATH ?? '', NVGPU_STATE_DIR: bench.stateDir }
    const child = spawn(process.execPath, ['bin/nvgpu.cjs', 'wait', '--for', 'state=configured', 'desk', '-q'], { env })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    const ended = new Promise((resolve) => child.on('exit', resolve))
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect([child.exitCode, said]).toEqual([null, ''])
    await bench.sh('vgpu stop desk')
    expect(await ended).toBe(0)
    expect(said).toMatch(/^[0-9a-f-]{36}\n$/)
  })
})
