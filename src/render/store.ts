import type { FindingLine, HistoryLine } from '../contract/views/change.ts'
import type { View } from './answer.ts'

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
