import { changeHost } from '../../app/transaction.ts'
import { mdevParent } from '../../engine/definitions/find.ts'
import type { HostState, VgpuAttr } from '../../engine/state.ts'
import { write } from '../../engine/sysfs/sysfs.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Context } from '../context.ts'
import { configIn } from './define.ts'
import { activeDevices, contentOf, DEVICES, defined, namesIn, PARENTS } from './devices.ts'
import type { Given } from './options.ts'
import { failed } from './outcome.ts'

interface Device {
  readonly uuid: string
  readonly parent: string
  readonly type: string
  readonly attrs: readonly VgpuAttr[]
}

/** `mdevctl start`: writes the UUID to `create` of the type, then the attributes. @returns a generated UUID, to print */
export async function start(context: Context, given: Given): Promise<string> {
  const uuid = given.get('uuid') ?? context.io.uuid()
  const file = given.get('jsonfile')
  const config = file === undefined ? null : configIn(context, file)
  const type = given.get('type') ?? config?.type
  await changeHost(context, (state) => {
    const device = specified(state, { uuid, parent: given.get('parent'), type, attrs: config?.attrs ?? [] })
    if (device === undefined) throw failed('Device is insufficiently specified')
    create(state, device)
  })
  return given.has('uuid') ? '' : `${uuid}\n`
}

/** `mdevctl stop`: writes 1 to `remove`. */
export async function stop(context: Context, given: Given): Promise<string> {
  const uuid = given.get('uuid') ?? ''
  await changeHost(context, (state) => {
    act(`Error removing device ${uuid}`, () => echo(state, '1', `${DEVICES}/${uuid}/remove`))
  })
  return ''
}

/** A device with parent and type is specified in full; otherwise its definition completes it. */
function specified(
  state: HostState,
  {
    uuid,
    parent,
    type,
    attrs,
  }: Omit<Device, 'parent' | 'type'> & { parent: string | undefined; type: string | undefined },
): Device | undefined {
  if (parent !== undefined && type !== undefined) return { uuid, parent, type, attrs }
  const definition = type === undefined ? defined(state, uuid, parent) : undefined
  if (!definition) return undefined
  return { uuid, parent: mdevParent(state, definition), type: `nvidia-${definition.vgpuType}`, attrs: definition.attrs }
}

function create(state: HostState, { uuid, parent, type, attrs }: Device): void {
  if (activeDevices(state).some((device) => device.uuid === uuid)) throw failed('Device already exists')
  if (!namesIn(state, PARENTS).includes(parent)) throw failed(`Unable to find parent device '${parent}'`)
  const directory = `${PARENTS}/${parent}/mdev_supported_types`
  if (!namesIn(state, directory).includes(type)) throw failed(`Parent ${parent} does not support mdev type ${type}`)
  if (contentOf(state, `${directory}/${type}/available_instances`) === '0')
    throw failed(`No available instances of ${type} on ${parent}`)
  act(`Failed to create mdev ${uuid}, type ${type} on ${parent}`, () =>
    echo(state, uuid, `${directory}/${type}/create`),
  )
  for (const { name, value } of attrs) {
    act(`Failed to write ${value} to attribute ${name}`, () => echo(state, value, `${DEVICES}/${uuid}/${name}`))
  }
}

function echo(state: HostState, text: string, path: string): void {
  write(state, path, new TextEncoder().encode(text))
}

function act(what: string, step: () => void): void {
  try {
    step()
  } catch (error) {
    throw error instanceof NvError ? failed(what, error) : error
  }
}
