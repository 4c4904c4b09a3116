import { readHost } from '../../app/transaction.ts'
import { parsePath } from '../../app/values.ts'
import { NvError } from '../../errors/nv-error.ts'
import { changed } from '../../render/answer.ts'
import { NVML_FUNCTIONS, NVML_LIBRARY } from '../../render/nvml.ts'
import type { Context } from '../context.ts'
import { LISTING, listed } from '../listing.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

const STILL = { summary: 'the load stays that of the host’s own time, as in query; else time passes' } as const
const READ_ONLY = { summary: 'functions that change the host answer NO_PERMISSION' } as const
const COMMAND = { summary: 'the command and its arguments', repeat: true } as const

export const nvml: NounSpec = {
  name: 'nvml',
  verbs: [
    verb({
      name: 'exec',
      summary: 'run a command that finds the library, with a server for it',
      examples: ['nvml exec -- nvtop', 'nvml exec --read-only -- python3 report.py'],
      options: { readOnly: READ_ONLY, still: STILL },
      args: { command: COMMAND },
      changes: false,
      async run(context, { options, args }) {
        const { execWithLibrary } = await import('../../nvml/exec.ts')
        return { raw: '', status: await execWithLibrary(context, await release(context), args.command, options) }
      },
    }),
    verb({
      name: 'install',
      summary: 'write the library for this state directory; its programs need nvml serve',
      examples: ['nvml install ./nvml', 'nvml install --arch arm64 ./nvml-arm64'],
      options: {
        arch: { value: 'ARCH', summary: 'processor of the programs; default: this machine', choices: ['x64', 'arm64'] },
      },
      args: { dir: { summary: 'directory, created if it is missing', parse: parsePath, complete: 'dir' } },
      changes: false,
      async run(context, { options, args }) {
        const [{ installLibrary }, { socketPath }, { ownArchitecture }, { refuseInState }] = await Promise.all([
          import('../../nvml/install.ts'),
          import('../../nvml/socket-path.ts'),
          import('../../nvml/exec.ts'),
          import('../../app/not-in-state.ts'),
        ])
        refuseInState(context, args.dir)
        const socket = socketPath(context.settings.stateDir, context.io.env)
        const architecture = options.arch ?? ownArchitecture()
        const done = await installLibrary(args.dir, { release: await release(context), socket, architecture })
        const item = { file: done.file, links: done.links, socket, bytes: done.bytes }
        return changed(NVML_LIBRARY, { changed: done.changed, items: [item], warnings: [] })
      },
    }),
    verb({
      name: 'serve',
      summary: 'serve the installed library, until a signal',
      examples: ['nvml serve', 'nvml serve --read-only'],
      options: { readOnly: READ_ONLY, still: STILL },
      args: {},
      changes: false,
      async run(context, { options }) {
        const [{ serveNvml }, { socketPath }] = await Promise.all([
          import('../../nvml/server.ts'),
          import('../../nvml/socket-path.ts'),
        ])
        const socket = socketPath(context.settings.stateDir, context.io.env)
        const server = await serveNvml(context, socket, { ...options, everyone: false })
        context.io.stderr.write(`serving at ${server.socket}\n`)
        const signal = await Promise.race([interruption(context), server.lost()])
        await server.close()
        if (signal === undefined) throw socketGone(server.socket)
        return { raw: '', status: signal === 'SIGTERM' ? 143 : 130 }
      },
    }),
    verb({
      name: 'functions',
      summary: 'the functions of the library, and the fact behind each',
      examples: ['nvml functions', 'nvml functions --missing', 'nvml functions --implemented -o json'],
      options: {
        implemented: { summary: 'only those that answer from the host' },
        missing: { summary: 'only those that answer NOT_SUPPORTED, with the reason' },
        ...LISTING,
      },
      args: {},
      changes: false,
      async run(_context, { options }) {
        const { nvmlCoverage } = await import('../../nvml/coverage.ts')
        const all = nvmlCoverage()
        const isShown = ({ implemented }: { implemented: boolean }) =>
          options.implemented === options.missing || implemented === options.implemented
        return listed(NVML_FUNCTIONS, all.filter(isShown), options)
      },
    }),
    verb({
      name: 'trace',
      summary: 'run a command as nvml exec does, and print each call of it on standard error',
      examples: ['nvml trace -- nvidia-settings -q all', 'nvml trace -- python3 report.py'],
      options: { readOnly: READ_ONLY, still: STILL },
      args: { command: COMMAND },
      changes: false,
      async run(context, { options, args }) {
        const [{ execWithLibrary }, { traceLine }] = await Promise.all([
          import('../../nvml/exec.ts'),
          import('../../nvml/trace.ts'),
        ])
        const traced: Parameters<typeof execWithLibrary>[3]['traced'] = (call, number, ms) =>
          context.io.stderr.write(`${traceLine(call, number, ms)}\n`)
        const status = await execWithLibrary(context, await release(context), args.command, { ...options, traced })
        return { raw: '', status }
      },
    }),
  ],
}

/** Release of the host's driver, which names the file. */
function release(context: Context): Promise<string> {
  return readHost(context, (state) => state.driverVersion)
}

function socketGone(socket: string): NvError {
  return new NvError({
    errno: 'ENOENT',
    code: 'not-found',
    at: 'nvml serve',
    message: `${socket} was removed: no program finds this server any more`,
    hint: 'nvgpu nvml serve',
    object: socket,
  })
}

function interruption({ io }: Context): Promise<'SIGINT' | 'SIGTERM'> {
  return new Promise((resolve) => {
    io.onInterrupt?.(resolve)
  })
}
