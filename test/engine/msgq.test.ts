import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checksum,
  ELEMENT_HEADER_BYTES,
  ENTRIES,
  ENTRY_BYTES,
  MAX_PAYLOAD_BYTES,
  MsgqEnd,
  makeRing,
  RPC_HEADER_BYTES,
} from '../../src/engine/hw/msgq.ts'
import type { QueueState } from '../../src/engine/state.ts'

/** Two ends that share only the two rings. */
function pair() {
  const command = makeRing()
  const status = makeRing()
  const states: [QueueState, QueueState] = [fresh(), fresh()]
  const host = new MsgqEnd(command, status, states[0], 'trusts')
  const gsp = new MsgqEnd(status, command, states[1], 'checks')
  return { host, gsp, command, status, states }
}

function fresh(): QueueState {
  return { sent: 0, received: 0, writePtr: 0, readPtr: 0 }
}

function message(length: number, fill = 1) {
  return { function: 76, result: 0, payload: new Uint8Array(length).fill(fill) }
}

const entriesOf = (payload: number) => Math.ceil((ELEMENT_HEADER_BYTES + RPC_HEADER_BYTES + payload) / ENTRY_BYTES)

describe('the message queue', () => {
  it('writes the element and RPC headers of the reference', () => {
    const { host, command } = pair()
    host.push({ function: 72, result: 0xffffffff, payload: Uint8Array.of(1, 2, 3) })
    host.push({ function: 73, result: 0xffffffff, payload: new Uint8Array(5000) })
    const view = new DataView(command.buffer)
    const words = (at: number) => Array.from({ length: 10 }, (_, k) => view.getUint32(at + 32 + 4 * k, true))
    const [sum, ...rest] = words(ENTRY_BYTES)
    expect(rest).toEqual([0, 1, 0, 0x03000000, 0x43505256, 35, 72, 0xffffffff, 0xffffffff])
    expect(sum).not.toBe(0)
    expect(words(2 * ENTRY_BYTES).slice(1, 3)).toEqual([1, 2])
    expect(view.getUint32(16, true)).toBe(3)
  })

  it('sums an element with its checksum to zero, and any flipped bit to something else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9000, size: 'max' }), fc.nat(), (payload, where) => {
        const { host, command } = pair()
        host.push({ function: 76, result: 0, payload })
        const element = command.slice(ENTRY_BYTES, ENTRY_BYTES * (1 + entriesOf(payload.length)))
        expect(checksum(element)).toBe(0)
        const at = where % element.length
        element[at] = (element[at] ?? 0) ^ (1 << (where % 8))
        expect(checksum(element)).not.toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  it('carries messages of any size in order, round the ring as often as need be', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: MAX_PAYLOAD_BYTES }), { minLength: 1, maxLength: 30, size: 'max' }),
        (sizes) => {
          const { host, gsp, states } = pair()
          const waiting: number[] = []
          for (const [n, size] of sizes.entries()) {
            while (!host.push(message(size, n % 256))) {
              const first = waiting.shift()
              expect(first).toBeDefined()
              expect(gsp.pop()?.payload.length).toBe(first)
            }
            waiting.push(size)
          }
          for (const size of waiting) expect(gsp.pop()?.payload.length).toBe(size)
          expect(gsp.pop()).toBeNull()
          expect([states[0].sent, states[1].received]).toEqual([sizes.length, sizes.length])
          expect(states[1].readPtr).toBe(states[0].writePtr)
          expect(states[0].writePtr).toBe(sizes.reduce((sum, size) => sum + entriesOf(size), 0) % ENTRIES)
        },
      ),
      { numRuns: 25 },
    )
  })

  it('keeps the bytes of a message that wraps around', () => {
    const { host, gsp } = pair()
    for (let n = 0; n < 4; n += 1) {
      host.push(message(MAX_PAYLOAD_BYTES - 4096))
      gsp.pop()
    }
    const payload = Uint8Array.from({ length: 40_000 }, (_, i) => (i * 7) % 251)
    expect(host.push({ function: 1, result: 2, payload })).toBe(true)
    expect(gsp.pop()).toEqual({ function: 1, result: 2, payload })
  })

  it('takes 62 entries and no more until the other end has read', () => {
    const { host, gsp, states } = pair()
    for (let n = 0; n < ENTRIES - 1; n += 1) expect(host.push(message(1))).toBe(true)
    const before = structuredClone(states[0])
    expect([host.free(), host.push(message(1))]).toEqual([0, false])
    expect(states[0]).toEqual(before)
    gsp.pop()
    expect(host.free()).toBe(1)
    expect(host.push(message(5000))).toBe(false)
    expect(host.push(message(1))).toBe(true)
  })

  it('goes on where it stopped when both ends are made anew', () => {
    const { host, gsp, states } = pair()
    for (let n = 0; n < 5; n += 1) {
      host.push(message(20_000))
      gsp.pop()
    }
    const [command, status] = [makeRing(), makeRing()]
    const again = new MsgqEnd(command, status, states[0], 'trusts')
    const other = new MsgqEnd(status, command, states[1], 'checks')
    expect(other.pop()).toBeNull()
    again.push(message(3, 9))
    expect(other.pop()?.payload).toEqual(Uint8Array.of(9, 9, 9))
    expect(states[1].received).toBe(6)
  })

  it.each<[string, (view: DataView) => void]>([
    ['a flipped payload bit', (view) => view.setUint8(ENTRY_BYTES + 90, 0xff)],
    ['a wrong signature', (view) => view.setUint32(ENTRY_BYTES + 52, 0x12345678, true)],
    ['a wrong sequence number', (view) => view.setUint32(ENTRY_BYTES + 36, 7, true)],
    ['a length beyond the element', (view) => view.setUint32(ENTRY_BYTES + 56, 5000, true)],
    ['a length below the header', (view) => view.setUint32(ENTRY_BYTES + 56, 31, true)],
    ['more entries than are waiting', (view) => view.setUint32(ENTRY_BYTES + 40, 20, true)],
    ['no entries', (view) => view.setUint32(ENTRY_BYTES + 40, 0, true)],
  ])('drops an element with %s as EIO and reads the next', (_, damage) => {
    const { host, gsp, command } = pair()
    host.push(message(100, 1))
    host.push(message(100, 2))
    damage(new DataView(command.buffer))
    expect(() => gsp.pop()).toThrow(expect.objectContaining({ errno: 'EIO', at: 'r535_gsp_msgq_recv' }))
    expect(gsp.pop()?.payload[0]).toBe(2)
    expect(gsp.pop()).toBeNull()
  })
})
