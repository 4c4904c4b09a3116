import { NvError } from '../../abi/nv-error.ts'
import type { ListedVgpuView } from '../../engine/view.ts'
import { list } from '../../render/answer.ts'
import { VGPUS } from '../../render/vgpu.ts'
import type { Context } from '../context.ts'
import { VGPU_ARGUMENT } from '../selectors.ts'
import { readHost } from '../session.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'
import { usageError } from '../usage.ts'
import { parseDuration } from '../values.ts'

const STATES: readonly ListedVgpuView['state'][] = ['running', 'configured', 'paused', 'migrating', 'failed', 'defined']
/** How often the host is looked at, milliseconds of real time. */
const POLL_MS = 200
const USUAL_MS = 30_000

interface Condition {
  readonly words: string
  holds(vgpu: ListedVgpuView | null): boolean
}

export const wait: NounSpec = {
  name: 'wait',
  summary: 'wait until vGPUs are as they should be',
  verbs: [
    verb({
      name: '',
      summary: 'wait until every vGPU named is as --for says; status 6 if it is not in time',
      examples: [
        'wait --for state=running desk7',
        'wait --for gone desk7 desk8 --timeout 2m',
        'wait --for guest desk7 -q',
      ],
      options: {
        for: {
          value: 'CONDITION',
          summary: `state=STATE (${STATES.join(', ')}), guest (its driver is loaded), there, gone, auto`,
          required: true,
          parse: parseCondition,
        },
        timeout: {
          value: 'DURATION',
          summary: 'how long at the most, real time; 30s without it',
          parse: parseDuration,
        },
      },
      args: { vgpu: { ...VGPU_ARGUMENT, repeat: true } },
      changes: false,
      async run(context, { options, args }) {
        const limit = options.timeout === undefined ? USUAL_MS : options.timeout / 1000
        return list(VGPUS, await waitFor(context, args.vgpu, options.for, limit))
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
    const seen = await readHost(context, (host) =>
      selectors.map((selector) => ({ selector, vgpu: find(() => host.listedVgpu(selector)) })),
    )
    const wrong = seen.find(({ vgpu }) => !condition.holds(vgpu))
    if (!wrong) return seen.flatMap(({ vgpu }) => vgpu ?? [])
    if (waited >= limitMs) throw unmet(wrong, condition, limitMs)
    await context.io.sleep(Math.min(POLL_MS, limitMs - waited))
  }
}

/** One that is not there may still come; one that is not clear will not become so. */
function find(look: () => ListedVgpuView): ListedVgpuView | null {
  try {
    return look()
  } catch (error) {
    if (error instanceof NvError && error.code === 'not-found') return null
    throw error
  }
}

function parseCondition(text: string): Condition {
  const state = STATES.find((known) => text === `state=${known}`)
  if (state !== undefined) return { words: state, holds: (vgpu) => vgpu?.state === state }
  switch (text) {
    case 'guest':
      return { words: 'driven by its guest', holds: (vgpu) => (vgpu?.guestDriver ?? null) !== null }
    case 'there':
      return { words: 'there', holds: (vgpu) => vgpu !== null && vgpu.state !== 'defined' }
    case 'gone':
      return { words: 'gone', holds: (vgpu) => vgpu === null || vgpu.state === 'defined' }
    case 'auto':
      return { words: 'defined to start at boot', holds: (vgpu) => vgpu?.definition?.start === 'auto' }
    default:
      throw usageError(`'${text}' is no condition: state=${STATES.join('|')}, guest, there, gone, auto`)
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
    hint: vgpu === null ? 'nvgpu vgpu list --all' : `nvgpu vgpu show ${selector}`,
    object: selector,
  })
}
