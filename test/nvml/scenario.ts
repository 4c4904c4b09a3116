import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GOLDEN, Host, type Words } from './library.ts'

const RETURNS: Record<string, number> = JSON.parse(readFileSync(GOLDEN, 'utf8')).returns
const NAMES = new Map(Object.entries(RETURNS).map(([name, number]) => [number, name]))

/** The functions that some test has called. */
export const CALLED = new Set<string>()

/** One call with its return code, and the values of its output arguments if they matter. */
export type Row = readonly [call: Words, code: string, ...values: unknown[]]

/** `{vgpu0}` in an argument is the id of the first running vGPU, `{uuid0}` its UUID. */
export function scenario(title: string, commands: readonly string[], rows: readonly Row[], options?: string[]): void {
  describe(title, () => {
    const host = new Host()
    let answers: readonly (readonly unknown[])[] = []
    let known = new Map<string, unknown>()
    beforeAll(() => {
      host.host(...commands)
      const vgpus = host.host('query --vgpu=vgpu_id,uuid,vm.uuid,state --format=csv,noheader').trim().split('\n')
      const running = vgpus.map((line) => line.split(', ')).filter(([id]) => id !== undefined && /^\d+$/.test(id))
      known = new Map(
        running.flatMap(([id, uuid, vm], i): [string, unknown][] => [
          [`{vgpu${i}}`, Number(id)],
          [`{uuid${i}}`, uuid],
          [`{vm${i}}`, vm],
        ]),
      )
      answers = host.calls(
        rows.map(([call]) => resolved(call) as Words),
        options,
      )
    })
    afterAll(() => host.dispose())

    function resolved(value: unknown): unknown {
      if (typeof value === 'string') return known.get(value) ?? value
      if (Array.isArray(value)) return value.map(resolved)
      if (typeof value === 'object' && value !== null)
        return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, resolved(member)]))
      return value
    }

    it.each(rows.map((row, i) => [named(row), i] as const))('%s', (_, i) => {
      const row = rows[i]
      const [code, ...values] = answers[i] ?? []
      const [, wanted = '', ...expected] = row ?? []
      expect(NAMES.get(Number(code))).toBe(wanted)
      if (expected.length > 0) expect(values).toMatchObject(resolved(expected) as object)
    })
    for (const [[name]] of rows) CALLED.add(name)
  })
}

function named([[name, ...args], code]: Row): string {
  const shown = args.map((arg) => (typeof arg === 'object' ? JSON.stringify(arg) : String(arg))).join(', ')
  return `H 1: ${name}(${shown.slice(0, 90)}) answers ${code}`
}
