import type { DifferenceView } from '../../engine/view.ts'
import type { Context } from '../context.ts'
import { readHost } from '../transaction.ts'

/** How the host differs from what files say it shall be. */
export async function differencesFrom(
  context: Context,
  files: readonly string[],
  label: string | undefined,
): Promise<DifferenceView[]> {
  const [{ readDesired }, { compareHost }, { differencesOf }] = await Promise.all([
    import('./read.ts'),
    import('../../engine/declare/compare.ts'),
    import('../../engine/declare/differences.ts'),
  ])
  const desired = readDesired(context, files, label)
  return readHost(context, (state) => differencesOf(compareHost(desired, state)))
}
