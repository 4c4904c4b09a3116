import type { HostState } from './state.ts'

/** What work costs in virtual microseconds. Chosen for the simulation; the time-outs are the kernel's (COST.*Timeout). */
export const COST = {
  /** One message to GSP and its reply. */
  gspRpc: 50,
  /** One call to a plugin task. */
  hostRpc: 200,
  /** From bootload to the magic in the mailbox. */
  pluginBoot: 250_000,
  /** GSP boot up to GSP_INIT_DONE. */
  gspBoot: 1_500_000,
  /** Function-level reset of a VF: one 100 ms poll. */
  flr: 100_000,
  /** Nominal waits of vgpu_mgr's rpc.c: 10,000,000 and 120,000,000 polls of 1 us. */
  pluginBootTimeout: 10_000_000,
  hostRpcTimeout: 120_000_000,
  /** 4,000,000 polls of the status queue. */
  gspReplyTimeout: 4_000_000,
} as const

/** Virtual time. It only moves when somebody waits. */
export class Clock {
  readonly #host: Pick<HostState, 'now'>

  constructor(host: Pick<HostState, 'now'>) {
    this.#host = host
  }

  get now(): number {
    return this.#host.now
  }

  advance(us: number): void {
    this.#host.now += us
  }

  /** What was waited for is there, or it is not: true costs `cost`, false the whole `timeout`. Both in microseconds. */
  wait(met: boolean, cost: number, timeout: number): boolean {
    this.advance(met ? cost : timeout)
    return met
  }
}
