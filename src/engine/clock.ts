import type { HostState } from './state.ts'

/** Durations in virtual microseconds. Simulated, except the kernel's time-outs (COST.*Timeout). */
export const COST = {
  /** One message to GSP and its reply. */
  gspRpc: 50,
  /** One call to a plugin task. */
  hostRpc: 200,
  /** Time from bootload to the magic in the mailbox. */
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
  /** Wait for the copy engine in the 2025 series: 4000 ms. */
  scrubTimeout: 4_000_000,
} as const

/** Virtual time. It advances only by waits. */
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

  /** Waits for a condition: `cost` microseconds if it is met, else the whole `timeout`. */
  wait(met: boolean, cost: number, timeout: number): boolean {
    this.advance(met ? cost : timeout)
    return met
  }
}
