import { given } from '../../app/given.ts'
import { changeHost, tryHost } from '../../app/transaction.ts'
import { numberError, usageError } from '../../app/usage.ts'
import { parseLabel, parseUuid, parseVm } from '../../app/values.ts'
import {
  closeVfio,
  mmapVfio,
  openVfio,
  readVfio,
  resetVfio,
  vfioConfig,
  vfioInfo,
  vfioRegions,
  writeVfio,
} from '../../engine/verbs/vfio.ts'
import { bindVf, unbindVf } from '../../engine/verbs/vfs.ts'
import { changed, detail, list } from '../../render/answer.ts'
import { VFS } from '../../render/vf.ts'
import {
  configDump,
  configSheet,
  VFIO_CONFIG,
  VFIO_DEVICES,
  VFIO_MAPPINGS,
  VFIO_READS,
  VFIO_REGIONS,
  VFIO_WRITES,
  vfioSheet,
} from '../../render/vfio.ts'
import { GPU_OPTION, VF_ARGUMENT, VM_UUID, vmUuidOf } from '../selectors.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

const REGION = { summary: 'a region: 0 to 8, or bar0 … bar5, rom, config, vga', parse: parseRegion } as const
const OFFSET = { summary: 'byte offset in the region, decimal or 0x…', parse: parseNumber } as const
const SIZE = { value: 'BYTES', summary: 'bytes; default 4', choices: ['1', '2', '4'] } as const
const DRIVERS = ['nvidia-vgpu-vfio', 'nvidia', 'vfio-pci'] as const

