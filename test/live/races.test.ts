import fs from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { eventually, LiveHost, notLive } from './live-host.ts'

const why = notLive('ordinary')
if (why !== undefined) console.log(`skipped: ${why}`)
const NVGPU = `'${process.execPath}' '${path.resolve('bin/nvgpu.cjs')}'`
const WRITES = 12
const BDFS = ['4', '5', '6', '7'].map((number) => `0000:c1:00.${number}`)

/** Writers of one run, each with a VF: each notes the values whose write was answered. */
function writers(host: LiveHost, run: string): string {
  const one = (bdf: string) => `(
    for i in $(seq ${WRITES}); do
      echo ${run}-${bdf.at(-1)}-$i > /sys/bus/pci/devices/${bdf}/driver_override && echo ${run}-${bdf.at(-1)}-$i
    done) > ${host.home}/${run}-${bdf.at(-1)} 2>/dev/null &`
  return `${BDFS.map(one).join('\n')}\nwait`
}

it.skipIf(why !== undefined)(
  'G 6: writers through two servers, one of them killed, and commands: every answered write is in the history once',
  async () => {
    const host = new LiveHost('ordinary')
    expect(host.nvgpu(['vf', 'enable', '4']).status).toBe(0)
    const ended = (child: ReturnType<LiveHost['start']>) => new Promise((resolve) => child.on('close', resolve))
    const first = ended(host.start(writers(host, 'a')))
    expect(await eventually(() => host.servers().length === 1)).toBe(true)
    const [victim = 0] = host.servers()
    const second = ended(host.start(writers(host, 'b')))
    const commands = ended(
      host.start(
        `for i in $(seq ${WRITES}); do ${NVGPU} sysfs write ${BDFS[0]}/driver_override c-4-$i >&2 && echo c-4-$i; done > c-4`,
      ),
    )
    const answered = () => BDFS.reduce((sum, bdf) => sum + linesOf(`${host.home}/a-${bdf.at(-1)}`).length, 0)
    expect(await eventually(() => answered() > WRITES)).toBe(true)
    process.kill(victim, 'SIGKILL')
    await Promise.all([first, second, commands])
    expect(await eventually(() => host.servers().length === 0)).toBe(true)

    const { items } = JSON.parse(host.nvgpu(['history', 'list', '-o', 'json']).stdout)
    const written = items.flatMap(({ command }: { command: string }) => /[abc]-\d-\d+$/.exec(command)?.[0] ?? [])
    const acknowledged = fs
      .readdirSync(host.home)
      .filter((name) => /^[abc]-\d$/.test(name))
      .flatMap((name) => linesOf(`${host.home}/${name}`))
    expect(acknowledged.length).toBeGreaterThan(WRITES * 5)
    expect(acknowledged.filter((value) => !written.includes(value))).toEqual([])
    expect(new Set(written).size).toBe(written.length)
    // The writes of one writer are in its order.
    for (const writer of ['b-4', 'b-5', 'b-6', 'b-7', 'c-4']) {
      const own = written
        .filter((value: string) => value.startsWith(`${writer}-`))
        .map((value: string) => Number(value.slice(4)))
      const order = items[0]?.seq > items.at(-1)?.seq ? own.reverse() : own
      expect(order, writer).toEqual(Array.from({ length: WRITES }, (_, index) => index + 1))
    }
    expect(host.nvgpu(['host', 'fsck']).status).toBe(0)
    host.dispose()
  },
)

function linesOf(file: string): string[] {
  return fs.existsSync(file)
    ? fs
        .readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : []
}
