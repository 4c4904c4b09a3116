import { controlNames } from '../abi/controls.ts'
import { nvmlFunctions } from '../abi/nvml/functions.ts'
import { NVML_RETURN } from '../abi/nvml/return.ts'
import type { FaultPointView } from '../contract/views/host.ts'
import { FILE_DAMAGES } from './metadata-file.ts'
import { faultPoint } from './migration/device.ts'
import { ARCS } from './migration/states.ts'

const OPS = [
  'attachHandle',
  'allocGspClient',
  'rmCtrlRd',
  'rmCtrlWr',
  'allocChids',
  'allocFbmem',
  'bar1MapMem',
  'getEngineBitmap',
  'scrubFbmem',
  'mapBar0',
]
const BOOT_STEPS = [
  'load gsp',
  'load booter_load',
  'load booter_unload',
  'load bootloader',
  'radix3',
  'FB layout',
  'FB scrub',
  'FWSEC-FRTS',
  'log buffers',
  'WPR meta',
  'GSP_SET_SYSTEM_INFO',
  'SET_REGISTRY',
  'booter_load',
  'GSP_INIT_DONE',
  'GET_GSP_STATIC_INFO',
]
const FIRMWARE = ['gsp', 'booter_load', 'booter_unload', 'bootloader']
const CODES = Object.keys(NVML_RETURN)
const FILE_EFFECTS = ['missing', 'unsigned', 'wrong-version']

/** All fault points of the actors. Points of the host RPC are rpc.<message number>. */
export function faultPoints(): FaultPointView[] {
  return [...pointsOfHost(), ...pointsOfMigration(), ...pointsOfFunctions()]
}

function point(name: string, effect: string, what: string, effects: string[] = []): FaultPointView {
  return { point: name, effect, effects, what }
}

/** Points of nvkm, GSP and the vGPU manager, up to the plugin. */
function pointsOfHost(): FaultPointView[] {
  return [
    ...OPS.map((op) =>
      point(
        `ops.${op}`,
        op === 'allocChids' || op === 'allocFbmem' || op === 'bar1MapMem' ? 'ENOSPC' : 'ENOMEM',
        `nvkm's ${op} as the vGPU manager calls it`,
      ),
    ),
    ...controlNames().map((name) =>
      point(`gsp.${name}`, 'NV_ERR_GENERIC', 'GSP answers this control with a status, or not at all', ['drop']),
    ),
    ...['0x0', '0x80', '0x2080', '0x7e', '0xc637'].map((hClass) =>
      point(
        `gsp.alloc.${hClass}`,
        'NV_ERR_NO_MEMORY',
        'GSP answers RM_ALLOC of this class with a status, or not at all',
        ['drop'],
      ),
    ),
    point('gsp.free', 'NV_ERR_GENERIC', 'GSP answers FREE with a status, or not at all', ['drop']),
    point('gsp.boot', 'fail', 'the booter does not accept the meta block', ['fail']),
    point('hw.scrubber', 'hang', 'the memory scrubber never says that it is done', ['hang']),
    point('ce.channel', 'ENOSPC', 'the copy engine gets no channel for a scrub'),
    point('ce.push', 'hang', 'the copy engine never writes its completion word', ['hang']),
    point('gsp.suspend', 'EIO', 'GSP does not suspend'),
    ...BOOT_STEPS.map((step) => point(`boot.${step}`, 'EIO', 'this step of the GSP boot fails')),
    ...FIRMWARE.map((file) => point(`firmware.${file}`, 'missing', 'this firmware file is damaged', FILE_EFFECTS)),
    point('firmware.vgpu', 'missing', 'the metadata file of the vGPU manager under v2 is damaged', [
      'missing',
      ...FILE_DAMAGES,
    ]),
    point('plugin.boot', 'hang', 'the plugin task never writes its magic', ['hang']),
  ]
}

function pointsOfMigration(): FaultPointView[] {
  return [
    ...ARCS.map((arc) =>
      point(faultPoint(arc), 'EIO', `this step of a migrating device, from ${arc.replace('>', ' to ')}`),
    ),
    point('mig.read', 'EIO', 'a read from the data file of a migrating device'),
    point('mig.write', 'EIO', 'a write to the data file of a migrating device'),
  ]
}

/** Points of the plugin's messages, the physical function and its VFs. */
function pointsOfFunctions(): FaultPointView[] {
  return [
    ...Array.from({ length: 14 }, (_, i) =>
      point(`rpc.${i + 1}`, '5', 'the plugin answers this message with a result, or not at all', ['drop']),
    ),
    point('pf.sriov', '1', 'the PCI core enables only so many VFs'),
    point('nvkm.bar1', 'ENOMEM', 'the mapping of a reserved range of BAR1'),
    point('nvkm.client', 'ENOMEM', 'the vgpu client of the core driver'),
    point('nvkm.device', 'ENOMEM', 'the device object of that client'),
    point('vf.probe', 'ENOMEM', 'probe of the variant driver'),
    point('vf.enable', 'EIO', 'pci_enable_device on open'),
    point('vf.reset', 'ENOTTY', 'function-level reset on open'),
    point('vf.flr.absent', 'ENOTTY', 'the VF is absent at a reset'),
    point('vf.flr.capability', 'EINVAL', 'the VF has no function-level reset'),
    point('vf.flr.crs', 'not-ready', 'after a reset, one poll of the vendor id reads 1: try again', ['not-ready']),
    point('vf.flr.non-crs', 'not-ready', 'after a reset, one poll of the command reads all ones', ['not-ready']),
    point('vf.sysfs', 'ENOMEM', 'the sysfs group of a VF being bound'),
    point('vf.debugfs', 'ENOMEM', 'a debugfs file of a VF being bound'),
    point('vf.register', 'ENOMEM', 'the VFIO registration of a VF being bound'),
    point('vf.bar0.request', 'EBUSY', 'first access to BAR0: the region is taken'),
    point('vf.bar0.resource', 'EIO', 'first access to BAR0: the region is not memory'),
    point('vf.bar0.map', 'ENOMEM', 'first access to BAR0: the mapping fails'),
    ...nvmlFunctions()
      .filter(({ name }) => name !== 'nvmlErrorString')
      .map(({ name }) =>
        point(`nvml.${name}`, 'UNKNOWN', 'this function of the NVML library returns a code, by name or number', CODES),
      ),
  ]
}
