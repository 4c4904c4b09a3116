import { readFileSync } from 'node:fs'

/** The device of what is mounted at a path in the namespace of a process; '' if nothing is. */
export function deviceAt(pid: number | 'self', mountPoint: string): string {
  const at = ` / ${escaped(mountPoint)} `
  const line = readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
    .split('\n')
    .findLast((each) => each.includes(at))
  return line?.split(' ')[2] ?? ''
}

/** fstab(5) and /proc/PID/mountinfo have blanks and backslashes as octal numbers. */
export function escaped(text: string): string {
  return text.replace(/[ \t\n\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)
}
