import type { Monitor } from './monitor.ts'

const two = (value: number) => String(value).padStart(2, '0')

/** Columns of `-o`, in front of a line: head, unit, value. */
const STAMPS: Readonly<Record<'D' | 'T', readonly [head: string, unit: string, value: (now: Date) => string]>> = {
  D: ['Date       ', 'YYYYMMDD   ', (now) => `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}   `],
  T: [
    'Time        ',
    'HH:MM:SS    ',
    (now) => `${[now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(':')}    `,
  ],
}

/**
 * A monitor with the date, the time or both in front of each line (nvidia-smi(1); the columns are those of its manual, the spaces
 * ours).
 * @param letters D, T or both
 */
export function dated({ header, rows }: Monitor, letters: string, now: () => Date): Monitor {
  const stamps = (['D', 'T'] as const).filter((letter) => letters.includes(letter)).map((letter) => STAMPS[letter])
  const heads = [0, 1].map((line) => `#${stamps.map((stamp) => stamp[line]).join('')}`)
  const before = (text: string, stamp: (line: number) => string) =>
    text
      .replace(/^(?!$)/gm, '\n')
      .split('\n')
      .filter((line) => line !== '')
      .map((line, at) => `${stamp(at)}${line}\n`)
      .join('')
  return {
    header: before(header, (line) => heads[line] ?? '').replace(/# (gpu|Idx)/g, ' $1'),
    rows: (gpus) => {
      const at = now()
      return before(rows(gpus), () => ` ${stamps.map(([, , value]) => value(at)).join('')}`)
    },
  }
}
