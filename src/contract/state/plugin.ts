import * as v from 'valibot'
import { anyTime, bytes, count, defaulted, mapOf, matching, off, oneOf, text, truth, zero } from '../values.ts'
import { EXTENT, HEX, NUMBER_KEY } from './parts.ts'

/** The members of NV2080_GUEST_VM_INFO that the guest sets. */
const GUEST = v.strictObject({
  guestOs: count,
  guestDriverVersion: text,
  guestDriverBranch: text,
  guestNegotiatedVgpuVersion: count,
  /** Hz; 0 while the limiter is off. */
  frameRateLimit: count,
  licensed: truth,
  /**
   * Virtual time at which the driver loaded or lost its licence; null if unknown. Negative for a guest that had run for longer
   * than its host when it came.
   */
  since: defaulted(v.nullable(anyTime), null),
  /** End of the licence, seconds since 1970; 0 without an end. */
  licenceExpiry: zero,
})
export type GuestInfo = v.InferOutput<typeof GUEST>

const MIGRATION = v.strictObject({
  /** Guest page at which the next search starts. */
  cursor: count,
  /** Records written, or read, so far. */
  records: count,
  /** CRC-32 of the pages that were sent while the guest still ran, by page number in hex. */
  sent: mapOf(HEX, count),
  /** The state record that was read, until RESTORE_DEFERRED_STATE. */
  deferred: bytes,
  ended: truth,
})
export type PluginMigration = v.InferOutput<typeof MIGRATION>

/** Channel offsets of the available engine types, as "512:1,9-13"; states older than 0.1.0 have them by engine type. */
const CHANNEL_OFFSETS = v.union(
  [
    matching(/^(\d{1,10}:\d{1,3}(-\d{1,3})?(,\d{1,3}(-\d{1,3})?)*( (?!$)|$))*$/, 'is no list of channel offsets'),
    mapOf(NUMBER_KEY, count),
  ],
  'is no list of channel offsets',
)

/** A plugin task of the firmware. */
export const PLUGIN = v.strictObject({
  gfid: count,
  state: oneOf('booting', 'ready', 'negotiated', 'running', 'stopped-work', 'saving', 'restoring', 'failed', 'stopped'),
  dbdf: count,
  vgpuType: count,
  /** GPU instance that it runs on; 0 without MIG. */
  swizzId: zero,
  vmPid: count,
  numChannels: count,
  numPluginChannels: count,
  chidOffset: CHANNEL_OFFSETS,
  fb: EXTENT,
  heap: EXTENT,
  initTaskLog: EXTENT,
  vgpuTaskLog: EXTENT,
  /** From SETUP_CONFIG_PARAMS_AND_INIT; empty before. */
  uuid: defaulted(text, ''),
  instance: zero,
  busMaster: off,
  /** Percent. */
  encoderCapacity: defaulted(count, 100),
  /** Data that the guest's driver reported when it loaded; null before, and for a guest without a driver. */
  guest: defaulted(v.nullable(GUEST), null),
  /** vmm_migration_supported of the configuration. */
  migratable: defaulted(truth, true),
  /** Position of the task in a migration stream, from STOP_WORK (or a pre-copy) to the end of the migration. */
  migration: defaulted(v.nullable(MIGRATION), null),
})
export type PluginState = v.InferOutput<typeof PLUGIN>
