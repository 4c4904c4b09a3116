import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { Sandbox } from '../house/sandbox.ts'

export const GOLDEN = path.resolve('test/golden/golden-nvml.json')
const CALLER = path.resolve('test/nvml/caller.py')

/** A call of the library: name and arguments, in the form of caller.py. */
export type Words = readonly [name: string, ...args: unknown[]]
/** Return code, then the values of the output arguments. */
export type Answer = readonly [code: number, ...values: unknown[]]

/** A home directory with a host in it, whose NVML library programs call. */
export class Host extends Sandbox {
  /** Runs commands of the host, which must succeed. */
  host(...commands: string[]): string {
    return commands
      .map((command) => {
        const { status, stdout, stderr } = this.sh(`nvgpu ${command}`)
        if (status !== 0) throw new Error(`nvgpu ${command}: ${stderr}`)
        return stdout
      })
      .join('')
  }

  /** Runs a command with the library; options of `nvml exec` come before --. */
  exec(command: readonly string[], { options = ['--still'], input = '' }: { options?: string[]; input?: string } = {}) {
    const args = ['nvml', 'exec', ...options, '--', ...command]
    const run = spawnSync('nvgpu', args, { cwd: this.home, env: this.env, encoding: 'utf8', input, timeout: 60_000 })
    return { status: run.status ?? 128, stdout: run.stdout, stderr: run.stderr }
  }

  /** Runs calls in one Python process, between nvmlInit_v2 and nvmlShutdown. `$gpu0` and so on are handles. */
  calls(calls: readonly Words[], options?: string[]): Answer[] {
    const gpus = [0, 1].map((index): Words => ['nvmlDeviceGetHandleByIndex_v2', index, { keep: `gpu${index}` }])
    const script = [['nvmlInit_v2'], ...gpus, ...calls, ['nvmlShutdown']]
    const run = this.exec(['python3', CALLER, GOLDEN], { ...(options && { options }), input: JSON.stringify(script) })
    if (run.status !== 0 || run.stdout === '') throw new Error(`caller.py: ${run.status} ${run.stderr}`)
    const answers: Answer[] = JSON.parse(run.stdout)
    return answers.slice(3, -1)
  }
}
