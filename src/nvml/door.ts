import type { Socket } from 'node:net'
import type { Context } from '../app/context.ts'
import { Connection } from './connection.ts'
import { Service, type ServiceOptions } from './service.ts'

/** The functions of the library over the sockets of clients. */
export class Door {
  readonly #service: Service

  constructor(context: Context, options: ServiceOptions) {
    this.#service = new Service(context, options)
  }

  /** @param isOwner the client may change the host */
  join(peer: Socket, isOwner: boolean): void {
    const wire = { write: (bytes: Uint8Array) => void peer.write(bytes), end: () => peer.destroy() }
    const connection = new Connection(wire, this.#service, isOwner)
    peer.on('data', (bytes) => connection.receive(bytes))
    peer.on('close', () => connection.close())
    peer.resume()
  }

  close(): void {
    this.#service.close()
  }
}
