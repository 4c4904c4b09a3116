import * as v from 'valibot'
import { count, listOf, sparse, text } from '../values.ts'

/** Addresses and handles in hexadecimal, as keys. */
export const HEX = /^(0x)?[0-9a-f]{1,16}$/

/** Indices and ids in decimal, as keys. */
export const NUMBER_KEY = /^\d{1,10}$/

export const EXTENT = v.strictObject({ addr: count, size: count })
export type Extent = v.InferOutput<typeof EXTENT>

/** State of one end of the message queue: elements sent and received, and its two ring pointers. */
export const QUEUE = v.strictObject({ sent: count, received: count, writePtr: count, readPtr: count })
export type QueueState = v.InferOutput<typeof QUEUE>

const RANGE = v.strictObject({
  offset: count,
  size: count,
  owner: text,
  /** BAR1 only: the framebuffer address behind the range. */
  target: v.exactOptional(count),
})
export type Range = v.InferOutput<typeof RANGE>

export const POOL = v.strictObject({
  base: count,
  size: count,
  /** Sorted, disjoint. */
  used: listOf(RANGE),
})
export type Pool = v.InferOutput<typeof POOL>

/** PCIe extended configuration space, 4096 bytes. */
export const CONFIG = sparse(4096)
