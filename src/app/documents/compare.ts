import type { DifferenceView } from '../../contract/views/change.ts'
import type { Context } from '../context.ts'
import { readHost } from '../transaction.ts'

/** The differences between the host and its documents. */
export async function differencesFrom(
  context: Context,
  files: readonly string[],
  label: string | undefined,
): Promise<DifferenceView[]> {
  const [{ readDesired }, { diffHost }, { diffViews }] = await Promise.all([
    import('./read.ts'),
    import('../../engine/declare/diff.ts'),
    import('../../engine/declare/diff-views.ts'),
  ])
  const desired = readDesired(context, files, label)
  return readHost(context, (state) => diffViews(diffHost(desired, state)))
}
