import { NV2080_CTRL_CMD_FIFO_GET_DEVICE_INFO_TABLE } from '../../abi/ctrl2080.ts'
import { NV2080_ENGINE_TYPE } from '../../abi/engine-types.ts'

/** Engines without a runlist in nvkm: it skips SW on purpose and drops SEC2's runlist (noted in the RFC). */
const WITHOUT_RUNLIST: readonly number[] = [NV2080_ENGINE_TYPE.SW, NV2080_ENGINE_TYPE.SEC2]
/** Index of the RM engine type in engineData of a device entry. */
const ENGINE_TYPE = 2
/** Limit on pages, more than any GPU has; ends the loop when GSP always reports more. */
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
