import type { FleetCapacityView } from '../../contract/views/fleet.ts'
import type { FleetModel } from './model.ts'
import { fleetTypes } from './types.ts'

/** For each type of the fleet the vGPUs that fit if no other comes. A state of GPUs is worked out once. */
export function fleetCapacity(model: FleetModel): FleetCapacityView[] {
  const classes = [...model.pool.classes()]
  return fleetTypes(model).map(({ type, board }) => {
    const own = classes.filter(({ state }) => model.states.space(state).rules.board === board)
    const rooms = own.map(({ state, runs, gpus }) => ({ runs, gpus, each: model.states.room(state, type.vgpuType) }))
    return {
      id: type.vgpuType < 0 ? null : type.vgpuType,
      name: type.name,
      board,
      profileSizeMiB: type.size * 1024,
      creatable: rooms.reduce((sum, { gpus, each }) => sum + gpus * each, 0),
      gpusWithRoom: rooms.reduce((sum, { gpus, each }) => sum + (each > 0 ? gpus : 0), 0),
      gpus: rooms.reduce((sum, { gpus }) => sum + gpus, 0),
      places: rooms.flatMap(({ runs, each }) =>
        runs.map(({ part, count }) => ({ part: model.parts[part]?.name ?? '', gpus: count, each })),
      ),
    }
  })
}
