import type { Substitution } from './bundle.ts'
import type { DiskKind } from './disk-run.ts'

/** A fault put into the protocol. The tests of this folder have to find it, or they would not find it in earnest. */
export interface Mutant {
  readonly name: string
  /** what can be lost by it */
  readonly harm: string
  readonly substitutions: readonly Substitution[]
  /** what finds it: power cuts and kills on the simulated disk, bits that turn, or commands that write files */
  readonly foundBy: DiskKind
  /** Only for a fault that does no harm as long as the rest stands: why. It must survive. */
  readonly harmless?: string
}

const APPEND = 'src/store/log/append.ts'
const BEGIN_LOG = 'src/store/log/begin-log.ts'
const CHECKPOINT = 'src/store/checkpoint/checkpoint.ts'
const REPLAY = 'src/store/log/replay.ts'
const DISK = 'src/store/disk/disk.ts'
const OLD_IDS = 'src/store/checkpoint/operation-ids.ts'
const PRUNE = 'src/store/checkpoint/prune.ts'
const NAME_INDEX = 'src/store/name-index.ts'
const OUTPUT = 'src/app/output-file.ts'
const SAVE = 'src/cli/commands/vgpu-save.ts'

const noSealSync: Substitution = { file: BEGIN_LOG, from: '    disk.files.fdatasync(fd)\n', to: '' }
const noLogNameSync: Substitution = {
  file: CHECKPOINT,
  from: '  if (ids.file) replaceFile(disk, ...ids.file)\n  syncDirectory(disk)\n',
  to: '  if (ids.file) replaceFile(disk, ...ids.file)\n',
}
const noSnapshotNameSync: Substitution = {
  file: CHECKPOINT,
  from: 'snapshotBytes(state, ids))\n  syncDirectory(disk)\n',
  to: 'snapshotBytes(state, ids))\n',
}
const keepNoEpochs: Substitution = {
  file: PRUNE,
  from: 'current - KEPT_EPOCHS',
  to: 'current - KEPT_EPOCHS * 0',
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
    substitutions: [{ file: REPLAY, from: '  if (record.b !== position.seq) return\n', to: '' }],
    foundBy: 'disk',
  },
  {
    name: 'no-read-back',
    harm: 'a change that lost its race is acknowledged',
    substitutions: [{ file: APPEND, from: 'if (!state.ids.has(id)) return', to: 'if (bytes.length === 0) return' }],
    foundBy: 'disk',
  },
  {
    name: 'seal-not-final',
    harm: 'changes are appended to a log that has been folded into a snapshot',
    substitutions: [{ file: REPLAY, from: '    position.sealed = true\n', to: '' }],
    foundBy: 'disk',
  },
  {
    name: 'sealed-log-goes-on',
    harm: 'a change that came after the seal counts for those who read the log, and not in the snapshot',
    substitutions: [{ file: REPLAY, from: '    if (position.sealed) return\n', to: '' }],
    foundBy: 'disk',
  },
  {
    name: 'repeat-not-refused',
    harm: 'an operation repeated after a kill is made twice',
    substitutions: [{ file: 'src/store/store.ts', from: '    this.#refuseRepeat(session, operation)\n', to: '' }],
    foundBy: 'disk',
  },
  {
    name: 'ids-forgotten',
    harm: 'an operation repeated after a checkpoint is made twice',
    substitutions: [
      {
        file: OLD_IDS,
        from: ', ...[...state.ids.keys()].map(idMark)]',
        to: ', ...[...state.ids.keys()].map(() => idMark(""))]',
      },
    ],
    foundBy: 'disk',
  },
  {
    name: 'older-ids-not-looked-up',
    harm: 'an operation repeated after many changes is made twice',
    substitutions: [{ file: OLD_IDS, from: 'return state.idFiles.some(', to: 'return state.idFiles.slice(2).some(' }],
    foundBy: 'disk',
  },
  {
    name: 'older-ids-dropped',
    harm: 'an operation repeated after many changes is made twice',
    substitutions: [
      { file: OLD_IDS, from: '...(isFull ? [] : marks), ...recent', to: '...(isFull ? marks : []), ...recent' },
    ],
    foundBy: 'disk',
  },
  {
    name: 'ids-after-snapshot',
    harm: 'a snapshot survives without the operation ids it names',
    substitutions: [
      { file: CHECKPOINT, from: '  if (ids.file) replaceFile(disk, ...ids.file)\n', to: '' },
      {
        file: CHECKPOINT,
        from: 'snapshotBytes(state, ids))\n',
        to: 'snapshotBytes(state, ids))\n  if (ids.file) replaceFile(disk, ...ids.file)\n',
      },
    ],
    foundBy: 'disk',
  },
  {
    name: 'ids-named-before-they-are-durable',
    harm: 'a snapshot survives without the operation ids it names',
    substitutions: [
      {
        file: CHECKPOINT,
        from: '  if (ids.file) replaceFile(disk, ...ids.file)\n  syncDirectory(disk)\n',
        to: '  syncDirectory(disk)\n  if (ids.file) replaceFile(disk, ...ids.file)\n',
      },
    ],
    foundBy: 'disk',
  },
  {
    name: 'ids-removed-that-are-named',
    harm: 'the operation ids are gone that a snapshot names',
    substitutions: [{ file: PRUNE, from: ' && !needed.has(idsName(epoch))', to: '' }],
    foundBy: 'disk',
  },
  {
    name: 'log-before-seal-sync',
    harm: 'changes in the new log are acknowledged, and the seal that leads to it is gone',
    substitutions: [
      {
        file: BEGIN_LOG,
        from: '  syncLog(disk, epoch - 1)\n  return',
        to: '  const made =',
      },
      { file: BEGIN_LOG, from: "'create')))\n", to: "'create')))\n  syncLog(disk, epoch - 1)\n  return made\n" },
    ],
    foundBy: 'disk',
  },
  {
    name: 'tidied-log-made-anew',
    harm: 'changes are made in a log that had been tidied away, and nobody reads them',
    substitutions: [
      keepNoEpochs,
      { file: 'src/store/log/rotate.ts', from: 'return newest <= next.epoch ? next : undefined', to: 'return next' },
    ],
    foundBy: 'disk',
  },
  {
    name: 'repeat-not-synced',
    harm: 'a change is acknowledged on its repetition, and gone after a power cut',
    substitutions: [
      {
        file: 'src/store/store.ts',
        from: '    if (seq !== undefined && fd !== undefined) sync(this.#disk, fd, base)\n',
        to: '    if (fd === undefined) sync(this.#disk, 0, base)\n',
      },
    ],
    foundBy: 'disk',
  },
  {
    name: 'new-log-after-snapshot',
    harm: 'a snapshot survives without the log that belongs to it',
    substitutions: [
      {
        file: 'src/store/log/rotate.ts',
        from: 'if (beginLog(disk, epoch + 1)) completeCheckpoints',
        to: 'completeCheckpoints',
      },
      {
        file: CHECKPOINT,
        from: '  beginLog(disk, next)\n',
        to: '',
      },
      {
        file: CHECKPOINT,
        from: 'snapshotBytes(state, ids))\n  syncDirectory(disk)\n',
        to: 'snapshotBytes(state, ids))\n  syncDirectory(disk)\n  beginLog(disk, next)\n',
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
        from: '  const changed = state.changedShards()\n',
        to: '  replaceFile(disk, snapName(next), snapshotBytes(state, ids))\n  syncDirectory(disk)\n  const changed = state.changedShards()\n',
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
        from: '  replaceFile(disk, snapName(next), snapshotBytes(state, ids))\n',
        to: '  prune(disk, next)\n  replaceFile(disk, snapName(next), snapshotBytes(state, ids))\n  syncDirectory(disk)\n',
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
    substitutions: [{ file: PRUNE, from: ' && !needed.has(name)', to: '' }],
    foundBy: 'disk',
  },
  {
    name: 'no-seal-sync-and-no-directory-sync',
    harm: 'a seal is gone after its snapshot was begun, and changes go on in the old log',
    substitutions: [noSealSync, noLogNameSync, noSnapshotNameSync],
    foundBy: 'disk',
  },
  {
    name: 'no-sum-of-files',
    harm: 'a value that turned on the disk is believed, and carried on for good',
    substitutions: [
      {
        file: 'src/store/disk/checked-file.ts',
        from: 'if (fileCrcFits(bytes)) return bytes',
        to: 'if (bytes.length > 0) return bytes',
      },
    ],
    foundBy: 'rot',
  },
  {
    name: 'no-sum-of-records',
    harm: 'a turned bit in an operation id passes another operation for done',
    substitutions: [
      { file: 'src/store/log/record.ts', from: '    crcFits(bytes, start, end)\n', to: '    end > start\n' },
    ],
    foundBy: 'rot',
  },
  {
    name: 'damage-taken-for-a-cut',
    harm: 'an acknowledged change that does not read any more is passed over',
    substitutions: [
      { file: REPLAY, from: 'salvage ? undefined : damageOf', to: 'bytes.length > 0 ? undefined : damageOf' },
    ],
    foundBy: 'rot',
  },
  {
    name: 'log-without-its-end',
    harm: 'a log whose seal is gone is read as an older host',
    substitutions: [{ file: 'src/store/load.ts', from: 'later > state.epoch', to: 'later > state.epoch + later' }],
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
      { file: 'src/store/log/record.ts', from: 'Buffer.from(`\\n00000000', to: 'Buffer.from(`00000000' },
      {
        file: 'src/store/log/record.ts',
        from: 'bytes.subarray(HEAD + 1, -1)), 1,',
        to: 'bytes.subarray(HEAD, -1)), 0,',
      },
    ],
    foundBy: 'disk',
  },
  {
    name: 'zeros-end-no-record',
    harm: 'an acknowledged record that lacked its newline is gone with the sector that had brought it',
    substitutions: [
      { file: 'src/store/log/record.ts', from: 'const before = zero > 0', to: 'const before = zero > bytes.length' },
    ],
    foundBy: 'disk',
  },
  {
    name: 'index-of-other-shards',
    harm: 'a GPU is not found by its name, for the file that was looked into was made before it had it',
    substitutions: [
      {
        file: NAME_INDEX,
        from: 'return written ?? epoch + 1',
        to: 'return indexEpochs[group] ?? written ?? epoch + 1',
      },
    ],
    foundBy: 'disk',
  },
  {
    name: 'index-of-changed-shards',
    harm: 'a GPU is not found by the name that the log gave it',
    substitutions: [{ file: NAME_INDEX, from: '  yield* state.changedShards()\n', to: '' }],
    foundBy: 'disk',
  },
  {
    name: 'index-carried-over',
    harm: 'a checkpoint writes the former names of a GPU that changed',
    substitutions: [{ file: NAME_INDEX, from: 'shard.changed === true ? undefined : old?.[at]', to: 'old?.[at]' }],
    foundBy: 'disk',
  },
  {
    name: 'output-not-synced',
    harm: 'a vGPU is closed, and the file that has it is empty',
    substitutions: [
      {
        file: OUTPUT,
        from: '    sync(fd)\n  } finally {\n    closeSync(fd)\n  }\n}\n\n/** Syncs',
        to: '  } finally {\n    closeSync(fd)\n  }\n}\n\n/** Syncs',
      },
    ],
    foundBy: 'output',
  },
  {
    name: 'output-directory-not-synced',
    harm: 'a vGPU is closed, and the file that has it has no name',
    substitutions: [{ file: OUTPUT, from: '  try {\n    syncPath(dirname(place))\n', to: '  try {\n' }],
    foundBy: 'output',
  },
  {
    name: 'output-written-in-place',
    harm: 'an old file is gone before the new one is whole',
    substitutions: [
      {
        file: OUTPUT,
        from: '(temporary) => writeNew(temporary, bytes, old?.mode))',
        to: '(temporary) => {\n    if (old) rmSync(path)\n    writeNew(temporary, bytes, old?.mode)\n  })',
      },
    ],
    foundBy: 'output',
  },
  {
    name: 'vgpu-closed-before-its-file',
    harm: 'a vGPU is closed, and there is no file that has it',
    substitutions: [
      { file: SAVE, from: '    await writeOutput(context, path, file)\n', to: '' },
      {
        file: SAVE,
        from: '    return changeHost(context, (state) => {',
        to: '    const closed = await changeHost(context, (state) => {',
      },
      {
        file: SAVE,
        from: '      return now.change\n    })\n',
        to: '      return now.change\n    })\n    await writeOutput(context, path, file)\n    return closed\n',
      },
    ],
    foundBy: 'output',
  },
  {
    name: 'tree-not-synced',
    harm: 'an exported tree has its names and not its content',
    substitutions: [
      {
        file: 'src/app/sysfs-tree.ts',
        from: '      syncTree(unfinished)\n',
        to: '      if (count.files < 0) syncTree(unfinished)\n',
      },
    ],
    foundBy: 'output',
  },
  {
    name: 'link-not-synced',
    harm: 'an installed library is there, and the name under which programs open it is not',
    substitutions: [
      {
        file: 'src/nvml/install.ts',
        from: 'putInPlace(path, (temporary) => symlinkSync(target, temporary))',
        to: 'symlinkSync(target, path)',
      },
    ],
    foundBy: 'output',
  },
  {
    name: 'made-directory-not-synced',
    harm: 'none',
    substitutions: [{ file: OUTPUT, from: '  }\n  syncPath(dirname(place))\n}', to: '  }\n}' }],
    foundBy: 'output',
    harmless: 'ext4, XFS and btrfs sync the names of new directories with what is in them; POSIX does not promise it',
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
    harm: 'after a checkpoint the history has nothing',
    substitutions: [keepNoEpochs],
    foundBy: 'disk',
  },
]
