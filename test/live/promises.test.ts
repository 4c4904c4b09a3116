import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Promises } from '../../src/live/promises.ts'

const HEADER = 16

describe('names that the kernel may keep', () => {
  it('G 5: every promise that has not expired is taken once, in order, whatever the ring has been through', () => {
    const note = fc.record({
      parent: fc.nat(),
      name: fc.string({ maxLength: 30 }),
      lifetime: fc.integer({ min: -5, max: 5 }),
    })
    const step = fc.oneof(note, fc.constant('take' as const), fc.constant('trim' as const))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const promises = new Promises(new SharedArrayBuffer(HEADER + 256))
        let expected: { parent: number; name: string; deadline: number }[] = []
        for (const [now, one] of steps.entries()) {
          if (one === 'take') {
            const due = expected.filter(({ deadline }) => deadline >= now)
            expect(promises.takeAll(now)).toEqual(due.map(({ parent, name }) => ({ parent, name })))
            expected = []
          } else if (one === 'trim') {
            promises.trim(now)
            const first = expected.findIndex(({ deadline }) => deadline >= now)
            expected = first < 0 ? [] : expected.slice(first)
          } else if (promises.note(one.parent, one.name, now + one.lifetime)) {
            expected.push({ parent: one.parent, name: one.name, deadline: now + one.lifetime })
          }
        }
      }),
    )
  })

  it('G 5: a full ring promises nothing, and room returns', () => {
    const promises = new Promises(new SharedArrayBuffer(HEADER + 64))
    expect(promises.note(1, 'x'.repeat(40), 10)).toBe(true)
    expect(promises.crowded).toBe(true)
    expect(promises.note(1, 'y', 10)).toBe(false)
    expect(promises.takeAll(0)).toHaveLength(1)
    expect(promises.note(1, 'y', 10)).toBe(true)
  })

  it('G 5: taking raises the generation', () => {
    const promises = new Promises()
    const before = promises.generation
    promises.takeAll(0)
    expect(promises.generation).not.toBe(before)
  })
})
