import { spawn } from 'node:child_process'
import { afterAll, describe, expect, it } from 'vitest'
import { Host } from './library.ts'

const host = new Host()
afterAll(() => host.dispose())

/** Waits for events and prints each as `code kind data`; a line before each wait. */
const WAITER = `
import ctypes, sys
n = ctypes.CDLL("libnvidia-ml.so.1")
class Event(ctypes.Structure):
    _fields_ = [("device", ctypes.c_uint64), ("type", ctypes.c_uint64), ("data", ctypes.c_uint64), ("gi", ctypes.c_uint32), ("ci", ctypes.c_uint32)]
n.nvmlInit_v2()
d = ctypes.c_void_p(); n.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(d))
s = ctypes.c_void_p(); n.nvmlEventSetCreate(ctypes.byref(s))
print(n.nvmlDeviceRegisterEvents(d, ctypes.c_uint64(int(sys.argv[1])), s), flush=True)
sys.stdin.readline()
for ms in map(int, sys.argv[2:]):
    print("wait", flush=True)
    e = Event()
    code = n.nvmlEventSetWait_v2(s, ctypes.byref(e), ms)
    print(code, e.type, e.data, e.device == d.value, flush=True)
`

/** Bits of the kinds of events. */
const KIND = { singleBitEcc: 1, doubleBitEcc: 2, pstate: 4, xid: 8, clock: 16 }

function waiter(kinds: number, waits: string[]) {
  const program = ['python3', '-c', WAITER, String(kinds), ...waits]
  const child = spawn('nvgpu', ['nvml', 'exec', '--still', '--', ...program], { env: host.env })
  const lines: string[] = []
  let rest = ''
  let wake = () => {}
  child.stdout.on('data', (bytes) => {
    rest += String(bytes)
    const parts = rest.split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    wake()
  })
  return {
    next: async (): Promise<string | undefined> => {
      while (lines.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      return lines.shift()
    },
    go: () => child.stdin.write('\n'),
  }
}

describe('nvmlEventSetWait', () => {
  it('H 8: delivers the Xids of a wait once each, and none from before it', async () => {
    host.host('host init --gpus 2 --force')
    const client = waiter(KIND.xid | KIND.pstate | KIND.clock, ['10000', '10000', '200'])
    expect(await client.next()).toBe('0')
    host.host('gsp inject xid --gpu 0 --channel 3 --xid 13')
    client.go()
    expect(await client.next()).toBe('wait')
    await new Promise((resolve) => setTimeout(resolve, 200))
    host.host('gsp inject xid --gpu 0 --channel 3 --xid 31')
    expect(await client.next()).toBe('0 8 31 True')
    expect(await client.next()).toBe('wait')
    await new Promise((resolve) => setTimeout(resolve, 200))
    host.host('gsp inject xid --gpu 1 --channel 3 --xid 43', 'gsp inject xid --gpu 0 --channel 3 --xid 45')
    expect(await client.next()).toBe('0 8 45 True')
    expect(await client.next()).toBe('wait')
    expect(await client.next()).toBe('10 0 0 False')
  }, 60_000)

  it('H 8: delivers the change of performance state and clocks, when load begins', async () => {
    host.host('host init --gpus 2 --force', 'vf enable 4 --gpu 0', 'vgpu create --type L40-4Q --gpu 0')
    const client = waiter(KIND.pstate | KIND.clock, ['20000', '20000'])
    expect(await client.next()).toBe('0')
    client.go()
    expect(await client.next()).toBe('wait')
    await new Promise((resolve) => setTimeout(resolve, 200))
    host.host('host advance 30s')
    expect(await client.next()).toBe('0 4 0 True')
    expect(await client.next()).toBe('wait')
    expect(await client.next()).toBe('0 16 0 True')
  }, 60_000)

  it('H 8: delivers memory errors as ECC events beside their Xids, and only what is registered', async () => {
    host.host('host init --gpus 2 --force', 'gpu ecc on --gpu 0', 'gpu reset 0')
    const both = waiter(KIND.xid | KIND.doubleBitEcc, ['20000', '20000', '200'])
    const single = waiter(KIND.singleBitEcc, ['20000', '200'])
    for (const client of [both, single]) {
      expect(await client.next()).toBe('0')
      client.go()
      expect(await client.next()).toBe('wait')
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
    host.host('gsp inject xid --gpu 0 --channel 3 --xid 48')
    expect(await both.next()).toBe('0 8 48 True')
    expect(await both.next()).toBe('wait')
    expect(await both.next()).toBe('0 2 0 True')
    expect(await both.next()).toBe('wait')
    expect(await both.next()).toBe('10 0 0 False')
    host.host('gsp inject xid --gpu 0 --channel 3 --xid 92')
    expect(await single.next()).toBe('0 1 0 True')
    expect(await single.next()).toBe('wait')
    expect(await single.next()).toBe('10 0 0 False')
  }, 60_000)

  it('H 8: refuses ECC events of a GPU whose ECC is off', async () => {
    host.host('host init --gpus 2 --force', 'gpu ecc off --gpu 0', 'gpu reset 0')
    expect(await waiter(KIND.singleBitEcc, []).next()).toBe('3')
  })
})
