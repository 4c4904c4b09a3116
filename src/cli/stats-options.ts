import { LISTING, type Selection } from './listing.ts'

/** Options of the verbs that show utilisation. */
export const STATS_OPTIONS = {
  sparkline: { summary: 'a column with the use of the GPU over time, which a terminal shows anyway' },
  plot: { summary: 'a plot of the use of the GPU over time, in place of the table' },
  ...LISTING,
} as const

/** Their values. */
export interface StatsOptions extends Selection {
  readonly sparkline: boolean
  readonly plot: boolean
}
