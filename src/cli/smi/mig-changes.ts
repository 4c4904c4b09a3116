import type { GpuInstanceView } from '../../contract/views/mig.ts'
import type { SmiMigGpu, SmiMigInstance } from '../../engine/smi/view.ts'
import { inOrder, type Step } from './in-order.ts'
import { SMI_STATUS, SmiExit } from './outcome.ts'
import type { Screen } from './screens.ts'

const NO_START = 255

/** `-cgi PROFILE[:START],…`, on every GPU. Each profile is created on its own. */
export async function createInstances(
  screen: Screen,
  gpus: readonly SmiMigGpu[],
  { profiles, compute }: { readonly profiles: string; readonly compute: boolean },
): Promise<string> {
  const { createGpuInstances } = await import('../../engine/verbs/gpu-instances.ts')
  const steps = gpus.flatMap(({ index, bdf }) =>
    profiles.split(',').map((tuple): Step => {
      const [profile = '', place] = tuple.trim().split(':')
      const failed = (words: string) =>
        `Unable to create a GPU instance on GPU ${two(index)} using profile ${profile}: ${words}\nFailed to create GPU instances: ${words}\n`
      // a start that is no number is none of the board
      const wish = {
        profile,
        ...(place === undefined ? {} : { start: /^\d{1,3}$/.test(place) ? Number(place) : NO_START }),
      }
      return {
        act: (state) => {
          const made = createGpuInstances(state, { gpu: bdf, instances: [wish], compute }).items
          return `${instanceLines(index, made)}${computeLines(index, made, () => true)}`
        },
        failed,
      }
    }),
  )
  return inOrder(screen, steps)
}

/** `-cci [PROFILE,…]`, in every chosen GPU instance by ascending id; without a profile the default one. */
export async function createCompute(screen: Screen, gpus: readonly SmiMigGpu[], profiles: string): Promise<string> {
  const [{ createComputeInstances }, { gpuInstanceViews }] = await Promise.all([
    import('../../engine/verbs/gpu-instances.ts'),
    import('../../engine/views/mig.ts'),
  ])
  const wanted = profiles === '' ? [undefined] : profiles.split(',').map((word) => word.trim())
  const steps = byId(gpus).flatMap(({ gpu, instance }) =>
    wanted.map((profile): Step => {
      const shown = profile ?? instance.computeProfiles.find(({ isDefault }) => isDefault)?.id ?? 0
      return {
        act: (state) => {
          const request = {
            gpu: gpu.bdf,
            gpuInstance: instance.id,
            instances: [profile === undefined ? {} : { profile }],
          }
          const before = idsOf(gpuInstanceViews(state, gpu.bdf).filter(({ id }) => id === instance.id))
          const after = createComputeInstances(state, request).items
          return computeLines(gpu.index, after, (id) => !before.includes(id))
        },
        failed: (words) =>
          `Unable to create a compute instance on GPU ${two(gpu.index)} GPU instance ID ${two(instance.id)} using profile ${shown}: ${words}\nFailed to create compute instances: ${words}\n`,
      }
    }),
  )
  return inOrder(screen, steps)
}

/** `-dgi`: the chosen GPU instances by ascending id. */
export async function destroyInstances(screen: Screen, gpus: readonly SmiMigGpu[]): Promise<string> {
  const { destroyGpuInstances } = await import('../../engine/verbs/destroy-instances.ts')
  const steps = byId(gpus).map(({ gpu, instance: { id } }): Step => {
    const which = `GPU instance ID ${two(id)} from GPU ${two(gpu.index)}`
    return {
      act: (state) => {
        destroyGpuInstances(state, { gpu: gpu.bdf, ids: [id], withCompute: false })
        return `Successfully destroyed ${which}\n`
      },
      failed: (words) => `Unable to destroy ${which}: ${words}\nFailed to destroy GPU instances: ${words}\n`,
    }
  })
  return inOrder(screen, steps)
}

/** `-dci`: the chosen compute instances by ascending ids. */
export async function destroyCompute(
  screen: Screen,
  gpus: readonly SmiMigGpu[],
  chosen: (id: number) => boolean,
): Promise<string> {
  const { destroyComputeInstance } = await import('../../engine/verbs/destroy-instances.ts')
  const steps = byId(gpus).flatMap(({ gpu, instance }) =>
    instance.computeInstances
      .filter(({ id }) => chosen(id))
      .map(({ id }): Step => {
        const which = `compute instance ID ${two(id)} from GPU ${two(gpu.index)} GPU instance ID ${two(instance.id)}`
        return {
          act: (state) => {
            destroyComputeInstance(state, { gpu: gpu.bdf, gpuInstance: instance.id, id })
            return `Successfully destroyed ${which}\n`
          },
          failed: (words) => `Unable to destroy ${which}: ${words}\nFailed to destroy compute instances: ${words}\n`,
        }
      }),
  )
  if (steps.length === 0) throw new SmiExit('No compute instances found: Not Found\n', SMI_STATUS.notFound)
  return inOrder(screen, steps)
}

/** The instances of all GPUs, of each GPU by id. */
function byId(gpus: readonly SmiMigGpu[]): { readonly gpu: SmiMigGpu; readonly instance: SmiMigInstance }[] {
  return gpus.flatMap((gpu) => [...gpu.instances].sort((a, b) => a.id - b.id).map((instance) => ({ gpu, instance })))
}

function idsOf(instances: readonly GpuInstanceView[]): number[] {
  return instances.flatMap(({ computeInstances }) => computeInstances.map(({ id }) => id))
}

function instanceLines(gpu: number, made: readonly GpuInstanceView[]): string {
  return made
    .map(
      ({ id, profile }) =>
        `Successfully created GPU instance ID ${two(id)} on GPU ${two(gpu)} using profile MIG ${profile.name} (ID ${two(profile.id)})\n`,
    )
    .join('')
}

function computeLines(gpu: number, instances: readonly GpuInstanceView[], isNew: (id: number) => boolean): string {
  return instances
    .flatMap(({ id: instance, computeInstances }) =>
      computeInstances
        .filter(({ id }) => isNew(id))
        .map(
          ({ id, profile }) =>
            `Successfully created compute instance ID ${two(id)} on GPU ${two(gpu)} GPU instance ID ${two(instance)} using profile MIG ${profile.name} (ID ${two(profile.id)})\n`,
        ),
    )
    .join('')
}

function two(value: number): string {
  return String(value).padStart(2)
}
