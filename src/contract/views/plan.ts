import { typeRef } from './parts.ts'
import { bdf, count, flag, type Infer, list, nullable, object, oneOf, text, uuid } from './schema.ts'

/** Remaining capacity of a GPU. */
export const CAPACITY = object({
  gpu: count,
  bdf,
  name: text,
  mode: oneOf('homogeneous', 'heterogeneous'),
  /** The only type that may be added, or null. */
  vgpuType: nullable(typeRef),
  vfs: object({ total: count, enabled: count, free: count }),
  framebuffer: object({ totalMiB: count, usedMiB: count, largestFreeMiB: count }),
  channels: object({ total: count, used: count }),
  /** For each type of the GPU: the number that can still be created, and the reason against one more. */
  types: list(
    object({
      id: count,
      name: text,
      profileSizeMiB: count,
      maxInstance: count,
      creatable: count,
      reason: nullable(text),
    }),
  ),
})
export type CapacityView = Infer<typeof CAPACITY>

const place = { gpu: count, gpuBdf: bdf, placementId: nullable(count), gpuInstance: nullable(count) }

/**
 * A bound on the cost of every plan, with all that is needed to check it. An eviction costs 1, an asked vGPU without a place
 * `leftOut`. docs/planning.md says how to check it.
 */
const CERTIFICATE = object({
  /** An evicted vGPU takes another place (move), or stops. */
  evicted: oneOf('move', 'stop'),
  /** No plan costs less. */
  bound: count,
  /** The cost of one eviction in units of the weights. */
  unit: count,
  leftOut: count,
  /** The weight of a kind is the price of a place for it. */
  kinds: list(object({ type: count, asked: count, weight: count })),
  /**
   * Rules of GPUs. All vGPUs of a GPU are in one of the layouts: in equal-size mode there is one for each group of types, else
   * there is one. For each kind: its size in slots, and the first slots it may have; null where it may have any. With MIG a GPU
   * instance is a slot.
   */
  rules: list(
    object({
      name: text,
      mode: oneOf('equal-size', 'mixed-size', 'mig'),
      layouts: list(
        object({ slots: count, kinds: list(nullable(object({ size: count, places: nullable(list(count)) }))) }),
      ),
    }),
  ),
  gpus: list(
    object({ rules: count, vfs: count, held: list(object({ kind: count, place: nullable(count), movable: flag })) }),
  ),
})
export type Certificate = Infer<typeof CERTIFICATE>

/** A migration on the host. */
export const MOVE = object({
  vgpu: uuid,
  name: nullable(text),
  vgpuType: typeRef,
  from: object(place),
  to: object(place),
})

export type MoveView = Infer<typeof MOVE>

/** What a search proved. An eviction or a migration counts 1; an asked vGPU without a place more than all of them. */
const proof = object({
  /** Positions that the search looked into. */
  nodes: count,
  /** No plan costs less. */
  bound: count,
  certificate: CERTIFICATE,
})

/** Whether vGPUs fit, and the changes that make them fit. */
export const FIT = object({
  asked: list(object({ vgpuType: typeRef, count })),
  fits: flag,
  /** The answer is the smallest. Otherwise the search gave up, and a smaller answer may exist. */
  exact: flag,
  /** The place of each vGPU, after the VFs, moves or stops below. */
  placed: list(object({ vgpuType: typeRef, ...place })),
  /** The reason against each type on each GPU now. `hint` is a command that makes a GPU instance for the type, where there is room for one. */
  why: list(object({ vgpuType: typeRef, gpu: count, creatable: count, reason: nullable(text), hint: nullable(text) })),
  /** GPUs without vGPUs, with the number of VFs to enable. Fewer GPUs may suffice. */
  enable: list(object({ gpu: count, gpuBdf: bdf, vfs: count })),
  /** The fewest migrations on this host, in an order in which each finds its place free, when more VFs do not suffice. */
  moves: list(MOVE),
  /** The fewest vGPUs to stop, when no move suffices. */
  stops: list(object({ vgpu: uuid, name: nullable(text), vgpuType: typeRef, ...place })),
  /** With --optimal, when not all fit: the types without a place. */
  leftOut: list(object({ vgpuType: typeRef, count })),
  /** With --optimal; null without. */
  proof: nullable(proof),
})
export type FitView = Infer<typeof FIT>

/** Capacity of one type on one GPU before and after. */
export const WHAT_IF = object({
  gpu: count,
  bdf,
  vgpuType: typeRef,
  profileSizeMiB: count,
  before: count,
  after: count,
  reason: nullable(text),
})
export type WhatIfView = Infer<typeof WHAT_IF>

/** The current or future place of a vGPU. */
export type PlaceView = FitView['moves'][number]['from']
