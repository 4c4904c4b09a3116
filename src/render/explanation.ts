import type { Explanation } from '../contract/views/explanation.ts'
import type { View } from './answer.ts'
import { drawSheet } from './sheet.ts'

/** Explanations of codes. */
export const EXPLANATIONS: View<Explanation> = {
  kind: 'explanations',
  name: (explanation) => explanation.code,
  columns: [
    { head: 'TOPIC', text: (explanation) => explanation.topic },
    { head: 'CODE', text: (explanation) => explanation.code },
    { head: 'NUMBER', text: (explanation) => String(explanation.number ?? '-'), right: true },
    { head: 'STATUS', text: (explanation) => String(explanation.status ?? '-'), right: true },
    { head: 'MEANING', text: (explanation) => explanation.meaning, shrink: 0 },
  ],
  fields: ['topic', 'code', 'number', 'status', 'meaning', 'mend', 'errno'],
}

/** Explanations in detail. */
export function explanationSheet(explanations: readonly Explanation[]): string {
  return explanations
    .map((explanation) => {
      const { topic, code, number, status, meaning, mend, errno } = explanation
      const inNumbers = number === null ? '' : ` (${topic === 'NV_STATUS' ? `0x${number.toString(16)}` : number})`
      const rows: [string, string | number][] = [['Meaning', meaning]]
      if (mend !== null) rows.push(['Fix', mend])
      if (status !== null) rows.push(['Exit status', status])
      if (errno !== null) rows.push(['Becomes', errno])
      return `${topic} ${code}${inNumbers}\n${drawSheet([{ rows }])}`
    })
    .join('\n')
}
