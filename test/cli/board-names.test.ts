import { afterAll, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

const bench = new Bench()
afterAll(() => bench.dispose())

describe('names of boards', () => {
  it.each([
    ['host init --board A100', 'nvgpu host init --board A100-PCIE-40GB'],
    ['host init --board a100-sxm4', 'nvgpu host init --board A100-SXM4-40GB'],
    ['types list --board A100', 'nvgpu host boards'],
    ['capacity --board a100', 'nvgpu host boards'],
  ])('K 2: %s lists the candidates, and its hint works', async (line, hint) => {
    const { status, stderr } = await bench.sh(line)
    expect(status).toBe(2)
    expect(stderr).toMatch(/may be any of \d boards: A100-/)
    expect(stderr).toContain(`\nhint: ${hint}\n`)
    expect((await bench.sh(hint.replace('nvgpu ', ''))).status).toBe(0)
  })

  it('K 2: a host file with an ambiguous board lists the candidates too', async () => {
    const file = bench.file('host.yaml', 'host: {boards: [{board: A100}]}')
    const { status, stderr } = await bench.sh(`diff -f ${file}`)
    expect(status).toBe(2)
    expect(stderr).toContain('"A100" may be any of 4 boards: A100-PCIE-40GB, A100-SXM4-40GB')
  })

  it('K 2: completion offers every board, and for host init those that a host can have', async () => {
    const listed = (await bench.sh('host boards -q')).stdout
    expect((await bench.sh('__complete board')).stdout).toBe(listed)
    const possible = (await bench.sh('host boards -q --filter missing=')).stdout
    expect((await bench.sh('__complete host-board')).stdout).toBe(possible)
    expect(possible).toContain('L40\n')
    expect(listed.length).toBeGreaterThan(possible.length)
  })

  it.each(['bash', 'zsh', 'fish'])('K 2: the %s script asks for boards behind --board', async (shell) => {
    const script = (await bench.sh(`completion ${shell}`)).stdout
    expect(script).toMatch(/host-board/)
    expect(script).toMatch(/live board|@board/)
  })
})
