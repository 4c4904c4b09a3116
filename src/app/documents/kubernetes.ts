import type { Cursor } from './cursor.ts'

const MEMBER = 'config.yaml'

/**
 * The text of `config.yaml` in a Kubernetes ConfigMap, as the GPU Operator takes it; null for a document that is no
 * object of Kubernetes.
 * @throws NvError invalid-file for another kind of object, and for a ConfigMap without that member
 */
export function configMapText(root: Cursor): string | null {
  const members = new Map(root.entries())
  if (!members.has('apiVersion')) return null
  const kind = members.get('kind')?.word()
  if (kind !== 'ConfigMap') {
    const name = kind === undefined ? 'an object' : `a ${kind}`
    throw root.refuse(`${name} of Kubernetes is no description of a host; a ConfigMap with a ${MEMBER} is one`)
  }
  const data = members.get('data')
  const names = data?.entries() ?? []
  const found = names.find(([name]) => name === MEMBER)
  if (found !== undefined) return found[1].text()
  const others = names.map(([name]) => name).join(', ')
  throw (data ?? root).refuse(`the ConfigMap has no ${MEMBER}${others === '' ? '' : `; it has ${others}`}`)
}
