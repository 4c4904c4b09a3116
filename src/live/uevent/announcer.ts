import type { Context } from '../../app/context.ts'
import { sysfsRoot } from '../../engine/sysfs/tree.ts'
import { NvError } from '../../errors/nv-error.ts'
import { FollowedHost } from '../followed-host.ts'
import { type Device, devicesOf } from './devices.ts'
import { eventsBetween } from './events.ts'
import { kernelMessage, udevMessage } from './message.ts'
import { openUeventSocket, type UeventSocket } from './netlink.ts'

/** Tells the listeners of this network namespace which devices come and go, as the kernel and udev do. */
export class Announcer {
  readonly #host: FollowedHost
  readonly #socket: UeventSocket
  #devices: ReadonlyMap<string, Device>
  #sequence = 0

  private constructor(host: FollowedHost, socket: UeventSocket) {
    this.#host = host
    this.#socket = socket
    this.#devices = devicesOf(sysfsRoot(host.state))
  }

  /** @throws NvError unsupported: no netlink here */
  static open({ settings }: Context): Announcer {
    return new Announcer(new FollowedHost(settings.stateDir), openUeventSocket())
  }

  /** Sends the events of each change since the last call. Those of a state that cannot be read follow once it can. */
  announce(): void {
    try {
      this.#host.refresh(() => this.#tell())
    } catch (error) {
      if (!(error instanceof NvError)) throw error
    }
  }

  #tell(): void {
    const devices = devicesOf(sysfsRoot(this.#host.state))
    for (const event of eventsBetween(this.#devices, devices)) {
      this.#sequence += 1
      this.#socket.toKernel(kernelMessage(event))
      this.#socket.toUdevListeners(udevMessage(event, this.#sequence))
    }
    this.#devices = devices
  }
}
