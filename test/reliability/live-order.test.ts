import { describe, expect, it } from 'vitest'
import { type Change, type LiveEvent, unexplained } from './live-order.ts'

const VF = '0000:c1:00.4'
const UUID = '00000001-0000-4000-8000-000000000001'

function event(kind: LiveEvent['kind'], value: string, times: [number, number?], answer = '-'): LiveEvent {
  const [began, ended] = times
  return { process: 'p', kind, vf: VF, value, began: BigInt(began), ended: ended && BigInt(ended), answer } as LiveEvent
}

function history(...lines: readonly string[]): Change[] {
  return lines.map((line, index) => ({ seq: index + 1, command: `sysfs write /sys/devices/x/${line}` }))
}

function judged(events: readonly LiveEvent[], changes: readonly Change[]): string[] {
  return unexplained(events, changes, new Map([[VF, { override: '(null)', holder: '-' }]]))
}

const CREATE = `create ${UUID}`
const REMOVE = `${UUID}/remove 1`

describe('the judgement of a storm on the live host', () => {
  it('has nothing against answers that one order explains, and a killed change that was made', () => {
    const events = [
      event('override', 'a-1', [0, 10]),
      event('create', UUID, [1, 9]),
      event('create', 'other', [2, 8], 'EIO'),
      event('show', '-', [3, 4], '(null)'),
      event('holder', '-', [11, 12], UUID),
      event('remove', UUID, [13]),
      event('remove', UUID, [14, 15], 'ENOENT'),
      event('override', 'killed', [16]),
    ]
    expect(judged(events, history('driver_override a-1', CREATE, REMOVE))).toEqual([])
  })

  it.each([
    ['a lost change', [event('override', 'a-1', [0, 1])], history()],
    ['a change made twice', [event('create', UUID, [0, 1])], history(CREATE, CREATE)],
    ['a refused change that was made', [event('create', UUID, [0, 1], 'EIO')], history(CREATE)],
    ['a removal that two are told of', [0, 2].map((at) => event('remove', UUID, [at, at + 1])), history(REMOVE)],
    ['a change that nobody made', [], history(CREATE)],
    ['a refusal without a reason', [event('create', 'other', [0, 1], 'EIO')], history()],
    ['another error', [event('create', UUID, [0, 1]), event('create', 'other', [2, 3], 'EINVAL')], history(CREATE)],
    [
      'an old content',
      [event('override', 'a-1', [0, 1]), event('show', '-', [2, 3], '(null)')],
      history('driver_override a-1'),
    ],
    [
      'a content of the future',
      [event('show', '-', [0, 1], 'a-1'), event('override', 'a-1', [2, 3])],
      history('driver_override a-1'),
    ],
    [
      'an order that time forbids',
      [event('override', 'a-1', [0, 1]), event('override', 'a-2', [2, 3])],
      history('driver_override a-2', 'driver_override a-1'),
    ],
    [
      'reads that go back',
      [event('override', 'a-1', [0, 9]), event('show', '-', [1, 2], 'a-1'), event('show', '-', [3, 4], '(null)')],
      history('driver_override a-1'),
    ],
  ])('sees %s', (_, events, changes) => {
    expect(judged(events, changes)).not.toEqual([])
  })
})
