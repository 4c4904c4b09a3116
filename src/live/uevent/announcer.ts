import type { Context } from '../../app/context.ts'
import { sysfsRoot } from '../../engine/sysfs/tree.ts'
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

  /** Sends what has changed since the last call. */
  announce(): void {
    if (!this.#host.refresh()) return
    const devices = devicesOf(sysfsRoot(this.#host.state))
    for (const event of eventsBetween(this.#devices, devices)) {
      this.#sequence += 1
      this.#socket.toKernel(kernelMessage(event))
      this.#socket.toUdevListeners(udevMessage(event, this.#sequence))
    }
    this.#devices = devices
  }
}
