import type { SmiGpuInstanceView, SmiGpuView } from '../../engine/smi/view.ts'
import { mib } from './q-facts.ts'
import type { Style } from './style.ts'
import type { Node } from './tree.ts'

/** The MIG devices of a GPU in `nvidia-smi -q`: blocks in the text, one element with all of them in XML. */
export function migDeviceNodes(gpu: SmiGpuView, style: Style): Node[] {
  const devices = gpu.gpuInstances.flatMap((instance) =>
    instance.computeInstances.map((compute) =>
      leaf('MIG Device', 'mig_device', null, [
        leaf('Index', 'index', String(compute.device)),
        leaf('GPU Instance ID', 'gpu_instance_id', String(instance.id)),
        leaf('Compute Instance ID', 'compute_instance_id', String(compute.id)),
        ...attributes(instance, compute.multiprocessors),
        ...(gpu.eccMode === 'Enabled' ? [ECC] : []),
        ...usage(instance, style),
      ]),
    ),
  )
  if (devices.length === 0) return [{ ...leaf(null, 'mig_devices', 'None'), block: true }]
  return [...devices.map((device) => ({ ...device, tag: null })), leaf(null, 'mig_devices', null, devices)]
}

/** Volatile errors of a MIG device. No error is modelled. */
const ECC = leaf('ECC Errors', 'ecc_error_count', null, [
  leaf('Volatile', 'volatile_count', null, [leaf('SRAM Uncorrectable', 'sram_uncorrectable', '0')]),
])

function attributes({ engines }: SmiGpuInstanceView, multiprocessors: number | null): Node[] {
  const shared = [
    leaf('Multiprocessor count', 'multiprocessor_count', String(multiprocessors ?? 'N/A')),
    leaf('Copy Engine count', 'copy_engine_count', String(engines.copy)),
    leaf('Encoder count', 'encoder_count', String(engines.encoders)),
    leaf('Decoder count', 'decoder_count', String(engines.decoders)),
    leaf('OFA count', 'ofa_count', String(engines.ofa)),
    leaf('JPG count', 'jpg_count', String(engines.jpeg)),
  ]
  return [leaf('Device Attributes', 'device_attributes', null, [leaf('Shared', 'shared', null, shared)])]
}

/** All compute instances of a GPU instance share its memory; the headings say so since 570. */
function usage({ memory, bar1 }: SmiGpuInstanceView, { release }: Style): Node[] {
  const fb = [
    leaf('Total', 'total', mib(memory.total)),
    leaf('Reserved', 'reserved', mib(memory.reserved)),
    leaf('Used', 'used', mib(memory.used)),
    leaf('Free', 'free', mib(memory.free)),
  ]
  const window = [
    leaf('Total', 'total', mib(bar1.total)),
    leaf('Used', 'used', mib(bar1.used)),
    leaf('Free', 'free', mib(bar1.free)),
  ]
  const isShared = release >= 580
  return [
    leaf(isShared ? 'Shared FB Memory Usage' : 'FB Memory Usage', 'fb_memory_usage', null, fb),
    leaf(isShared ? 'Shared BAR1 Memory' : 'BAR1 Memory Usage', 'bar1_memory_usage', null, window),
  ]
}

function leaf(label: string | null, tag: string | null, value: string | null, children: readonly Node[] = []): Node {
  return { label, tag, value, children }
}
