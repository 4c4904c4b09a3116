import { NvError } from '../abi/nv-error.ts'
import { type Disk, readWhole, unlessErrno } from './disk.ts'
import { damaged } from './failure.ts'
import { copyJson } from './json.ts'
import { logName, wordsName } from './layout.ts'
import { Leaving } from './leaving.ts'
import { Loan } from './lend.ts'
import { checkSum, load } from './load.ts'
import type { Model, StateTree } from './state-tree.ts'

/** What is asked of a model to judge a state. */
type Judge<S extends StateTree> = Pick<Model<S>, 'schema' | 'check'>

/**
 * Hot loads believe what parses. When code then fails on a state, this tells damage from a bug: it reads the same again
 * with every checksum, and asks the model. Returns what is wrong with the files, or undefined if nothing is.
 */
export function audit<S extends StateTree>(
  disk: Disk,
  model: Judge<S>,
  touched: readonly number[],
): NvError | undefined {
  let name = logName(0)
  try {
    const image = load(disk, model.schema, 'check')
    if (!image?.rooted) return undefined
    name = logName(image.epoch)
    const loan = new Loan<S>(image, (error) => error)
    const indices = touched.filter((index) => index < image.slots.length)
    // A copy sees all of a tree: what is too deep to walk shows here.
    for (const index of indices) copyJson(loan.state.gpus[index])
    const [wrong] = model.check(loan.state, indices)
    if (wrong !== undefined) return damaged(disk.dir, name, `leads to a state that breaks its rules: ${wrong}`)
    // What could not be found by its words may have been made twice.
    for (const [group, epoch] of image.wordEpochs.entries()) {
      const words = wordsName(group, epoch)
      unlessErrno('ENOENT', () => checkSum(disk, words, readWhole(disk, words).bytes))
    }
    return undefined
  } catch (error) {
    if (error instanceof NvError) return error
    // What code that believes a type throws when the value is of another, or nested beyond all measure.
    if (!(error instanceof TypeError || error instanceof RangeError)) return undefined
    return damaged(disk.dir, name, 'leads to what does not read as a state', error)
  }
}

/**
 * Says whose fault an unexpected error is that was thrown while working on what `loan` handed out: an NvError if the files
 * are damaged or could not be read, else the error itself.
 */
export function blame<S extends StateTree>(disk: Disk, model: Judge<S>, loan: Loan<S>, error: unknown): unknown {
  if (error instanceof NvError || error instanceof Leaving) return error
  return loan.failure?.error ?? audit(disk, model, loan.touched()) ?? error
}
