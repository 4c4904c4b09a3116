import { closeSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { nodeIo } from '../../src/app/node-io.ts'
import { printed } from '../../src/app/printed.ts'
import { isBug, report } from '../../src/cli/failure.ts'
import type { Text } from '../../src/errors/text.ts'

/** What is reported of an error in `nvgpu gpu list`. */
function reported(error: unknown) {
  let stderr = ''
  const write = (text: Text) => {
    stderr += printed(text)
  }
  const status = report(error, ['gpu', 'list'], { ...nodeIo, env: {}, stderr: { ...nodeIo.stderr, write } })
  return { status, stderr, bug: isBug(error) }
}

function thrownBy(step: () => unknown): unknown {
  try {
    step()
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}

describe('an error that no command foresaw', () => {
  it('is a failure of the machine if a system call failed, with a mend and the status of one', () => {
    expect(reported(thrownBy(() => readFileSync('/nowhere/chunk.cjs')))).toEqual({
      status: 1,
      stderr: expect.stringMatching(
        /^nvgpu: gpu list: open: \/nowhere\/chunk.cjs could not be used: .* \(ENOENT\) \[io-error\]\nhint: .+\n$/,
      ),
      bug: false,
    })
  })

  it('is told without a name where the call had none', () => {
    const { status, stderr } = reported(thrownBy(() => closeSync(1_000_000)))
    expect(status).toBe(1)
    expect(stderr).toContain('a file that the program needs could not be used')
  })

  it('is told of a working directory that was removed', () => {
    const error = Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'uv_cwd' })
    expect(reported(error)).toMatchObject({
      status: 3,
      stderr: 'nvgpu: gpu list: the working directory does not exist any more (ENOENT) [not-found]\nhint: cd\n',
    })
  })

  it('is a bug otherwise', () => {
    expect(reported(new TypeError('x'))).toMatchObject({ status: 70, bug: true })
  })
})
