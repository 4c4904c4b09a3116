import { expect } from 'vitest'
import { Bench } from './captured-io.ts'

/** A bench on which the state, made in memory, is the host. */
export async function benchOf(state: object): Promise<Bench> {
  const bench = new Bench()
  const file = bench.file('state.json', JSON.stringify({ schema: 1, ...state }))
  const { status, stderr } = await bench.sh(`host import ${file}`)
  expect(status, stderr).toBe(0)
  return bench
}

/**
 * Expects that the document of a host changes nothing there, and makes a new host one with the same document.
 * @returns the document
 */
export async function expectRoundTrip(here: Bench, there: Bench): Promise<string> {
  const document = (await here.sh('export')).stdout
  const raw = (await here.sh('host export')).stdout
  const again = await here.sh('apply -f - -o json', { stdin: document })
  expect(again.status, again.stderr).toBe(0)
  expect(JSON.parse(again.stdout).items).toEqual([])
  expect((await here.sh('host export')).stdout).toBe(raw)
  const made = await there.sh('apply -f - -q', { stdin: document })
  expect(made.status, made.stderr).toBe(0)
  expect((await there.sh('export')).stdout).toBe(document)
  return document
}
