import { readHost } from '../../app/transaction.ts'
import { parseDuration } from '../../app/values.ts'
import type { ListedVgpuView } from '../../contract/views/vgpu.ts'
import { listedVgpu } from '../../engine/views/listed-vgpu.ts'
import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import { list } from '../../render/answer.ts'
import { VGPUS } from '../../render/vgpu.ts'
import type { Context } from '../context.ts'
import { VGPU_ARGUMENT } from '../selectors.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

interface Condition {
  readonly words: string
  holds(vgpu: ListedVgpuView | null): boolean
}

const inState = (state: ListedVgpuView['state']): Condition => ({
  words: state,
  holds: (vgpu) => vgpu?.state === state,
})

const CONDITIONS = {
  'state=running': inState('running'),
  'state=configured': inState('configured'),
  'state=paused': inState('paused'),
  'state=migrating': inState('migrating'),
  'state=failed': inState('failed'),
  'state=defined': inState('defined'),
  /** The driver in the guest is loaded. */
  guest: { words: 'driven by its guest', holds: (vgpu) => (vgpu?.guestDriver ?? null) !== null },
  there: { words: 'there', holds: (vgpu) => vgpu !== null && vgpu.state !== 'defined' },
  gone: { words: 'gone', holds: (vgpu) => vgpu === null || vgpu.state === 'defined' },
  auto: { words: 'defined to start at boot', holds: (vgpu) => vgpu?.definition?.start === 'auto' },
} as const satisfies Record<string, Condition>

const NAMES = [
  'state=running',
  'state=configured',
  'state=paused',
  'state=migrating',
  'state=failed',
  'state=defined',
  'guest',
  'there',
  'gone',
  'auto',
] as const satisfies readonly (keyof typeof CONDITIONS)[]

/** Interval between two reads of the host, milliseconds of real time. */
const POLL_MS = 200
const USUAL_MS = 30_000

export const wait: NounSpec = {
  name: 'wait',
  verbs: [
    verb({
      name: '',
      summary: 'wait until every named vGPU meets --for; status 6 on a time-out',
      examples: [
        'wait --for state=running desk7',
        'wait --for gone desk7 desk8 --timeout 2m',
        'wait --for guest desk7 -q',
      ],
      options: {
        for: {
          value: 'CONDITION',
          summary: 'the condition; guest: its driver is loaded, auto: it starts at boot',
          required: true,
          choices: NAMES,
        },
        timeout: {
          value: 'DURATION',
          summary: 'longest wait in real time; default 30s',
          parse: parseDuration,
        },
      },
      args: { vgpu: { ...VGPU_ARGUMENT, repeat: true } },
      changes: false,
      async run(context, { options, args }) {
        const limit = options.timeout === undefined ? USUAL_MS : options.timeout / 1000
        return list(VGPUS, await waitFor(context, args.vgpu, CONDITIONS[options.for], limit))
      },
    }),
  ],
}

async function waitFor(
  context: Context,
  selectors: readonly string[],
  condition: Condition,
  limitMs: number,
): Promise<ListedVgpuView[]> {
  for (let waited = 0; ; waited += POLL_MS) {
    const seen = await readHost(context, (state) =>
      selectors.map((selector) => ({ selector, vgpu: find(() => listedVgpu(state, selector)) })),
    )
    const wrong = seen.find(({ vgpu }) => !condition.holds(vgpu))
    if (!wrong) return seen.flatMap(({ vgpu }) => vgpu ?? [])
    if (waited >= limitMs) throw unmet(wrong, condition, limitMs)
    await context.io.sleep(Math.min(POLL_MS, limitMs - waited))
  }
}

/** A missing vGPU may still appear; an ambiguous selector stays ambiguous. */
function find(look: () => ListedVgpuView): ListedVgpuView | null {
  try {
    return look()
  } catch (error) {
    if (error instanceof NvError && error.code === 'not-found') return null
    throw error
  }
}

function unmet(
  { selector, vgpu }: { selector: string; vgpu: ListedVgpuView | null },
  { words }: Condition,
  limitMs: number,
): NvError {
  const message =
    vgpu === null
      ? `there is no vGPU "${selector}" after ${limitMs / 1000} s, and it should be ${words}`
      : `vGPU "${selector}" is ${vgpu.state} after ${limitMs / 1000} s, not ${words}`
  return new NvError({
    errno: 'ETIMEDOUT',
    code: 'differs',
    at: 'wait',
    message,
    hint: vgpu === null ? 'nvgpu vgpu list --all' : `nvgpu vgpu show ${shellQuote(selector)}`,
    object: selector,
  })
}
