import type { View } from './answer.ts'

/** One recorded change of the store's history. */
export interface HistoryLine {
  readonly seq: number
  readonly id: string
  readonly time: string
  readonly command: string
  /** Places in the state that it set or removed. */
  readonly changes: number
}

/** Recorded changes, newest last. */
export const HISTORY: View<HistoryLine> = {
  kind: 'history',
  name: (line) => String(line.seq),
  columns: [
    { head: 'SEQ', text: (line) => String(line.seq), right: true },
    { head: 'TIME', text: (line) => line.time },
    { head: 'CHANGES', text: (line) => String(line.changes), right: true },
    { head: 'COMMAND', text: (line) => line.command, shrink: 0 },
    { head: 'ID', text: (line) => line.id, wide: true },
  ],
  fields: ['seq', 'id', 'time', 'command', 'changes'],
}

/** A problem with a file of the state directory. */
export interface FindingLine {
  readonly file: string
  readonly severity: string
  readonly problem: string
  readonly mend: string | null
  readonly mended: boolean
}

/** The result of a check of the state directory. */
export const FINDINGS: View<FindingLine> = {
  kind: 'findings',
  name: (finding) => finding.file,
  columns: [
    { head: 'FILE', text: (finding) => finding.file },
    {
      head: 'SEVERITY',
      text: (finding) => finding.severity,
      mood: (finding) => (finding.severity === 'loss' ? 'bad' : finding.severity === 'damage' ? 'warn' : undefined),
    },
    { head: 'FIXED', text: (finding) => (finding.mended ? 'yes' : 'no') },
    { head: 'PROBLEM', text: (finding) => finding.problem, shrink: 1 },
    { head: 'FIX', text: (finding) => finding.mend ?? '-', shrink: 0 },
  ],
  fields: ['file', 'severity', 'problem', 'mend', 'mended'],
}
