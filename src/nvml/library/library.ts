import { inflateRawSync } from 'node:zlib'
import { type LibraryArchitecture, SOCKET_VARIABLE } from './names.ts'

/** libnvidia-ml.so for an architecture, whose functions ask the server behind `socket`. The same input gives the same bytes. */
export async function library(architecture: LibraryArchitecture, socket: string): Promise<Uint8Array> {
  const { PACKED } = await { x64: () => import('./packed-x64.ts'), arm64: () => import('./packed-arm64.ts') }[
    architecture
  ]()
  const bytes = inflateRawSync(Buffer.from(PACKED, 'base64'))
  // The room for the path is behind the name of the variable.
  const room = bytes.indexOf(`${SOCKET_VARIABLE}\0`) + SOCKET_VARIABLE.length + 1
  bytes.write(socket, room)
  return bytes
}
