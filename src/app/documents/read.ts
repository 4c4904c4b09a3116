import path from 'node:path'
import { isScalar } from 'yaml'
import type { Desired } from '../../engine/declare/desired.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Context } from '../context.ts'
import { readInput } from '../files.ts'
import { readTypeFile } from '../type-file/read.ts'
import { usageError } from '../usage.ts'
import { Cursor } from './cursor.ts'
import { readHostDocument, type TypeReader } from './host-document.ts'
import { configMapText } from './kubernetes.ts'
import { readMigConfigs } from './mig-configs.ts'
import { Source } from './source.ts'
import { readVgpuConfigs } from './vgpu-configs.ts'

/**
 * Reads the desired state of a host from all documents of some files. JSON is YAML. `label` selects one of the hosts in
 * a file of vgpu-device-manager or mig-parted, which may be in a ConfigMap of Kubernetes.
 * @throws NvError of the file system, or invalid-file with file, line and path
 */
export function readDesired(context: Context, files: readonly string[], label: string | undefined): Desired {
  if (files.filter((file) => file === '-').length > 1)
    throw usageError('standard input can be read once: -f - is there twice')
  const parts = files.flatMap((file) => {
    const source = new Source(file === '-' ? 'standard input' : file, readInput(context, file))
    return partsOf(source, label, typeReader(context, file))
  })
  if (label !== undefined && !parts.some(({ labelled }) => labelled))
    throw usageError('-c chooses among the vgpu-configs or mig-configs of a file, and there are none')
  return together(parts.map(({ desired }) => desired))
}

interface Part {
  readonly desired: Desired
  readonly labelled: boolean
}

function partsOf(source: Source, label: string | undefined, types: TypeReader, inConfigMap = false): Part[] {
  const documents = source.documents.filter(({ root }) => root !== null && !(isScalar(root) && root.value === null))
  if (documents.length === 0) throw source.refuse('has no document in it', null)
  return documents.flatMap((document) => {
    const root = new Cursor(source, document, document.root, '')
    const text = inConfigMap ? null : configMapText(root)
    if (text !== null) {
      const inner = new Source(`${source.name}, config.yaml`, new TextEncoder().encode(text))
      return partsOf(inner, label, types, true)
    }
    const keys = new Set(root.entries().map(([key]) => key))
    if (keys.has('vgpu-configs')) return [{ desired: readVgpuConfigs(root, label), labelled: true }]
    if (keys.has('mig-configs')) return [{ desired: readMigConfigs(root, label), labelled: true }]
    return [{ desired: readHostDocument(root, types), labelled: false }]
  })
}

/** Paths in a document are relative to the document. */
function typeReader(context: Context, document: string): TypeReader {
  return {
    file(name) {
      const file = document === '-' ? name : path.resolve(path.dirname(document), name)
      return readTypeFile(name, readInput(context, file))
    },
    inline: (at, bytes) => readTypeFile(at, bytes),
  }
}

function together(parts: readonly Desired[]): Desired {
  const hosts = parts.flatMap(({ host }) => (host === null ? [] : [host]))
  const [host = null, second] = hosts
  if (host && second)
    throw new NvError({
      errno: 'EINVAL',
      code: 'conflict',
      at: 'read',
      message: `${second.at}: the host is described already, at ${host.at}`,
    })
  return {
    host,
    types: parts.flatMap(({ types }) => types),
    gpus: parts.flatMap(({ gpus }) => gpus),
    vgpus: lists(parts.map(({ vgpus }) => vgpus)),
    definitions: lists(parts.map(({ definitions }) => definitions)),
  }
}

/** Joins lists; null if there is none, which differs from an empty list. */
function lists<T>(parts: readonly (readonly T[] | null)[]): T[] | null {
  return parts.every((part) => part === null) ? null : parts.flatMap((part) => part ?? [])
}
