import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(async () => {
  bench = new Bench()
  await bench.sh('vf enable 4')
  await bench.sh('vgpu create --type L40-8Q --name desk1')
})
afterEach(() => {
  bench.dispose()
})

describe('watch', () => {
  it('prints a command again and again where there is no terminal, a blank line between', async () => {
    const once = (await bench.sh('vgpu list')).stdout
    const { status, stdout } = await bench.sh('watch --count 3 vgpu list')
    expect([status, stdout]).toEqual([0, `${once}\n${once}\n${once}`])
  })

  it('redraws the screen on a terminal: from the top, each line cleared first and not wrapped, and what was below is cleared', async () => {
    const { stdout } = await bench.sh('watch --count 2 -n 1 vgpu list', { tty: true })
    const [empty, ...screens] = stdout.split('\x1b[H')
    expect(empty).toBe('\x1b[?7l')
    expect(screens).toHaveLength(2)
    for (const [at, screen] of screens.entries()) {
      expect(screen.startsWith('\x1b[KEvery 1 s: nvgpu vgpu list   Sun Nov 22 18:38:53 2026\n\x1b[K\n\x1b[KUUID')).toBe(
        true,
      )
      expect(screen.endsWith(at === 0 ? '\x1b[J\x1b[?7h\x1b[?7l' : '\x1b[J\x1b[?7h')).toBe(true)
      for (const line of screen.split('\n').slice(0, -1)) expect(line.startsWith('\x1b[K')).toBe(true)
    }
  })

  it('a terminal that can do nothing gets plain repetition', async () => {
    const once = (await bench.sh('vgpu list')).stdout
    const { stdout } = await bench.sh('watch --count 2 vgpu list', { tty: true, env: { TERM: 'dumb' } })
    expect(stdout).toBe(`${once}\n${once}`)
  })

  it('shows the load as time goes by, and writes nothing', async () => {
    const before = (await bench.sh('host export')).stdout
    const { stdout } = await bench.sh(
      'watch --count 40 -n 5 query --vgpu=utilization.gpu --format=csv,noheader,nounits',
    )
    const values = stdout.split('\n\n').map(Number)
    expect(values).toHaveLength(40)
    expect(new Set(values).size).toBeGreaterThan(5)
    expect((await bench.sh('host export')).stdout).toBe(before)
  })

  it('leaves with the status of the last look, and shows its errors', async () => {
    const { status, stdout } = await bench.sh('watch --count 1 vgpu show nothing')
    expect(status).toBe(3)
    expect(stdout).toContain('there is no vGPU "nothing"')
  })

  it('K 6: ends at a usage error, which goes to stderr', async () => {
    for (const tty of [true, false]) {
      const { status, stdout, stderr } = await bench.sh('watch vgpu list --no-such-option', { tty })
      expect([status, stdout]).toEqual([2, ''])
      expect(stderr).toContain("there is no option '--no-such-option'")
    }
  })

  it('passes the common options on', async () => {
    const { stdout } = await bench.sh('-o json watch --count 1 vgpu list')
    expect(JSON.parse(stdout).kind).toBe('vgpus')
  })

  it.each([
    ['watch vgpu create --type L40-8Q', 'vgpu create changes the host'],
    ['watch watch', 'watch cannot watch itself'],
    ['watch -n 0 vgpu list', "-n takes a number of 0.1 or more, not '0'"],
    ['watch --count x', "--count takes a number of 1 or more, not 'x'"],
  ])('refuses %s', async (line, sentence) => {
    const { status, stdout, stderr } = await bench.sh(line)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(sentence)
  })

  it("cannot change anything by nvidia-smi's setters either", async () => {
    await bench.sh('vgpu destroy --all')
    await bench.sh('watch --count 2 smi vgpu -shm 1')
    expect((await bench.sh('smi -q')).stdout).toContain('vGPU Heterogeneous Mode           : Disabled')
  })
})

describe('dmon and pmon', () => {
  it('print a header, then a round a second', async () => {
    const devices = (await bench.sh('dmon -c 3')).stdout.split('\n')
    expect(devices[0]).toMatch(/^# gpu /)
    expect(devices.slice(2, 5).every((line) => /^ {4}0( +(-|\d+)){11} $/.test(line))).toBe(true)
    expect(devices.slice(5)).toEqual([''])
    const processes = (await bench.sh('pmon -c 1')).stdout.split('\n')
    expect(processes[2]).toMatch(/^ {4}0 {7}1001 {3}C\+G( +\d+){6} {4}vgpu +$/)
  })

  it('agree with vgpu dmon at the time of the host', async () => {
    const ours = (await bench.sh('vgpu dmon -o json')).stdout
    const share = JSON.parse(ours).items[0].use.gpu
    const smi = (await bench.sh('query --vgpu=utilization.gpu --format=csv,noheader,nounits')).stdout
    expect(Number(smi)).toBe(Math.round(share))
  })
})
