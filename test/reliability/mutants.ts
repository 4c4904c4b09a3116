import type { Substitution } from './bundle.ts'

/** A fault put into the protocol. The tests of this folder have to find it, or they would not find it in earnest. */
export interface Mutant {
  readonly name: string
  /** what can be lost by it */
  readonly harm: string
  readonly substitutions: readonly Substitution[]
  /** what finds it: power cuts and kills on the simulated disk, or bits that turn */
  readonly foundBy: 'disk' | 'rot'
  /** Only for a fault that does no harm as long as the rest stands: why. It must survive. */
  readonly harmless?: string
}

const APPEND = 'src/store/append.ts'
const CHECKPOINT = 'src/store/checkpoint.ts'
const FOLD = 'src/store/fold.ts'
const DISK = 'src/store/disk.ts'
const WORDS = 'src/store/words.ts'

const noSealSync: Substitution = { file: CHECKPOINT, from: '    disk.files.fdatasync(fd)\n', to: '' }
const noLogNameSync: Substitution = {
  file: CHECKPOINT,
  from: "'create')))\n  syncDirectory(disk)\n",
  to: "'create')))\n",
}
const noSnapshotNameSync: Substitution = {
  file: CHECKPOINT,
  from: 'snapshotBytes(image))\n  syncDirectory(disk)\n',
  to: 'snapshotBytes(image))\n',
}
const keepNoEpochs: Substitution = {
  file: 'src/store/layout.ts',
  from: 'KEPT_EPOCHS = 8',
  to: 'KEPT_EPOCHS = 0',
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no-commit-sync',
    harm: 'an acknowledged change is gone after a power cut',
    substitutions: [{ file: APPEND, from: '    disk.files.fdatasync(fd)\n', to: '' }],
    foundBy: 'disk',
  },
  {
    name: 'no-base-check',
    harm: 'two changes computed from one state are both applied',
    substitutions: [{ file: FOLD, from: '  if (record.b !== image.seq) return\n', to: '' }],
    foundBy: 'disk',
  },
  {
    name: 'no-read-back',
    harm: 'a change that lost its race is acknowledged',
    substitutions: [{ file: APPEND, from: 'if (!image.ids.has(id)) return', to: 'if (bytes.length === 0) return' }],
    foundBy: 'disk',
  },
  {
    name: 'seal-not-final',
    harm: 'changes are appended to a log that has been folded into a snapshot',
    substitutions: [{ file: FOLD, from: '    image.sealed = true\n', to: '' }],
    foundBy: 'disk',
  },
  {
    name: 'sealed-log-goes-on',
    harm: 'a change that came after the seal counts for those who read the log, and not in the snapshot',
    substitutions: [{ file: FOLD, from: '    if (image.sealed) return\n', to: '' }],
    foundBy: 'disk',
  },
  {
    name: 'repeat-not-refused',
    harm: 'an operation repeated after a kill is made twice',
    substitutions: [{ file: 'src/store/store.ts', from: '    this.#refuseRepeat(session, operation.id)\n', to: '' }],
    foundBy: 'disk',
  },
  {
    name: 'ids-forgotten',
    harm: 'an operation repeated after a checkpoint is made twice',
    substitutions: [{ file: 'src/store/snapshot.ts', from: 'all.slice(-KEPT_IDS)', to: 'all.slice(all.length)' }],
    foundBy: 'disk',
  },
  {
    name: 'repeat-not-synced',
    harm: 'a change is acknowledged on its repetition, and gone after a power cut',
    substitutions: [
      {
        file: 'src/store/store.ts',
        from: '    if (seq !== undefined && fd !== undefined) sync(this.#disk, fd, image)\n',
        to: '    if (fd === undefined) sync(this.#disk, 0, image)\n',
      },
    ],
    foundBy: 'disk',
  },
  {
    name: 'new-log-after-snapshot',
    harm: 'a snapshot survives without the log that belongs to it',
    substitutions: [
      {
        file: CHECKPOINT,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
        from: "  unlessErrno('EEXIST', () => disk.files.close(disk.files.open(`${disk.dir}/${logName(next)}`, 'create')))\n  syncDirectory(disk)\n",
        to: '',
      },
      {
        file: CHECKPOINT,
        from: 'snapshotBytes(image))\n  syncDirectory(disk)\n',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
        to: "snapshotBytes(image))\n  syncDirectory(disk)\n  unlessErrno('EEXIST', () => disk.files.close(disk.files.open(`${disk.dir}/${logName(next)}`, 'create')))\n",
      },
    ],
    foundBy: 'disk',
  },
  {
    name: 'no-directory-sync-after-new-log',
    harm: 'a snapshot survives without the log that belongs to it',
    substitutions: [noLogNameSync],
    foundBy: 'disk',
  },
  {
    name: 'no-directory-sync-of-shards',
    harm: 'a snapshot survives without the GPUs it names',
    substitutions: [{ file: CHECKPOINT, from: '  if (changed.length) syncDirectory(disk, SHARDS)\n', to: '' }],
    foundBy: 'disk',
  },
  {
    name: 'no-directory-sync-at-all',
    harm: 'snapshots, shards and logs survive without each other',
    substitutions: [
      {
        file: DISK,
        from: '    disk.files.fsync(fd)\n  } finally {\n    disk.files.close(fd)\n  }\n}\n\n/** Runs',
        to: '  } finally {\n    disk.files.close(fd)\n  }\n}\n\n/** Runs',
      },
    ],
    foundBy: 'disk',
  },
  {
    name: 'files-not-synced',
    harm: 'a snapshot or shard has its name and not its content',
    substitutions: [{ file: DISK, from: '      disk.files.fsync(fd)\n', to: '' }],
    foundBy: 'disk',
  },
  {
    name: 'snapshot-before-shards',
    harm: 'a snapshot survives without the GPUs it names',
    substitutions: [
      {
        file: CHECKPOINT,
        from: '  const changed = image.slots.filter((slot) => slot.changed)\n',
        to: '  replaceFile(disk, snapName(next), snapshotBytes(image))\n  syncDirectory(disk)\n  const changed = image.slots.filter((slot) => slot.changed)\n',
      },
    ],
    foundBy: 'disk',
  },
  {
    name: 'unlink-before-rename',
    harm: 'the old epoch is gone before the new one has its name',
    substitutions: [
      keepNoEpochs,
      { file: CHECKPOINT, from: '  syncDirectory(disk)\n  prune(disk, next)\n', to: '' },
      {
        file: CHECKPOINT,
        from: '  replaceFile(disk, snapName(next), snapshotBytes(image))\n',
        to: '  prune(disk, next)\n  replaceFile(disk, snapName(next), snapshotBytes(image))\n  syncDirectory(disk)\n',
      },
    ],
    foundBy: 'disk',
  },
  {
    name: 'no-directory-sync-before-unlink',
    harm: 'the removal of the old epoch survives, the name of the new one does not',
    substitutions: [keepNoEpochs, noSnapshotNameSync],
    foundBy: 'disk',
  },
  {
    name: 'shards-removed-that-are-named',
    harm: 'a GPU that did not change for an epoch is gone',
    substitutions: [{ file: 'src/store/prune.ts', from: ' && !needed.has(name)', to: '' }],
    foundBy: 'disk',
  },
  {
    name: 'no-seal-sync-and-no-directory-sync',
    harm: 'a seal is gone after its snapshot was begun, and changes go on in the old log',
    substitutions: [noSealSync, noLogNameSync, noSnapshotNameSync],
    foundBy: 'disk',
  },
  {
    name: 'no-sum-at-checkpoint',
    harm: 'a value that turned on the disk is carried on for good',
    substitutions: [
      {
        file: CHECKPOINT,
        from: "loadEpoch(disk, epoch, schema, 'check')",
        to: "loadEpoch(disk, epoch, schema, 'hot')",
      },
    ],
    foundBy: 'rot',
  },
  {
    name: 'no-seal-sync',
    harm: 'changes in the new log are acknowledged, and the seal that leads to it is gone',
    substitutions: [noSealSync],
    foundBy: 'disk',
  },
  {
    name: 'no-leading-newline',
    harm: 'a record that lacked only its newline has been counted, and is then glued to the next',
    substitutions: [
      { file: 'src/store/frame.ts', from: 'Buffer.from(`\\n00000000', to: 'Buffer.from(`00000000' },
      { file: 'src/store/frame.ts', from: 'bytes.subarray(HEAD + 1, -1))), 1,', to: 'bytes.subarray(HEAD, -1))), 0,' },
    ],
    foundBy: 'disk',
  },
  {
    name: 'zeros-end-no-record',
    harm: 'an acknowledged record that lacked its newline is gone with the sector that had brought it',
    substitutions: [{ file: 'src/store/frame.ts', from: 'if (zero > 0)', to: 'if (zero > bytes.length)' }],
    foundBy: 'disk',
  },
  {
    name: 'no-sum-at-repetition',
    harm: 'a turned bit in an operation id passes another operation for done',
    substitutions: [
      {
        file: 'src/store/store.ts',
        from: "    fileStep(this.#disk, 'store load', () => load(this.#disk, this.#model.schema, 'check'))\n",
        to: "    if (id === '') load(this.#disk, this.#model.schema, 'check')\n",
      },
    ],
    foundBy: 'rot',
  },
  {
    name: 'words-of-other-shards',
    harm: 'a GPU is not found by its name, for the file that was looked into was made before it had it',
    substitutions: [
      {
        file: WORDS,
        from: 'Math.max(newest, slot.epoch), 0)',
        to: 'Math.min(newest, slot.epoch), Number.MAX_SAFE_INTEGER)',
      },
      {
        file: WORDS,
        from: "return bytes?.toString('latin1', CRC_LINE, end) === head ? bytes.subarray(end) : undefined",
        to: 'return bytes?.subarray(end)',
      },
    ],
    foundBy: 'disk',
  },
  {
    name: 'words-of-changed-shards',
    harm: 'a GPU is not found by the name that the log gave it',
    substitutions: [{ file: WORDS, from: '      changed || body === undefined', to: '      body === undefined' }],
    foundBy: 'disk',
  },
  {
    name: 'words-carried-over',
    harm: 'a checkpoint writes the former names of a GPU that changed',
    substitutions: [{ file: WORDS, from: 'changed ? undefined : old?.[at]', to: 'old?.[at]' }],
    foundBy: 'disk',
  },
  {
    name: 'no-directory-sync-after-snapshot',
    harm: 'none',
    substitutions: [noSnapshotNameSync],
    foundBy: 'disk',
    harmless: 'the epoch before is kept and sealed, and reading goes on from its log into the new one',
  },
  {
    name: 'old-epochs-unlinked-at-once',
    harm: 'none',
    substitutions: [keepNoEpochs],
    foundBy: 'disk',
    harmless: 'old epochs are for history and slow readers only; a reader that finds one gone starts over',
  },
]
