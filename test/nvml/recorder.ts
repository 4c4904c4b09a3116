import net from 'node:net'

/** One call as it crossed the socket. */
export interface Recorded {
  /** The request with its inline argument. */
  readonly request: Buffer
  /** Memory that the server asked for, and what it got; null for memory that cannot be read. */
  readonly peeks: { readonly address: bigint; readonly bytes: Buffer | null }[]
  readonly pokes: { readonly address: bigint; readonly bytes: Buffer }[]
  code: number
}

const HELLO = 24
const REQUEST = 64
const ORDER = 16
const RETURN = 0
const POKE = 1

/** Stands between clients and a server, and keeps every call. The protocol is read here anew, not with the server's code. */
export class Recorder {
  readonly calls: Recorded[] = []
  readonly socket: string
  readonly #server: net.Server

  constructor(socket: string, to: string) {
    this.socket = socket
    this.#server = net.createServer((client) => this.#join(client, net.connect(to)))
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(this.socket, resolve))
  }

  close(): void {
    this.#server.close()
  }

  #join(client: net.Socket, server: net.Socket): void {
    const session = new Session(this.calls)
    client.on('data', (bytes) => {
      session.fromClient(bytes)
      server.write(bytes)
    })
    server.on('data', (bytes) => {
      session.fromServer(bytes)
      client.write(bytes)
    })
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const)
      one.on('close', () => other.destroy()).on('error', () => other.destroy())
  }
}

/** One connection. The sides take turns, so the order of bytes is that of the call. */
class Session {
  readonly #calls: Recorded[]
  #up = Buffer.alloc(0)
  #down = Buffer.alloc(0)
  #greeted = false
  #call: Recorded | undefined
  /** A PEEK whose answer is under way. */
  #asked: { address: bigint; size: number } | undefined
  /** Where the client counts nvmlInit: the server writes it, and it is not the caller's memory. */
  #initAddress = 0n

  constructor(calls: Recorded[]) {
    this.#calls = calls
  }

  fromClient(bytes: Buffer): void {
    this.#up = Buffer.concat([this.#up, bytes])
    if (!this.#greeted) {
      if (this.#up.length < HELLO) return
      this.#greeted = true
      this.#initAddress = this.#up.readBigUInt64LE(16)
      this.#up = this.#up.subarray(HELLO)
    }
    if (this.#asked !== undefined) this.#answered(this.#asked)
    else this.#asks()
  }

  #asks(): void {
    if (this.#up.length < REQUEST || this.#up.length < REQUEST + this.#up.readUInt32LE(4)) return
    this.#call = { request: this.#up, peeks: [], pokes: [], code: -1 }
    this.#calls.push(this.#call)
    this.#up = Buffer.alloc(0)
  }

  #answered({ address, size }: { address: bigint; size: number }): void {
    if (this.#up.length < 8) return
    const isRead = this.#up.readBigInt64LE(0) === 0n
    if (isRead && this.#up.length < 8 + size) return
    this.#call?.peeks.push({ address, bytes: isRead ? this.#up.subarray(8, 8 + size) : null })
    this.#up = this.#up.subarray(isRead ? 8 + size : 8)
    this.#asked = undefined
  }

  fromServer(bytes: Buffer): void {
    this.#down = Buffer.concat([this.#down, bytes])
    while (this.#down.length >= ORDER) {
      const op = this.#down.readUInt32LE(0)
      const size = this.#down.readUInt32LE(4)
      const address = this.#down.readBigUInt64LE(8)
      const whole = op === POKE ? ORDER + size : ORDER
      if (this.#down.length < whole) return
      if (op === RETURN && this.#call !== undefined) this.#call.code = Number(address)
      else if (op === POKE) {
        if (address !== this.#initAddress) this.#call?.pokes.push({ address, bytes: this.#down.subarray(ORDER, whole) })
      } else this.#asked = { address, size }
      this.#down = this.#down.subarray(whole)
    }
  }
}
