import type { KernelLogView } from '../contract/views/gsp.ts'
import type { HostView } from '../contract/views/host.ts'
import type { View } from './answer.ts'
import { drawSheet } from './sheet.ts'
import { formatSeconds } from './size.ts'

/** The host: always one item. */
export const HOSTS: View<HostView> = {
  kind: 'hosts',
  name: (host) => host.profile,
  sentence: (host) =>
    `host with ${count(host.gpus, 'GPU')}, profile ${host.profile}${host.suspended ? ', suspended' : ''}${host.tracing ? ', tracing' : ''}`,
  columns: [
    { head: 'PROFILE', text: (host) => host.profile },
    { head: 'DRIVER', text: (host) => host.driverVersion },
    { head: 'GPUS', text: (host) => String(host.gpus), right: true },
    { head: 'VFS', text: (host) => String(host.vfs), right: true },
    { head: 'VGPUS', text: (host) => `${host.vgpus.running}/${host.vgpus.configured}`, right: true },
    { head: 'UPLOADED', text: (host) => String(host.uploadedTypes), right: true },
  ],
  fields: [
    'profile',
    'face',
    'driverVersion',
    ['now', 'us'],
    'gpus',
    'vfs',
    'vgpus.configured',
    'vgpus.running',
    'definitions',
    'uploadedTypes',
    'suspended',
    'tracing',
    'faults',
  ],
}

/** The host in detail; `stateDir` is its directory. */
export function hostSheet(hosts: readonly HostView[], stateDir: string): string {
  return hosts
    .map((host) =>
      drawSheet([
        {
          rows: [
            ['Profile', host.profile],
            ['Face', host.face],
            ['Driver', host.driverVersion],
            ['Up for', `${formatSeconds(host.now)} s (virtual)`],
            ['GPUs', host.gpus],
            ['VFs', host.vfs],
            ['vGPUs', `${host.vgpus.configured} configured, ${host.vgpus.running} running`],
            ['Defined', host.definitions],
            ['Uploaded types', host.uploadedTypes],
            ['Suspended', host.suspended],
            ['Tracing', host.tracing],
            ['Armed faults', host.faults],
            ['State', stateDir],
          ],
        },
      ]),
    )
    .join('\n')
}

/** Kernel log lines, as dmesg prints them. */
export const KERNEL_LOG: View<KernelLogView> = {
  kind: 'kernelLog',
  name: (line) => `${line.gpu}/${line.seq}`,
  columns: [
    { head: 'TIME', text: (line) => formatSeconds(line.at), right: true },
    { head: 'GPU', text: (line) => String(line.gpu), right: true },
    {
      head: 'LEVEL',
      text: (line) => line.level,
      mood: (line) => (line.level === 'err' ? 'bad' : line.level === 'warn' ? 'warn' : undefined),
    },
    { head: 'TEXT', text: (line) => line.text },
  ],
  fields: ['gpu', 'seq', ['at', 'us'], 'level', 'text'],
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
