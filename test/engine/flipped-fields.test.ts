import { describe, expect, it } from 'vitest'
import type { ProfileName } from '../../src/engine/state.ts'
import { type Leaf, leavesOf } from './flips/flip.ts'
import { reasonOf } from './flips/reasons.ts'
import { type Notice, noticed } from './flips/scene.ts'
import { TARGETS, type Target } from './flips/targets.ts'

interface Found {
  target: Target
  leaf: Leaf
  notice: Notice
}

const OTHERS: readonly ProfileName[] = ['rfc-v1', 'vgpu17', 'vgpu16']
const made = new Map<ProfileName | null, Found[]>()

/** Every flip with its notice, made once: under the profile of its target, or under another one. */
function flips(other: ProfileName | null = null): Found[] {
  const found =
    made.get(other) ??
    TARGETS.filter(({ profile }) => other === null || isSent(profile, other)).flatMap((target) =>
      leavesOf(target.layout).map((leaf) => ({
        target,
        leaf,
        notice: noticedUnder(other ?? target.profile, target, leaf),
      })),
    )
  made.set(other, found)
  return found
}

const noticedUnder = (profile: ProfileName, target: Target, leaf: Leaf) =>
  noticed(profile, target.flip(leaf.offset, profile))

/** Whether a structure of a profile has to be tried under another one. */
function isSent(profile: ProfileName, other: ProfileName): boolean {
  return profile === 'v2' || (profile === 'vgpu17' && other === 'vgpu16')
}

const reason = ({ target, leaf }: Found) => reasonOf(target.title, leaf.path)

/** Who notices, by the words of the notice: an error has its function, else a place in the state differs. */
function sentence({ step, how }: NonNullable<Notice>): string {
  return `${step}: ${how}`
}

describe('one bit of every field of every message and shared structure', () => {
  it('J 3: is noticed, or there is a reason why nobody would act on it', () => {
    const unexplained = flips().filter((one) => one.notice === null && reason(one) === null)
    expect(unexplained.map(({ target, leaf }) => `${target.title}: ${leaf.path}`)).toEqual([])
  })

  it('J 3: every reason is needed', () => {
    const told = new Set(
      flips()
        .filter(({ notice }) => notice === null)
        .map(reason),
    )
    const unnoticed = flips().filter((one) => one.notice === null)
    expect(unnoticed.length).toBeGreaterThan(100)
    expect(told.has(null)).toBe(false)
  })

  it('J 3: is never noticed by the simulation’s own code falling over', () => {
    expect(flips().filter(({ notice }) => notice?.how.includes('the driver itself'))).toEqual([])
  })

  it.each(OTHERS)('J 3: is noticed under %s too, or there is a reason', (profile) => {
    const found = flips(profile)
    const unexplained = found.filter((one) => one.notice === null && reason(one) === null)
    expect(unexplained.map(({ target, leaf }) => `${target.title}: ${leaf.path}`)).toEqual([])
    expect(found.filter(({ notice }) => notice?.how.includes('the driver itself'))).toEqual([])
  })

  it('J 3: is in the table of the documents', async () => {
    await expect(page()).toMatchFileSnapshot('../../docs/flipped-bits.md')
  })
})

function page(): string {
  return `# Flipped bits

\`test/engine/flipped-fields.test.ts\` flips the lowest bit of every field of every message and shared structure, one at a time, in the
life of a host with one vGPU: boot, VFs, selection, open, questions, reset, migration, events, suspend, resume, close, unload. Arrays are flipped
in their first element. The table says at which step the flip is noticed and how: by an errno and the function that returns it, or by a
place in the state or an answer that differs. Where nobody notices, it says why. The checksum of a message to GSP follows the flip,
except in the table of the element itself. \`npx vitest run test/engine/flipped-fields.test.ts --update\` writes this page.

${TARGETS.map((target) => section(target)).join('\n')}
## Other profiles

The same flips under the other profiles. Listed is what is noticed under one of two profiles only, or at another step.

${table(['profile', 'structure', 'noticed', 'fields'], OTHERS.flatMap(differences))}`
}

/** Rows for the flips whose step of notice is another than in the sections above. */
function differences(profile: ProfileName): string[][] {
  const rows = new Map<string, string[]>()
  const above = new Map(flips().map((one) => [`${one.target.title} ${one.leaf.path}`, one.notice]))
  for (const { target, leaf, notice } of flips(profile)) {
    const before = above.get(`${target.title} ${leaf.path}`)
    if (before?.step === notice?.step) continue
    const key = JSON.stringify([profile, target.title, notice ? sentence(notice) : 'nobody'])
    rows.set(key, [...(rows.get(key) ?? []), `\`${leaf.path}\``])
  }
  return [...rows].map(([key, paths]) => [...(JSON.parse(key) as string[]), paths.join(' ')])
}

function section(target: Target): string {
  const rows = new Map<string, string[]>()
  for (const one of flips()) {
    if (one.target !== target) continue
    const text = one.notice ? sentence(one.notice) : `nobody: ${reason(one)}`
    rows.set(text, [...(rows.get(text) ?? []), `\`${one.leaf.path}\``])
  }
  const heading = `## ${target.title}${target.profile === 'v2' ? '' : ` (${target.profile})`}`
  return `${heading}\n\n${table(
    ['noticed', 'fields'],
    [...rows].map(([text, paths]) => [text, paths.join(' ')]),
  )}`
}

function table(head: string[], body: string[][]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((row) => row[column]?.length ?? 0)))
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = widths.map((width) => '-'.repeat(width))
  return `${[head, rule, ...body].map(line).join('\n')}\n`
}
