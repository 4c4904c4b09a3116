import type { Explanation } from '../../contract/views/explanation.ts'
import { isErrnoName } from '../../errors/errno.ts'
import { ERRNO, ERRNO_MEANING } from '../../errors/errno-numbers.ts'
import { nearestWords } from '../../errors/nearest-words.ts'
import { NvError } from '../../errors/nv-error.ts'
import { statusByName, statusName, statusToErrno } from '../../errors/nv-status.ts'
import type { RefusalCode } from '../../errors/refusal.ts'
import { REFUSALS } from '../../errors/refusal.ts'
import { detail, list } from '../../render/answer.ts'
import { EXPLANATIONS, explanationSheet } from '../../render/explanation.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

const REFUSAL_CODES = Object.keys(REFUSALS).filter((code): code is RefusalCode => Object.hasOwn(REFUSALS, code))
const ERRNO_NAMES = Object.keys(ERRNO).filter(isErrnoName)

export const explain: NounSpec = {
  name: 'explain',
  verbs: [
    verb({
      name: '',
      summary: 'explain an error code and its fix',
      examples: ['explain no-channels', 'explain ENOSPC', 'explain 0x57', 'explain'],
      options: {},
      args: {
        code: {
          summary: 'a code of nvgpu, an errno or NV_STATUS by name or number; default: all codes of nvgpu',
          optional: true,
        },
      },
      changes: false,
      async run(_context, { args }) {
        if (args.code === undefined) return list(EXPLANATIONS, REFUSAL_CODES.map(refusal))
        return detail(EXPLANATIONS, explanations(args.code), explanationSheet)
      },
    }),
  ],
}

/** A number that is both an errno and an NV_STATUS gets both explanations. */
function explanations(code: string): Explanation[] {
  const found: Explanation[] = []
  const known = REFUSAL_CODES.find((name) => name === code.toLowerCase())
  if (known !== undefined) found.push(refusal(known))
  const number = /^-?(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(code) ? Math.abs(Number(code)) : undefined
  for (const name of ERRNO_NAMES) {
    if (name === code.toUpperCase() || (number !== undefined && ERRNO[name] === number)) found.push(errno(name))
  }
  const status = number ?? statusByName(code) ?? statusByName(`NV_ERR_${code}`)
  if (status !== undefined && (statusByName(statusName(status)) ?? -1) === status) found.push(nvStatus(status))
  if (found.length > 0) return found
  throw new NvError({
    errno: 'ENOENT',
    code: 'not-found',
    at: 'explain',
    message: `'${code}' is not a known code${nearestWords(code, [...REFUSAL_CODES, ...ERRNO_NAMES])}`,
    hint: 'nvgpu explain',
    object: code,
  })
}

function refusal(code: RefusalCode): Explanation {
  const { status, meaning, fix } = REFUSALS[code]
  return { topic: 'refusal', code, number: null, status, meaning, mend: fix, errno: null }
}

function errno(name: keyof typeof ERRNO): Explanation {
  const meaning = ERRNO_MEANING[name]
  return { topic: 'errno', code: name, number: ERRNO[name], status: null, meaning, mend: null, errno: null }
}

function nvStatus(status: number): Explanation {
  const becomes = statusToErrno(status)
  return {
    topic: 'NV_STATUS',
    code: statusName(status),
    number: status,
    status: null,
    meaning: becomes === null ? 'The firmware carried out the call.' : 'The firmware refused a call with this status.',
    mend: null,
    errno: becomes,
  }
}
