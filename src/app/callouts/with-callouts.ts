import type { VgpuAttr } from '../../engine/state.ts'
import { NvError } from '../../errors/nv-error.ts'
import { oneLine } from '../../errors/printable.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import type { Context } from '../context.ts'
import { usageError } from '../usage.ts'
import type { CalloutEvent, Callouts } from './callouts.ts'
import type { CalloutSettings } from './settings.ts'

/**
 * Runs a change between its callouts. They run outside of the transaction, which may run the change more than once:
 * `plan` predicts the change from a copy of the host. One refusal stops the change, and callouts that had agreed are
 * told of the failure. Without scripts, and under --dry-run, only the change runs.
 */
export async function withCallouts<R>(
  context: Context,
  settings: CalloutSettings,
  plan: () => Promise<readonly CalloutEvent[]>,
  act: () => Promise<R>,
  live = false,
): Promise<R> {
  const callouts = context.settings.dryRun ? null : await openCallouts(context, settings)
  if (callouts === null) return act()
  const agreed: CalloutEvent[] = []
  try {
    for (const event of await plan()) {
      const refusal = await callouts.pre(event)
      if (refusal === null) agreed.push(event)
      const wrong = refusal ?? (live ? await callouts.live(event) : null)
      if (wrong !== null) overrule(context, wrong, settings.force)
      if (refusal !== null) agreed.push(event)
    }
    const result = await act()
    for (const event of agreed) await callouts.post(event, 'success')
    return result
  } catch (error) {
    for (const event of agreed) await callouts.post(event, 'failure')
    throw error
  }
}

/** The attributes of a live device, from its callouts; null if no callout answers. */
export async function calloutAttributes(
  context: Context,
  settings: CalloutSettings,
  event: CalloutEvent,
): Promise<VgpuAttr[] | null> {
  const callouts = await openCallouts(context, settings)
  const found = (await callouts?.attributes(event)) ?? null
  if (!(found instanceof NvError)) return found
  overrule(context, found, settings.force)
  return null
}

/**
 * The scripts of the directory; null if there are none. @throws NvError permission, not-found (the requested directory)
 */
export async function openCallouts(context: Context, settings: CalloutSettings): Promise<Callouts | null> {
  const dir = settings.callouts ?? defaultDirectory(context.io.env)
  if (dir === null) return null
  if (!dir.startsWith('/')) throw usageError(`--callouts takes an absolute path, not '${dir}'`)
  const { scripts } = context.io
  // The lines of a batch share the scripts that were found.
  const empty = context.transaction === undefined ? undefined : emptyFor(scripts)
  if (settings.callouts === undefined && empty?.has(dir)) return null
  const { list } = scripts
  const [callouts, notifiers] = [await list(`${dir}/callouts`), await list(`${dir}/notifiers`)]
  if (settings.callouts !== undefined && callouts === null && notifiers === null) throw nothingThere(dir)
  if (!callouts?.length && !notifiers?.length) {
    empty?.add(dir)
    return null
  }
  const loaded = await import('./callouts.ts')
  return new loaded.Callouts(context, { callouts: callouts ?? [], notifiers: notifiers ?? [] })
}

/** Directories without scripts, shared by the lines of a batch. */
const withoutScripts = new WeakMap<Context['io']['scripts'], Set<string>>()

function emptyFor(scripts: Context['io']['scripts']): Set<string> {
  const known = withoutScripts.get(scripts) ?? new Set()
  withoutScripts.set(scripts, known)
  return known
}

function overrule(context: Context, refusal: NvError, force: boolean): void {
  if (!force) throw refusal
  context.io.stderr.write(`nvgpu: warning: ${oneLine(`${refusal.at}: ${refusal.message}`)}\n`)
}

function defaultDirectory(env: Context['io']['env']): string | null {
  if (env.XDG_CONFIG_HOME?.startsWith('/') === true) return `${env.XDG_CONFIG_HOME}/nvgpu/scripts.d`
  return env.HOME?.startsWith('/') === true ? `${env.HOME}/.config/nvgpu/scripts.d` : null
}

function nothingThere(dir: string): NvError {
  return new NvError({
    errno: 'ENOENT',
    code: 'not-found',
    at: 'callouts',
    message: `${dir} has neither callouts nor notifiers`,
    hint: `mkdir -p ${shellQuote(`${dir}/callouts`)}`,
    object: dir,
  })
}
