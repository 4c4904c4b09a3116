import { given } from '../../app/given.ts'
import { changeHost, readHost } from '../../app/transaction.ts'
import { usageError } from '../../app/usage.ts'
import { parseCount, parseHex, parseLabel, parseSelector } from '../../app/values.ts'
import { bootSteps } from '../../engine/views/events.ts'
import { gspObjects, gspPlugins } from '../../engine/views/maps.ts'
import { vgpuViewOf } from '../../engine/views/vgpu.ts'
import { changed, list } from '../../render/answer.ts'
import { BOOT_STEPS, EVENTS } from '../../render/event.ts'
import { GSP_OBJECTS, GSP_PLUGINS, TASK_LOG } from '../../render/gsp.ts'
import { HOSTS } from '../../render/host.ts'
import { LISTING, listed } from '../listing.ts'
import { GPU_OPTION, gpuWords, VGPU_ARGUMENT } from '../selectors.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

/** Hexadecimal of the largest structure, with room for spaces. */
const MAX_HEX = 2 * 1024 * 1024

export const gsp: NounSpec = {
  name: 'gsp',
  verbs: [
    verb({
      name: 'objects',
      summary: 'the firmware’s tree of RM objects',
      examples: ['gsp objects', 'gsp objects --gpu 0 -o json'],
      options: { gpu: GPU_OPTION, ...LISTING },
      args: {},
      changes: false,
      async run(context, { options }) {
        return listed(GSP_OBJECTS, await readHost(context, (state) => gspObjects(state, options.gpu)), options)
      },
    }),
    verb({
      name: 'plugins',
      summary: 'the plugin tasks, one for each open vGPU',
      examples: ['gsp plugins', 'gsp plugins -o wide'],
      options: { gpu: GPU_OPTION, ...LISTING },
      args: {},
      changes: false,
      async run(context, { options }) {
        const plugins = await readHost(context, (state) => gspPlugins(state, options.gpu))
        return listed(GSP_PLUGINS, plugins, options, 'no plugin task runs; hint: nvgpu vgpu create --type TYPE')
      },
    }),
    verb({
      name: 'boot',
      summary: 'the steps of the last boot; a failed step is the last',
      examples: ['gsp boot', 'gsp boot --gpu 0 -o json'],
      options: { gpu: GPU_OPTION },
      args: {},
      changes: false,
      async run(context, { options }) {
        return list(BOOT_STEPS, await readHost(context, (state) => bootSteps(state, options.gpu)))
      },
    }),
    verb({
      name: 'log',
      summary: 'the log of a vGPU’s plugin task',
      examples: ['gsp log 0000:c1:00.4', 'gsp log web', 'gsp log web -o json'],
      options: {},
      args: { vgpu: VGPU_ARGUMENT },
      changes: false,
      async run(context, { args }) {
        const { uuid, taskLog } = await readHost(context, (state) => vgpuViewOf(state, args.vgpu))
        return list(
          TASK_LOG,
          taskLog.map((text, line) => ({ vgpu: uuid, line, text })),
          'no plugin task runs for it; hint: nvgpu vgpu start VGPU',
        )
      },
    }),
    verb({
      name: 'trace',
      summary: 'record every message to and from firmware; turning it off drops the record',
      examples: ['gsp trace on', 'events list --kind rpc --bytes', 'gsp trace off'],
      options: {},
      args: { state: { summary: 'on or off', choices: ['on', 'off'] } },
      changes: true,
      async run(context, { args }) {
        const { setTracing } = await import('../../engine/verbs/events.ts')
        return changed(HOSTS, await changeHost(context, (state) => setTracing(state, args.state === 'on')))
      },
    }),
    verb({
      name: 'inject',
      summary: 'let GSP post an event: an Xid on a channel, or any event with a payload',
      examples: [
        'gsp inject xid --channel 512 --xid 31',
        'gsp inject event --event DISPLAY_MODESET --payload 0100',
        'gsp inject event --event 0x1008',
      ],
      options: {
        gpu: GPU_OPTION,
        channel: { value: 'N', summary: 'channel of the Xid', parse: parseCount },
        xid: { value: 'N', summary: 'its number', parse: parseCount },
        text: { value: 'TEXT', summary: 'its text', parse: parseXidText },
        event: { value: 'EVENT', summary: 'an event by number or name', parse: parseSelector },
        payload: { value: 'HEX', summary: 'bytes of the event', parse: parseHex },
      },
      args: { what: { summary: 'xid or event', choices: ['xid', 'event'] } },
      changes: true,
      async run(context, { options, args }) {
        const { injectEvent, injectXid } = await import('../../engine/verbs/events.ts')
        const gpu = given({ gpu: options.gpu })
        if (args.what === 'event') {
          if (options.event === undefined)
            throw usageError('gsp inject event needs --event', {
              hint: `nvgpu gsp inject event --event 0x1011${gpuWords(options.gpu ?? '0')}`,
            })
          const request = { event: options.event, payload: options.payload ?? new Uint8Array(0), ...gpu }
          return changed(EVENTS, await changeHost(context, (state) => injectEvent(state, request)))
        }
        if (options.channel === undefined || options.xid === undefined) {
          throw usageError('gsp inject xid needs --channel and --xid', {
            hint: `nvgpu gsp inject xid --channel 512 --xid 31${gpuWords(options.gpu ?? '0')}`,
          })
        }
        const request = {
          channel: options.channel,
          xid: options.xid,
          ...given({ text: options.text }),
          ...gpu,
        }
        return changed(EVENTS, await changeHost(context, (state) => injectXid(state, request)))
      },
    }),
    verb({
      name: 'decode',
      summary: 'decode the bytes of a structure into its fields',
      examples: [
        'gsp decode GSP_VF_INFO 2000000004000000',
        'gsp decode NV_VGPU_CPU_RPC_DATA_UPDATE_BME_STATE 0100 -o json',
        'gsp decode --structs',
      ],
      options: {
        all: { summary: 'zero elements of arrays too' },
        structs: { summary: 'list the known structures' },
      },
      args: {
        struct: { summary: 'its C name', optional: true, parse: parseSelector },
        hex: { summary: 'bytes in hexadecimal, - for standard input; missing ones count as zero', optional: true },
      },
      changes: false,
      async run(context, { options, args }) {
        const { decodeFields, FIELDS, findStruct, STRUCT_LIST, structList } = await import('../decode.ts')
        if (options.structs) return list(STRUCT_LIST, structList())
        if (args.struct === undefined)
          throw usageError('gsp decode needs a structure', { hint: 'nvgpu gsp decode --structs' })
        const struct = findStruct(args.struct)
        const text = args.hex === undefined || args.hex === '-' ? fromBytes(context.io.readStdin(MAX_HEX)) : args.hex
        const bytes = parseHex(text)
        if (bytes.length > struct.size)
          throw usageError(`${bytes.length} bytes are more than the ${struct.size} of ${struct.name}`)
        const whole = new Uint8Array(struct.size)
        whole.set(bytes)
        return list(FIELDS, decodeFields(struct, whole, options.all))
      },
    }),
  ],
}

function fromBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/** GSP's message has room for 255 characters of one byte, Latin-1; a name may have other characters. */
function parseXidText(text: string): string {
  parseLabel(text)
  const foreign = [...text].find((character) => character > '\xff')
  if (foreign === undefined) return text
  throw usageError(`GSP’s message has Latin-1 text, in which there is no "${foreign}"`, {
    hint: 'nvgpu gsp inject xid --channel 512 --xid 31 --text injected --gpu 0',
  })
}
