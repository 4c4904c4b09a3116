import fs from 'node:fs'
import { describe, expect, it } from 'vitest'

/** A row of the table in docs/mig.md: number, rule, source, tests. */
const ROW = /^\| (\d+) +\| (.+?) +\| (captured|documented|derived) +\| (.+?) +\|$/gm

const rows = [...fs.readFileSync('docs/mig.md', 'utf8').matchAll(ROW)].map(([, number, , , tests]) => ({
  number: Number(number),
  tests: [...(tests ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => `test/${name}.test.ts`),
}))

describe('the rules of MIG', () => {
  it('M 1: all 46 are in the table, in order', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 46 }, (_, at) => at + 1))
  })

  it('M 1: each test of the table names the rule', () => {
    for (const { number, tests } of rows) {
      for (const file of tests) {
        const rules = [...fs.readFileSync(file, 'utf8').matchAll(/\brules? (\d+(?:(?:,? and |, )\d+)*)/g)]
        const numbers = rules.flatMap(([, list]) => (list ?? '').match(/\d+/g) ?? [])
        expect(numbers, `${file}: rule ${number}`).toContain(String(number))
      }
    }
  })
})
