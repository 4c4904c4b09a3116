import { readDevices } from '../../app/definitions/mdevctl-file.ts'
import { changeHost } from '../../app/transaction.ts'
import type { HostState, VgpuAttr } from '../../engine/state.ts'
import { defineVgpu, modifyVgpu, undefineVgpus } from '../../engine/verbs/definitions.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Context } from '../context.ts'
import { activeDevices, defined } from './devices.ts'
import type { Given } from './options.ts'
import { failed } from './outcome.ts'

/** `mdevctl define`. @returns a generated UUID, to print */
export async function define(context: Context, given: Given): Promise<string> {
  const uuid = given.get('uuid') ?? context.io.uuid()
  const file = given.get('jsonfile')
  if (file !== undefined && !given.has('parent'))
    throw failed(`Parent device required to define device via ${JSON.stringify(file)}`)
  const config = file === undefined ? null : configIn(context, file)
  await changeHost(context, (state) => {
    const active = activeDevices(state).find((device) => device.uuid === uuid)
    const parent = given.get('parent') ?? active?.parent
    const type = given.get('type') ?? config?.type ?? active?.config.mdev_type
    if (parent === undefined) throw failed('No parent specified')
    if (type === undefined) throw failed('No type specified')
    if (state.definitions[uuid] !== undefined) throw failed(`Device ${uuid} on ${parent} already defined`)
    const start = given.has('auto') ? 'auto' : (config?.start ?? 'manual')
    plainly(() => defineVgpu(state, { uuid, type, ...placeOf(state, parent), start, attrs: config?.attrs ?? [] }))
  })
  return given.has('uuid') ? '' : `${uuid}\n`
}

/** `mdevctl undefine`. */
export async function undefine(context: Context, given: Given): Promise<string> {
  const uuid = given.get('uuid') ?? ''
  await changeHost(context, (state) => {
    if (!defined(state, uuid, given.get('parent'))) throw failed('No devices match the specified uuid')
    undefineVgpus(state, { selectors: [uuid] })
  })
  return ''
}

/** `mdevctl modify`: type, start and the list of attributes of a definition. */
export async function modify(context: Context, given: Given): Promise<string> {
  const uuid = given.get('uuid') ?? ''
  await changeHost(context, (state) => {
    const definition = defined(state, uuid, given.get('parent'))
    if (!definition) throw failed(`Mediated device ${uuid} is not defined`)
    const type = given.get('type')
    const start = given.has('auto') ? ('auto' as const) : given.has('manual') ? ('manual' as const) : undefined
    plainly(() =>
      modifyVgpu(state, {
        vgpu: uuid,
        ...(type === undefined ? {} : { type }),
        ...(start === undefined ? {} : { start }),
        attrs: { kind: 'replace', attrs: edited(definition.attrs, given) },
      }),
    )
  })
  return ''
}

function edited(attrs: readonly VgpuAttr[], given: Given): VgpuAttr[] {
  const text = given.get('index')
  const index = text === undefined ? undefined : Number(text)
  const name = given.get('addattr')
  if (name !== undefined) {
    if (index !== undefined && !(index <= attrs.length)) throw failed(`Attribute index ${text} is invalid`)
    return attrs.toSpliced(index ?? attrs.length, 0, { name, value: given.get('value') ?? '' })
  }
  if (!given.has('delattr')) return [...attrs]
  if (index !== undefined && !(index < attrs.length)) throw failed(`Attribute index ${text} is invalid`)
  return attrs.toSpliced(index ?? attrs.length - 1, 1)
}

/** The configuration in a file of one device. */
export function configIn(context: Context, file: string) {
  const [config] = plainly(() => readDevices(context, file))
  if (config === undefined) throw failed(`Unable to read file ${JSON.stringify(file)}`)
  return config
}

/** A parent is a VF; the PF of a GPU stands for any of its VFs. */
function placeOf(state: HostState, parent: string): { gpu: string } | { vf: string } {
  return state.gpus.some(({ bdf }) => bdf === parent) ? { gpu: parent } : { vf: parent }
}

/** The model's refusals in mdevctl's form. */
export function plainly<R>(act: () => R): R {
  try {
    return act()
  } catch (error) {
    throw error instanceof NvError ? failed(error.message) : error
  }
}
