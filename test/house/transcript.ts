import type { Sandbox } from './sandbox.ts'

/** A session at a shell prompt, as a file keeps it. */
export interface Transcript {
  /** Lines before the first command: what the session is about. */
  readonly title: string
  readonly entries: readonly Entry[]
}

interface Entry {
  readonly command: string
  readonly output: string
}

const PROMPT = '$ '

/** The line nvidia-smi and the overview begin with, from the wall clock; the only thing in a session that is not given. */
const DATE_LINE = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}( *)$/gm
const WRITTEN_DATE = 'Mon Nov 23 09:30:00 2026'

/** Reads a transcript: a line that begins with `$ ` is a command, what follows is what it prints. */
export function parseTranscript(text: string): Transcript {
  const [title = '', ...parts] = `\n${text}`.split(`\n${PROMPT}`)
  const entries = parts.map((part, index) => {
    const [command = '', ...output] = part.split('\n')
    // All but the last part lost their final newline to the split.
    return { command, output: output.join('\n') + (index < parts.length - 1 && output.length > 0 ? '\n' : '') }
  })
  return { title: title.slice(1), entries }
}

/** The same as text again. */
export function formatTranscript({ title, entries }: Transcript): string {
  return `${title}\n${entries.map(({ command, output }) => `${PROMPT}${command}\n${output}`).join('')}`
}

/**
 * Runs the commands of a transcript one after the other and answers what was printed, both streams as a terminal would
 * show them. `$?` is the status of the command before, as in one shell. The sandbox's home is written as /home/you.
 */
export function perform(transcript: Transcript, sandbox: Sandbox): Transcript {
  let status = 0
  const entries = transcript.entries.map(({ command }) => {
    const result = sandbox.sh(`exec 2>&1\n(exit ${status})\n${command}`)
    status = result.status
    const shown = result.stdout.replaceAll(sandbox.home, '/home/you').replace(DATE_LINE, `${WRITTEN_DATE}$1`)
    // A prompt stands at the beginning of a line, whatever was printed before it.
    return { command, output: shown === '' || shown.endsWith('\n') ? shown : `${shown}\n` }
  })
  return { title: transcript.title, entries }
}
