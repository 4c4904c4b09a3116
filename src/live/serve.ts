import { chmodSync, writeFileSync } from 'node:fs'
import { createServer, type Server as HttpServer } from 'node:http'
import path from 'node:path'
import type { Context } from '../app/context.ts'
import { fileError } from '../app/file-error.ts'
import { makeDirs } from '../app/output-file.ts'
import { readHost } from '../app/transaction.ts'
import { NvError } from '../errors/nv-error.ts'
import { shellQuote } from '../errors/shell-quote.ts'
import { refuseHiding, serveTree } from './serve-tree.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface ServeOptions {
  readonly dir: string
  readonly listen: Address
  /** file of this program */
  readonly program: string
  /** The text of /metrics. */
  metrics(): Promise<string>
}

/** A host that is served in a directory, until it is closed. */
export interface Served {
  /** The address of /metrics. */
  readonly url: string
  /** Why the kernel's files are not served; undefined if they are. */
  readonly without: string | undefined
  close(): Promise<void>
}

/** Programs in DIR/bin, and the words that each begins with. */
const PROGRAMS = { nvgpu: [], 'nvidia-smi': ['smi'], 'sriov-manage': ['sriov-manage'], mdevctl: ['mdevctl'] } as const

/**
 * Serves a host for other mount namespaces: DIR/sys, DIR/dev, DIR/bin, and /metrics over HTTP. Without a way to mount, the
 * last two are served.
 * @throws NvError io-error: the address is taken; exists: DIR has files where the host is mounted
 */
export async function serveHost(context: Context, options: ServeOptions): Promise<Served> {
  const { dir } = options
  await readHost(context, () => undefined)
  refuseHiding(dir)
  outliveSignals()
  putPrograms(path.resolve(context.settings.stateDir), options)
  const http = await listen(options)
  const tree = await serveTree(context, dir, options.program)
  const { host, port } = addressOf(http)
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}/metrics`,
    without: tree.without,
    async close() {
      http.close()
      http.closeAllConnections()
      await tree.end()
    },
  }
}

/** A process that a signal ends leaves a dead mount. The caller closes the service at the first signal. */
function outliveSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
}

function putPrograms(stateDir: string, options: ServeOptions): void {
  const bin = path.join(options.dir, 'bin')
  try {
    makeDirs(bin)
    for (const [name, words] of Object.entries(PROGRAMS)) putProgram(path.join(bin, name), words, stateDir, options)
  } catch (error) {
    throw fileError(error, bin, 'serve')
  }
}

function putProgram(file: string, words: readonly string[], stateDir: string, { program }: ServeOptions): void {
  const command = [process.execPath, program, ...words].map(shellQuote).join(' ')
  writeFileSync(file, `#!/bin/sh\nNVGPU_STATE_DIR=${shellQuote(stateDir)} exec ${command} "$@"\n`)
  chmodSync(file, 0o755)
}

function listen({ listen: { host, port }, metrics }: ServeOptions): Promise<HttpServer> {
  const server = createServer((request, response) => {
    const isKnown = request.url === '/metrics' && (request.method === 'GET' || request.method === 'HEAD')
    if (!isKnown) return void response.writeHead(404, { 'content-type': 'text/plain' }).end('only /metrics is here\n')
    metrics().then(
      (text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
      (error) => response.writeHead(500, { 'content-type': 'text/plain' }).end(`${messageOf(error)}\n`),
    )
    return undefined
  })
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        refused(`cannot listen at ${host}:${port}: ${messageOf(error)}`, 'nvgpu serve --dir DIR --listen 127.0.0.1:0'),
      ),
    )
    server.listen(port, host, () => resolve(server))
  })
}

function addressOf(server: HttpServer): Address {
  const address = server.address()
  return typeof address === 'object' && address !== null
    ? { host: address.address, port: address.port }
    : { host: '', port: 0 }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function refused(message: string, hint: string): NvError {
  return new NvError({ errno: 'EIO', code: 'io-error', at: 'serve', message, hint })
}
