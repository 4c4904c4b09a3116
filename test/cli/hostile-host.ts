import { hostProblem } from '../../src/contract/read-host.ts'
import { STATE } from '../../src/contract/state-contract.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import { Store } from '../../src/store/store.ts'
import type { Bench } from './captured-io.ts'

/** A title for the window, a colour, C1's CSI, DEL, a return: what Latin-1 has. */
export const LATIN1 = 'a\x1b]0;pwned\x07b\x1b[5mc\x9b7md\x7fe\rf\x85g'
/** And what turns the direction of writing. */
export const HOSTILE = `${LATIN1}\u202eh\u2066i\u200fj\u061ck`

export const DESK = '11111111-2222-4333-8444-555555555555'
const LATER = '11111111-2222-4333-8444-666666666666'

/** A host with something in every member. */
const RICH = [
  'host init --gpus 2 --force',
  'gsp trace on',
  'vf enable 6 --gpu 0',
  'vf enable 4 --gpu 1',
  `vgpu create --type L40-8Q --gpu 0 --name desk7 --uuid ${DESK} --no-start`,
  'vgpu modify desk7 --addattr vgpu_params --value frame_rate_limiter=0 --live',
  'vgpu define desk7 --auto',
  `vgpu define --type L40-4Q --gpu 1 --name later --uuid ${LATER}`,
  'vgpu create --type L40-4Q --gpu 1 --name second --vm other',
  'vgpu attach desk7 --vm win11 --guest-os windows',
  'vfio unbind 0/5',
  'sysfs write c1:00.5/driver_override vfio-pci',
  'gsp inject xid --channel 512 --xid 31 --text injected --gpu 0',
  'host advance 3s',
]

/** Makes the host, and then puts hostile text wherever an old directory may have it. Answers the places, without indices. */
export async function hostileHost(bench: Bench): Promise<string[]> {
  for (const line of RICH) {
    const { status, stderr } = await bench.sh(line)
    if (status !== 0) throw new Error(`${line}: ${stderr}`)
  }
  // an older build checked none of it
  const model = { schema: STATE.schema, initial: () => newHost(), check: () => [] }
  const operation = { id: 'hostile', time: '', command: `nvgpu host import '${HOSTILE}'` }
  return Store.open<HostState>({ dir: bench.stateDir, model }).transact(operation, (state) => {
    state.migrations.push({ id: 'one', phase: 'leaving', uuid: LATER, peer: '/srv/b' })
    const plain: HostState = JSON.parse(JSON.stringify(state))
    const spoilt = spoil(plain)
    Object.assign(state, plain)
    return spoilt
  })
}

type Node = { [key: string]: unknown }

interface Place {
  readonly parent: Node
  readonly key: string
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null
}

/** What a vGPU is found by, and what stands in the catalogue. */
const KEPT = /(^|\.)(uuid|board)$/

/** Every text to whose value the shape of a host does not hold it. */
function spoil(state: HostState): string[] {
  const byKind = new Map<string, Place[]>()
  for (const { parent, key, path } of textsOf(state, '')) {
    const kind = path.replace(/\.\d+(?=\.|$)/g, '[]').replace(/definitions\.[^.]*/, 'definitions[]')
    if (!KEPT.test(kind)) byKind.set(kind, [...(byKind.get(kind) ?? []), { parent, key }])
  }
  const free = [...byKind].filter(([, places]) => isFree(state, places))
  for (const [kind, places] of free) put(places, kind.includes('guestDriver') ? LATIN1 : HOSTILE)
  return free.map(([kind]) => kind)
}

function put(places: readonly Place[], value: string): void {
  for (const { parent, key } of places) parent[key] = value
}

function isFree(state: HostState, places: readonly Place[]): boolean {
  const before = places.map(({ parent, key }) => parent[key])
  put(places, 'never any of the words it has to be')
  const free = hostProblem(state) === undefined
  places.forEach(({ parent, key }, index) => {
    parent[key] = before[index]
  })
  return free
}

function* textsOf(node: object, path: string): Generator<{ parent: Node; key: string; path: string }> {
  if (!isNode(node)) return
  for (const [key, value] of Object.entries(node)) {
    const below = path === '' ? key : `${path}.${key}`
    if (typeof value === 'string') yield { parent: node, key, path: below }
    else if (isNode(value)) yield* textsOf(value, below)
  }
}
