import { NvError } from '../../errors/nv-error.ts'
import { type Disk, syncDirectory } from '../disk/disk.ts'
import { errnoOf } from '../disk/failure.ts'
import type { MaterializedState } from '../materialized-state.ts'

/** A problem with a file of the state directory. */
export interface FsckFinding {
  /** relative to the state directory */
  readonly file: string
  /** `note`: harmless. `damage`: wrong, but only history or repair need it, or it can be restored. `loss`: gone. */
  readonly severity: 'note' | 'damage' | 'loss'
  /** one sentence without a full stop */
  readonly problem: string
  /** the repair; undefined if there is none */
  readonly mend: string | undefined
  /** whether that was done */
  readonly mended: boolean
}

/** The data that the parts of a check share. */
export interface Check {
  readonly disk: Disk
  readonly schema: number
  /** names of the files that were checked */
  readonly checked: Set<string>
  /** the state before the epoch that was last rebuilt */
  readonly images: Map<number, MaterializedState>
  /** epochs of snapshots that are not of this host */
  readonly orphans: Set<number>
  report(file: string, severity: FsckFinding['severity'], problem: string, repair?: Repair): void
}

export interface Repair {
  readonly text: string
  readonly run: () => void
}

/** The result of a step; undefined if a file operation failed or a file is damaged. */
export function attempt<T>(step: () => T): T | undefined {
  try {
    return step()
  } catch (error) {
    if (error instanceof NvError || errnoOf(error) !== undefined) return undefined
    throw error
  }
}

/** Reports a file that is not of this host; the repair renames it. */
export function reportOrphan({ disk, report }: Check, name: string, problem: string): void {
  report(name, 'damage', problem, {
    text: `set aside as ${asideOf(disk, name)}`,
    run: () => setAside(disk, name),
  })
}

/** Gives a file, or a directory in its place, a name that the store ignores. */
export function setAside(disk: Disk, name: string): void {
  disk.files.rename(`${disk.dir}/${name}`, `${disk.dir}/${asideOf(disk, name)}`)
  syncDirectory(disk, name.slice(0, Math.max(name.lastIndexOf('/'), 0)))
}

/** The name of a file that is set aside: the store ignores it, and a person can still read it. */
export function asideOf(disk: Disk, name: string): string {
  const start = name.lastIndexOf('/') + 1
  const names = disk.files.readdir(`${disk.dir}/${name.slice(0, start)}`.replace(/\/$/, ''))
  for (let count = 1; ; count++) {
    const aside = `${name}.aside${count > 1 ? `-${count}` : ''}`
    if (!names.includes(aside.slice(start))) return aside
  }
}
