import { NVML_RETURN } from '../../abi/nvml/return.ts'
import { sharedObject } from './elf.ts'
import { exportsOfLibrary, listChecksum } from './exports.ts'
import { DATA, DATA_SIZE } from './frame.ts'
import { type LibraryArchitecture, MOST_PATH, SOCKET_VARIABLE, SONAME } from './names.ts'
import { EM_AARCH64, stubArm64 } from './stub-arm64.ts'
import { EM_X86_64, stubX64 } from './stub-x64.ts'

/** Return codes with a text of their own in nvmlErrorString, in the order of the table. Its last text is for all others. */
const ERRORS = [...Array.from({ length: 31 }, (_, number) => number), 999]

/** libnvidia-ml.so for an architecture, with room for the path of its server's socket. */
export function libraryTemplate(architecture: LibraryArchitecture): Uint8Array {
  const exports = exportsOfLibrary()
  const { code, entries } = { x64: stubX64, arm64: stubArm64 }[architecture](exports, listChecksum())
  const data = Buffer.alloc(DATA_SIZE)
  data.writeInt32LE(-1, DATA.FD)
  return sharedObject({
    machine: { x64: EM_X86_64, arm64: EM_AARCH64 }[architecture],
    soname: SONAME,
    code,
    entries,
    ...constants(),
    data,
  })
}

/** The table of error texts with the distance of each, the name of the variable, and room for the path of the socket. */
function constants(): { constants: Uint8Array; labels: Map<string, number> } {
  const texts = [...ERRORS.map(textOf), 'Unknown Error', SOCKET_VARIABLE, '\0'.repeat(MOST_PATH)]
  const table = Buffer.alloc(4 * (ERRORS.length + 1))
  const offsets: number[] = []
  let at = table.length
  for (const text of texts) {
    offsets.push(at)
    at += Buffer.byteLength(text) + 1
  }
  for (let index = 0; index <= ERRORS.length; index += 1) table.writeInt32LE(offsets[index] ?? 0, 4 * index)
  const labels = new Map([
    ['errorTable', 0],
    ['envName', offsets.at(-2) ?? 0],
    ['defaultPath', offsets.at(-1) ?? 0],
  ])
  return { constants: Buffer.concat([table, ...texts.map((text) => Buffer.from(`${text}\0`))]), labels }
}

function textOf(number: number): string {
  const found = Object.values(NVML_RETURN).find(([value]) => value === number)
  return found?.[1] ?? 'Unknown Error'
}