export const vfio: NounSpec = {
  name: 'vfio',
  verbs: [
    verb({
      name: 'bind',
      summary: 'bind a VF to a driver; the first binding creates the vGPU manager',
      examples: ['vfio bind 0', 'vfio bind c1:00.5 --driver vfio-pci', 'vfio bind 0 --driver none'],
      options: {
        gpu: GPU_OPTION,
        driver: { value: 'DRIVER', summary: 'the driver, or none', choices: [...DRIVERS, 'none'] },
      },
      args: { vf: VF_ARGUMENT },
      changes: true,
      async run(context, { options, args }) {
        const driver = options.driver ?? 'nvidia-vgpu-vfio'
        const change = await changeHost(context, (state) =>
          driver === 'none' ? unbindVf(state, args.vf, options.gpu) : bindVf(state, args.vf, driver, options.gpu),
        )
        return changed(VFS, change)
      },
    }),
    verb({
      name: 'unbind',
      summary: 'unbind a VF from its driver; the last unbinding releases the vGPU manager',
      examples: ['vfio unbind 0', 'vfio unbind c1:00.5'],
      options: { gpu: GPU_OPTION },
      args: { vf: VF_ARGUMENT },
      changes: true,
      async run(context, { options, args }) {
        return changed(VFS, await changeHost(context, (state) => unbindVf(state, args.vf, options.gpu)))
      },
    }),
    verb({
      name: 'open',
      summary: 'open the device for a VM, as QEMU does: the vGPU is created',
      examples: [
        'vfio open 0 --vm desk7',
        'vfio open c1:00.5 --vm win11 --pid 4242 --guest-os windows',
        'vfio open 1 --vm stubborn --policy ignores',
      ],
      options: {
        gpu: GPU_OPTION,
        vm: { value: 'VM', summary: 'name or UUID of the VM', required: true, parse: parseVm },
        vmUuid: VM_UUID,
        pid: { value: 'PID', summary: 'its process; else that of its other vGPUs, or a new one', parse: parsePid },
        guestOs: { value: 'OS', summary: 'operating system of its guest', parse: parseLabel },
        policy: { value: 'POLICY', summary: 'its reaction to a removal request', choices: ['closes', 'ignores'] },
        tcc: { summary: 'the Windows driver is in compute mode' },
        uuid: {
          short: 'u',
          value: 'UUID',
          summary: 'UUID for a VF that has a type and no vGPU yet; else a random one',
          parse: parseUuid,
        },
      },
      args: { vf: VF_ARGUMENT },
      changes: true,
      async run(context, { options, args }) {
        const { vm, pid, guestOs, policy, tcc } = options
        const request = {
          ...vfOf(options, args),
          vm,
          tcc,
          ...vmUuidOf(options),
          uuid: options.uuid ?? context.io.uuid(),
          uuidGiven: options.uuid !== undefined,
          ...given({ pid, guestOs, policy }),
        }
        return changed(VFIO_DEVICES, await changeHost(context, (state) => openVfio(state, request)))
      },
    }),
    verb({
      name: 'close',
      summary: 'close the device: the VM is off, the vGPU releases its resources; type and UUID stay',
      examples: ['vfio close 0', 'vfio close c1:00.5'],
      options: { gpu: GPU_OPTION },
      args: { vf: VF_ARGUMENT },
      changes: true,
      async run(context, { options, args }) {
        const request = vfOf(options, args)
        return changed(VFIO_DEVICES, await changeHost(context, (state) => closeVfio(state, request)))
      },
    }),
    verb({
      name: 'info',
      summary: 'driver, opener, flags and interrupts of the device, open or not',
      examples: ['vfio info 0', 'vfio info c1:00.5 -o json'],
      options: { gpu: GPU_OPTION },
      args: { vf: VF_ARGUMENT },
      changes: false,
      async run(context, { options, args }) {
        const request = vfOf(options, args)
        return detail(VFIO_DEVICES, [await tryHost(context, (state) => vfioInfo(state, request))], vfioSheet)
      },
    }),
    verb({
      name: 'regions',
      summary: 'the nine regions of an open device, as in GET_REGION_INFO',
      examples: ['vfio regions 0', 'vfio regions c1:00.5 -o json'],
      options: { gpu: GPU_OPTION },
      args: { vf: VF_ARGUMENT },
      changes: false,
      async run(context, { options, args }) {
        const request = vfOf(options, args)
        return list(VFIO_REGIONS, await tryHost(context, (state) => vfioRegions(state, request)))
      },
    }),
    verb({
      name: 'config',
      summary: 'the configuration space that the guest of an open device sees',
      examples: ['vfio config 0', 'vfio config 0 --hexdump', 'vfio config c1:00.5 -o json'],
      options: { gpu: GPU_OPTION, hexdump: { summary: 'the first 256 bytes, as lspci -xxx; the others are zero' } },
      args: { vf: VF_ARGUMENT },
      changes: false,
      async run(context, { options, args }) {
        const request = vfOf(options, args)
        const config = await tryHost(context, (state) => vfioConfig(state, request))
        return detail(VFIO_CONFIG, [config], options.hexdump ? configDump : configSheet)
      },
    }),
    verb({
      name: 'read',
      summary: 'read a register of an open device; the first read of BAR0 maps it',
      examples: ['vfio read 0 config 0x14', 'vfio read 0 bar0 0x100', 'vfio read 0 7 4 --size 2'],
      options: { gpu: GPU_OPTION, size: SIZE },
      args: { vf: VF_ARGUMENT, region: REGION, offset: OFFSET },
      changes: true,
      async run(context, { options, args }) {
        const request = { ...vfOf(options, args), region: args.region, offset: args.offset, size: sizeOf(options) }
        return changed(VFIO_READS, await changeHost(context, (state) => readVfio(state, request)))
      },
    }),
    verb({
      name: 'write',
      summary: 'write a register of an open device; prints its value afterwards',
      examples: [
        'vfio write 0 config 0x14 0xffffffff',
        'vfio write 0 bar0 0x100 1',
        'vfio write 0 config 4 6 --size 2',
      ],
      options: { gpu: GPU_OPTION, size: SIZE },
      args: { vf: VF_ARGUMENT, region: REGION, offset: OFFSET, value: { summary: 'the value', parse: parseNumber } },
      changes: true,
      async run(context, { options, args }) {
        const size = sizeOf(options)
        if (args.value >= 256 ** size) throw usageError(`0x${args.value.toString(16)} does not fit ${size} bytes`)
        const { region, offset, value } = args
        const request = { ...vfOf(options, args), region, offset, size, value }
        return changed(VFIO_WRITES, await changeHost(context, (state) => writeVfio(state, request)))
      },
    }),
    verb({
      name: 'reset',
      summary: 'VFIO_DEVICE_RESET: the plugin resets, guest memory is cleared',
      examples: ['vfio reset 0', 'vfio reset c1:00.5'],
      options: { gpu: GPU_OPTION },
      args: { vf: VF_ARGUMENT },
      changes: true,
      async run(context, { options, args }) {
        const request = vfOf(options, args)
        const change = await changeHost(context, (state) => resetVfio(state, request))
        return changed({ ...VFIO_DEVICES, sentence: (device) => `VFIO device of ${device.vf} reset` }, change)
      },
    }),
    verb({
      name: 'mmap',
      summary: 'the answer of mmap for a BAR of an open device',
      examples: ['vfio mmap 0 bar1 --length 0x10000000', 'vfio mmap 0 bar3 --offset 0x1000 --length 4096'],
      options: {
        gpu: GPU_OPTION,
        offset: { value: 'BYTES', summary: 'offset in the region', parse: parseNumber },
        length: { value: 'BYTES', summary: 'length of the mapping', required: true, parse: parseNumber },
        private: { summary: 'MAP_PRIVATE in place of MAP_SHARED' },
      },
      args: { vf: VF_ARGUMENT, region: REGION },
      changes: false,
      async run(context, { options, args }) {
        const { offset = 0, length } = options
        const request = { ...vfOf(options, args), region: args.region, offset, length, shared: !options.private }
        return list(VFIO_MAPPINGS, [await tryHost(context, (state) => mmapVfio(state, request))])
      },
    }),
  ],
}

const NAMES = ['bar0', 'bar1', 'bar2', 'bar3', 'bar4', 'bar5', 'rom', 'config', 'vga']

/** A name, or any number: the driver checks the region. */
function parseRegion(text: string): number {
  const named = NAMES.indexOf(text.toLowerCase())
  return named >= 0 ? named : parseNumber(text)
}

/** Decimal or 0x…, 0 to 2^53 - 1. */
function parseNumber(text: string): number {
  const value = Number(text)
  if (!/^(0x[0-9a-f]+|[0-9]+)$/i.test(text) || !Number.isSafeInteger(value)) {
    throw numberError(text, 'a number, decimal or 0x…')
  }
  return value
}

/** A process id of a 64-bit kernel: 1 to 2^22. */
function parsePid(text: string): number {
  const pid = parseNumber(text)
  if (pid < 1 || pid > 0x40_0000) throw usageError(`${text} is not a process id: 1 to 4194304 are`)
  return pid
}

function vfOf(options: { readonly gpu: string | undefined }, args: { readonly vf: string }) {
  return { vf: args.vf, ...given({ gpu: options.gpu }) }
}

function sizeOf({ size }: { readonly size: '1' | '2' | '4' | undefined }): 1 | 2 | 4 {
  return size === '1' ? 1 : size === '2' ? 2 : 4
}
