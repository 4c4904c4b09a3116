import { NV2080_CTRL_CMD_FIFO_GET_DEVICE_INFO_TABLE } from '../../abi/ctrl2080.ts'
import { NV2080_ENGINE_TYPE } from '../../abi/engine-types.ts'

/** The engines nvkm gives no runlist: SW is skipped on purpose, SEC2's runlist is dropped (the RFC's own note). */
const WITHOUT_RUNLIST: readonly number[] = [NV2080_ENGINE_TYPE.SW, NV2080_ENGINE_TYPE.SEC2]
/** RM engine type in engineData of a device entry. */
const ENGINE_TYPE = 2
/** More pages than any GPU has: a GSP that always says "more" must not hold us for ever. */
const MAX_PAGES = 16

/** Reads GSP's device info table page by page. @returns NV2080 engine types with a runlist, ascending (patch 17) */
export function readEngines(control: (cmd: number, params: Uint8Array) => Uint8Array): number[] {
  const engines = new Set<number>()
  let baseIndex = 0
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const request = NV2080_CTRL_CMD_FIFO_GET_DEVICE_INFO_TABLE.params.encode({ baseIndex })
    const table = NV2080_CTRL_CMD_FIFO_GET_DEVICE_INFO_TABLE.params.decode(
      control(NV2080_CTRL_CMD_FIFO_GET_DEVICE_INFO_TABLE.cmd, request),
    )
    for (const entry of table.entries.slice(0, table.numEntries)) {
      const type = entry.engineData[ENGINE_TYPE] ?? 0
      if (!WITHOUT_RUNLIST.includes(type)) engines.add(type)
    }
    if (!table.bMore) break
    baseIndex += table.numEntries
  }
  return [...engines].sort((a, b) => a - b)
}
