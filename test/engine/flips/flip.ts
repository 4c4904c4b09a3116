import { GSP_ARGUMENTS_CACHED } from '../../../src/abi/gsp-boot.ts'
import type { AnyLayout, AnyStruct } from '../../../src/abi/layout.ts'
import { ENTRIES, ENTRY_BYTES, type GspPort } from '../../../src/engine/hw/msgq.ts'

/** Bytes of both headers in front of a payload. */
const HEADERS = 80
const AT = { checkSum: 32, length: 56, function: 60 } as const
/** Offset of the command number in GSP_RM_CONTROL, and of its parameters. */
const CONTROL_CMD = 8
export const CONTROL_PARAMS = 24

/** Where one bit is flipped. `offset` counts from the start of the structure; bit 0 of that byte is flipped. */
export type Flip =
  | { in: 'request' | 'reply'; fn: number; cmd?: number; offset: number }
  | { in: 'request element' | 'reply element'; fn: number; cmd?: number; offset: number }
  | { in: 'ring'; ring: 'command' | 'status'; offset: number }
  | { in: 'meta' | 'suspend meta' | 'arguments'; offset: number }
  | { in: 'mailbox'; message: number; side: 'before' | 'after'; offset: number }
  | { in: 'event'; event: number; offset: number }

/** A field of a structure, nested ones by their path; arrays by their first element. */
export interface Leaf {
  readonly path: string
  readonly offset: number
}

export function leavesOf(layout: AnyStruct, prefix = '', base = 0): Leaf[] {
  return Object.entries(layout.fields).flatMap(([name, field]) =>
    leaf(field.layout as AnyLayout, prefix === '' ? name : `${prefix}.${name}`, base + field.offset),
  )
}

function leaf(layout: AnyLayout, path: string, offset: number): Leaf[] {
  if ('fields' in layout) return leavesOf(layout as AnyStruct, path, offset)
  if ('element' in layout) return leaf((layout as { element: AnyLayout }).element, `${path}[0]`, offset)
  return [{ path, offset }]
}

export function flipped(bytes: Uint8Array, offset: number): Uint8Array {
  bytes[offset] = (bytes[offset] ?? 0) ^ 1
  return bytes
}

/** A port that flips one bit of the first message, header or meta block that a flip names. */
export function flippingPort(port: GspPort, flip: Flip | null, pointers: () => Pointers): GspPort {
  let done = false
  const inRing = (
    ring: Uint8Array,
    from: number,
    to: number,
    element: boolean,
    want: { fn: number; cmd?: number; offset: number },
  ) => {
    const at = done ? null : find(ring, from, to, want)
    if (at === null) return
    done = true
    flipInElement(ring, at, element ? want.offset : HEADERS + want.offset, !element)
  }
  const commands = () => {
    const { gspRead, hostWrite } = pointers()
    if (flip?.in === 'request' || flip?.in === 'request element')
      inRing(port.command, gspRead, hostWrite, flip.in === 'request element', flip)
    if (flip?.in === 'ring' && !done) {
      done = true
      flipped(port[flip.ring], flip.offset)
    }
  }
  const replies = (from: number) => {
    if (flip?.in === 'reply' || flip?.in === 'reply element')
      inRing(port.status, from, pointers().gspWrite, flip.in === 'reply element', flip)
  }
  return {
    ...port,
    doorbell() {
      const from = pointers().gspWrite
      commands()
      port.doorbell()
      replies(from)
    },
    boot(meta, rmArguments) {
      commands()
      const suspend = GSP_ARGUMENTS_CACHED.decode(rmArguments).srInitArguments.bInPMTransition
      if (flip?.in === (suspend ? 'suspend meta' : 'meta')) flipped(meta, flip.offset)
      if (flip?.in === 'arguments' && !suspend) flipped(rmArguments, flip.offset)
      port.boot(meta, rmArguments)
    },
  }
}

export interface Pointers {
  gspRead: number
  gspWrite: number
  hostWrite: number
}

function find(ring: Uint8Array, from: number, to: number, { fn, cmd }: { fn: number; cmd?: number }): number | null {
  for (let at = from; at !== to; ) {
    const view = new DataView(ring.buffer, ring.byteOffset + ENTRY_BYTES * (1 + at), ENTRY_BYTES)
    if (
      view.getUint32(AT.function, true) === fn &&
      (cmd === undefined || view.getUint32(HEADERS + CONTROL_CMD, true) === cmd)
    )
      return at
    at = (at + Math.ceil((48 + view.getUint32(AT.length, true)) / ENTRY_BYTES)) % ENTRIES
  }
  return null
}

/** Flips a bit of an element that may wrap around; with `summed` the checksum follows. */
function flipInElement(ring: Uint8Array, at: number, position: number, summed: boolean): void {
  const place = (byte: number) =>
    ENTRY_BYTES * (1 + ((at + Math.floor(byte / ENTRY_BYTES)) % ENTRIES)) + (byte % ENTRY_BYTES)
  flipped(ring, place(position))
  if (summed) flipped(ring, place(AT.checkSum + (position % 4)))
}
