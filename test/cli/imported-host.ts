import type { Random } from '../reliability/random.ts'
import type { Bench } from './captured-io.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** What has happened to the host whose export is mutated: a bit of everything that a state can hold. */
const LIFE = [
  'host init --gpus 2 --profile vgpu17 --force',
  'gsp trace on',
  'vf enable 6 --gpu 0',
  'vf enable 4 --gpu 1',
  'gpu mode heterogeneous --gpu 0',
  'vgpu create --type L40-8Q --gpu 0 --name desk7 --placement-id 0',
  'vgpu create --type L40-4Q --gpu 1 --name desk8 --vm web',
  'vgpu create --type L40-4Q --gpu 1 --name idle --no-start',
  'vgpu create --type L40-4Q --gpu 1 --name still',
  'vgpu suspend still',
  'vgpu define desk7 --auto',
  'vgpu define --type L40-4Q --gpu 1 --name later',
  'host advance 3s',
  'gsp inject event --event NVLINK_FAULT_UP --payload 00 --gpu 0',
  'fault add ops.allocFbmem --effect ENOSPC --after 9',
]

/** Commands that go through most of a host, none of which may ever end as a bug. */
export const COMMANDS = [
  '',
  'host show -o json',
  'gpu list',
  'gpu show 0',
  'gpu stats',
  'vf list',
  'vf show 0/0',
  'types list --gpu 0',
  'vgpu list --all',
  'vgpu show desk7',
  'vgpu stats',
  'chid map',
  'fb map',
  'fb map --bar1',
  'gsp objects',
  'gsp plugins',
  'gsp boot',
  'gsp log desk7',
  'host log',
  'events list --bytes',
  'fault list',
  'vfio info 0/0',
  'vfio regions 0/0',
  'vfio config 0/0',
  'sysfs ls',
  'sysfs ls c1:00.4',
  'capacity',
  'fit L40-8Q',
  'whatif --destroy desk7',
  'query --gpu=index,name,memory.used,utilization.gpu,ecc.mode.current',
  'query --vgpu=uuid,type,state,name',
  'query --vf=bus_id,type',
  'metrics',
  'smi',
  'smi -q',
  'smi vgpu -q',
  'smi vgpu -s -v',
  'export host',
  'export qemu desk7',
  'export mdevctl',
  'export lspci',
  'host export',
  'host fsck',
  'history list',
  'vgpu create --type L40-4Q --gpu 1 --dry-run',
  'vgpu suspend desk7',
  'vgpu resume desk7',
  'vgpu save desk8 DIR/desk8.vgpu',
  'vgpu restore DIR/desk8.vgpu',
  'vgpu modify desk7 --addattr vgpu_params --value frame_rate_limiter=0 --live',
  'gsp inject xid --gpu 0 --channel 600 --xid 43',
  'vgpu stop desk7',
  'vgpu start desk7',
  'vfio read 0/0 config 0x14',
  'vfio write 0/0 config 0x14 0xffffffff',
  'vfio reset 0/1',
  'host advance 2s',
  'vgpu create --type L40-4Q --gpu 1',
  'host suspend',
  'host resume',
  'host warm-update --to-version 570.158.01',
  'gpu ecc on --gpu 1',
  'vgpu destroy --all',
  'gpu reset 1',
  'vf disable --gpu 1',
  'gpu unbind 1 --force',
  'gpu bind 1',
  'host reboot',
  'undo',
  'host fsck',
]

export async function exportedHost(bench: Bench): Promise<string> {
  for (const line of LIFE) {
    const { status, stderr } = await bench.sh(line)
    if (status !== 0) throw new Error(`${line}: ${stderr}`)
  }
  return (await bench.sh('host export')).stdout
}

/** Changes one place of the tree, at random, to what it might have been; answers the place and what it is now. */
export function mutate(tree: Json, random: Random, texts: readonly string[]): string {
  const path: string[] = []
  let at = tree
  for (;;) {
    if (at === null || typeof at !== 'object') throw new Error('no container')
    const keys = Object.keys(at)
    // Most of a host is in its GPUs; and the schema says which program may read the rest.
    const key = path.length === 0 && random.chance(0.8) ? 'gpus' : random.pick(keys.filter((name) => name !== 'schema'))
    path.push(key)
    const value = (Array.isArray(at) ? at[Number(key)] : at[key]) ?? null
    const isLeaf = value === null || typeof value !== 'object' || Object.keys(value).length === 0
    if (!isLeaf && !random.chance(0.1)) {
      at = value
      continue
    }
    const now = other(value, random, texts)
    if (now === undefined && Array.isArray(at)) at.splice(Number(key), 1)
    else if (Array.isArray(at)) at[Number(key)] = now ?? null
    else if (now === undefined) delete at[key]
    else at[key] = now
    return `${path.join('.')} = ${JSON.stringify(now)?.slice(0, 200)}`
  }
}

const NUMBERS = [0, 1, 2, 62, 63, 64, 255, 256, 512, 4095, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40, 2 ** 53 - 1]

/** Another value of the same kind; undefined for none at all. */
function other(value: Json, random: Random, texts: readonly string[]): Json | undefined {
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number')
    return random.chance(0.5) ? random.pick(NUMBERS) : Math.max(0, value + random.pick([-1, 1, 7, value, -value / 2]))
  if (typeof value === 'string') return otherText(value, random, texts)
  if (Array.isArray(value)) return otherList(value, random)
  if (value === null) return random.pick<Json>([0, 1, true, '', 'x', random.pick(texts), {}])
  return random.chance(0.3) ? undefined : random.pick<Json>([null, {}])
}

function otherText(text: string, random: Random, texts: readonly string[]): Json {
  const at = random.below(text.length + 1)
  return random.pick<Json>([
    '',
    'x',
    null,
    random.pick(texts),
    random.pick(texts),
    text.slice(0, at),
    text + text,
    `${text.slice(0, at)}${random.pick([...'0f9: -'])}${text.slice(at + 1)}`,
  ])
}

function otherList(list: Json[], random: Random): Json | undefined {
  const at = random.below(list.length + 1)
  if (random.chance(0.2)) return undefined
  return random.pick<Json>([
    [],
    list.slice(0, at),
    list.slice(at),
    [...list].reverse(),
    [...list, ...list],
    [...list, list[at] ?? 0],
  ])
}

/** Every text of a tree. */
export function textsOf(tree: Json): string[] {
  if (typeof tree === 'string') return [tree]
  if (tree === null || typeof tree !== 'object') return []
  return Object.values(tree).flatMap(textsOf)
}
