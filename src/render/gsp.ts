import type { GspObjectView, GspPluginView, TaskLogLine } from '../contract/views/gsp.ts'
import type { View } from './answer.ts'
import { formatSize } from './size.ts'

/** Objects in the firmware's tree. */
export const GSP_OBJECTS: View<GspObjectView> = {
  kind: 'gspObjects',
  name: (object) => `${object.client}/${object.handle}`,
  columns: [
    { head: 'GPU', text: (object) => String(object.gpu), right: true },
    { head: 'CLIENT', text: (object) => object.client },
    { head: 'HANDLE', text: (object) => object.handle },
    { head: 'CLASS', text: (object) => object.class, right: true },
    { head: 'NAME', text: (object) => object.className, shrink: 1 },
    { head: 'PARENT', text: (object) => object.parent },
    { head: 'OWNER', text: (object) => object.owner ?? '-', shrink: 0 },
  ],
  fields: ['gpu', 'client', 'handle', 'class', 'className', 'parent', 'owner'],
}

/** Plugin tasks, one per running vGPU. */
export const GSP_PLUGINS: View<GspPluginView> = {
  kind: 'gspPlugins',
  name: (plugin) => `${plugin.gpu}/${plugin.gfid}`,
  columns: [
    { head: 'GPU', text: (plugin) => String(plugin.gpu), right: true },
    { head: 'GFID', text: (plugin) => String(plugin.gfid), right: true },
    { head: 'VF', text: (plugin) => plugin.vf },
    { head: 'STATE', text: (plugin) => plugin.state, mood: (plugin) => (plugin.state === 'running' ? 'good' : 'warn') },
    { head: 'TYPE', text: (plugin) => String(plugin.vgpuType), right: true },
    { head: 'UUID', text: (plugin) => plugin.uuid ?? '-', short: (plugin) => plugin.uuid?.slice(0, 8) ?? '-' },
    { head: 'FRAMEBUFFER', text: (plugin) => `${formatSize(plugin.fb.size)} at ${plugin.fb.addr}` },
    { head: 'CHANNELS', text: (plugin) => String(plugin.numChannels), right: true },
    { head: 'BUS MASTER', text: (plugin) => (plugin.busMaster ? 'on' : 'off') },
    { head: 'HEAP', text: (plugin) => `${formatSize(plugin.heap.size)} at ${plugin.heap.addr}`, wide: true },
    { head: 'PLUGIN CHANNELS', text: (plugin) => String(plugin.numPluginChannels), right: true, wide: true },
    { head: 'INSTANCE', text: (plugin) => plugin.instance, wide: true },
  ],
  fields: [
    'gpu',
    'gfid',
    'vf',
    'state',
    'vgpuType',
    'uuid',
    'instance',
    'fb.addr',
    ['fb.size', 'B'],
    'heap.addr',
    ['heap.size', 'B'],
    'numChannels',
    'numPluginChannels',
    'busMaster',
  ],
}

/** The log of a plugin task; for people only the lines. */
export const TASK_LOG: View<TaskLogLine> = {
  kind: 'taskLog',
  name: ({ vgpu, line }) => `${vgpu}/${line}`,
  columns: [
    { head: 'LINE', text: ({ line }) => String(line), right: true },
    { head: 'TEXT', text: ({ text }) => text },
  ],
  fields: ['vgpu', 'line', 'text'],
  picture: (lines) => lines.map(({ text }) => `${text}\n`).join(''),
}
