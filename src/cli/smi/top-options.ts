import { flag, may, type SmiOption, takes } from './options.ts'

/**
 * The options of nvidia-smi before any subcommand, as the help of 580.159.04 lists them; the sentences are ours. Options
 * without effect on the model are in absent.ts.
 */
export const OPTIONS = {
  help: flag('-h --help', 'Print this page.'),
  version: flag('--version', 'Print the versions of driver and library.'),
  list: flag('-L --list-gpus', 'A line for each GPU.'),
  excluded: flag('-B --list-excluded-gpus', 'A line for each GPU that the driver leaves out; there is none.'),
  columns: flag('-col --columns', 'The summary; here it has one column.'),
  query: flag('-q --query', 'Everything about GPUs, or about units with -u.'),
  unit: flag('-u --unit', 'Units in place of GPUs; no simulated host has any.'),
  id: takes('-i --id', 'Only these GPUs: index, bus address or UUID,\nseveral with commas.'),
  file: takes('-f --filename', 'Write to this file.'),
  xml: flag('-x --xml-format', 'XML in place of text.'),
  dtd: flag('--dtd', 'With -q -x: the document has its DTD inside.\nAlone: print the DTD.'),
  display: takes(
    '-d --display',
    'Only these sections: MEMORY, UTILIZATION, ECC,\nTEMPERATURE, POWER, CLOCK, COMPUTE, PIDS, PERFORMANCE,\nSUPPORTED_CLOCKS, PAGE_RETIREMENT, ACCOUNTING,\nENCODER_STATS, SUPPORTED_GPU_TARGET_TEMP, VOLTAGE,\nFBC_STATS, ROW_REMAPPER, GSP_FIRMWARE_VERSION,\nPOWER_SMOOTHING, POWER_PROFILES; several with commas.',
  ),
  loop: may('-l --loop', 'Again every so many seconds, 5 without a number.'),
  loopMs: takes('-lms --loop-ms', 'Again every so many milliseconds.'),
  queryGpu: takes('--query-gpu', 'Properties of GPUs, see --help-query-gpu.'),
  queryClocks: takes('--query-supported-clocks', 'Pairs of clocks, see --help-query-supported-clocks.'),
  queryApps: takes('--query-compute-apps', 'Running processes, see --help-query-compute-apps.'),
  queryAccounted: takes(
    '--query-accounted-apps',
    'Ended processes, see --help-query-accounted-apps.\nA vGPU host has none.',
  ),
  queryRetired: takes('--query-retired-pages', 'Retired pages, see --help-query-retired-pages.'),
  queryRemapped: takes('--query-remapped-rows', 'Remapped rows, see --help-query-remapped-rows.'),
  helpGpu: flag('--help-query-gpu', 'The properties of --query-gpu.'),
  helpClocks: flag('--help-query-supported-clocks', 'The properties of --query-supported-clocks.'),
  helpApps: flag('--help-query-compute-apps', 'The properties of --query-compute-apps.'),
  helpAccounted: flag('--help-query-accounted-apps', 'The properties of --query-accounted-apps.'),
  helpRetired: flag('--help-query-retired-pages', 'The properties of --query-retired-pages.'),
  helpRemapped: flag('--help-query-remapped-rows', 'The properties of --query-remapped-rows.'),
  helpLogs: flag('--help-vgpu-query-scheduler-logs', 'The properties of vgpu --query-vgpu-scheduler-logs.'),
  helpInstanceLogs: flag('--help-gpu-instance-vgpu-query-scheduler-logs', 'Not there without GPU instances.'),
  format: takes('--format', 'csv, and noheader and nounits after commas.'),
  persistence: takes('-pm --persistence-mode', '0/DISABLED or 1/ENABLED.'),
  ecc: takes('-e --ecc-config', 'ECC after the next reset: 0/DISABLED or 1/ENABLED.'),
  clearEcc: takes('-p --reset-ecc-errors', 'Set error counters to zero: 0/VOLATILE or\n1/AGGREGATE.'),
  compute: takes(
    '-c --compute-mode',
    'Compute contexts: 0/DEFAULT, 2/PROHIBITED or\n3/EXCLUSIVE_PROCESS; 1/EXCLUSIVE_THREAD is taken as 3.',
  ),
  gom: takes('--gom', 'GPU operation mode: 0/ALL_ON, 1/COMPUTE, 2/LOW_DP.'),
  reset: may('-r --gpu-reset', 'Reset GPUs without vGPUs; -r bus resets the bus.', ['bus']),
  virtualization: takes('-vm --virt-mode', 'Virtualization mode: 3/VGPU or 4/VSGA.'),
  gpuClocks: takes('-lgc --lock-gpu-clocks', 'Keep the GPU clock in a range, MHz.'),
  gpuClocksMode: takes('-m --mode', 'Mode of -lgc: 0 or 1.'),
  resetGpuClocks: flag('-rgc --reset-gpu-clocks', 'No range for the GPU clock.'),
  memoryClocks: takes('-lmc --lock-memory-clocks', 'Keep the memory clock in a range, MHz.'),
  resetMemoryClocks: flag('-rmc --reset-memory-clocks', 'No range for the memory clock.'),
  memoryClocksDeferred: takes('-lmcd --lock-memory-clocks-deferred', 'The same after the next load of the driver.'),
  resetMemoryClocksDeferred: flag('-rmcd --reset-memory-clocks-deferred', 'No such range after the next load.'),
  applicationsClocks: takes('-ac --applications-clocks', 'Clocks under applications: memory,graphics in MHz.'),
  resetApplicationsClocks: flag('-rac --reset-applications-clocks', 'The default clocks under applications.'),
  power: takes('-pl --power-limit', 'Power limit in watts.'),
  scope: takes('-sc --scope', 'Device of -pl: 0/GPU or 1/TOTAL_MODULE.'),
  cudaClocks: takes('-cc --cuda-clocks', 'Clocks under CUDA: 0/RESTORE_DEFAULT or 1/OVERRIDE.'),
  accounting: takes('-am --accounting-mode', 'Account for processes: 0/DISABLED or 1/ENABLED.'),
  clearAccounted: flag('-caa --clear-accounted-apps', 'Forget ended processes.'),
  autoBoost: takes('--auto-boost-default', 'Auto boost: 0/DISABLED or 1/ENABLED.'),
  autoBoostPermission: takes('--auto-boost-permission', 'Who sets it: 0/UNRESTRICTED or 1/RESTRICTED.'),
  mig: takes('-mig --multi-instance-gpu', 'MIG mode: 0/DISABLED or 1/ENABLED.'),
  targetTemperature: takes('-gtt --gpu-target-temp', 'Target temperature in degrees Celsius.'),
  dramEncryption: takes('-den --dram-encryption', 'DRAM encryption: 0/DISABLED or 1/ENABLED.'),
  setHostname: takes('--set-hostname', 'Hostname of the GPU.'),
  getHostname: flag('--get-hostname', 'Print the hostname of the GPU.'),
  errorOnWarning: flag('-eow --error-on-warning', 'A warning ends with status 3, not 0.'),
  led: takes('-t --toggle-led', 'LED of a unit: 0/GREEN or 1/AMBER.'),
  debug: takes('--debug', 'A log for NVIDIA; none is written here.'),
} as const satisfies Record<string, SmiOption>

export type TopKey = keyof typeof OPTIONS

/** Options that print CSV. */
export const QUERIES = [
  'queryGpu',
  'queryApps',
  'queryAccounted',
  'queryRetired',
  'queryClocks',
  'queryRemapped',
] as const

/** The sections of the help, as NVIDIA titles them; a text is a line between options. */
export const SECTIONS: readonly (readonly [title: string, keys: readonly (TopKey | `[${string}]`)[]])[] = [
  ['', ['help', 'version']],
  ['LIST OPTIONS', ['list', 'excluded']],
  ['SUMMARY OPTIONS', ['columns', '[plus any of]', 'id', 'file', 'loop']],
  ['QUERY OPTIONS', ['query', '[plus any of]', 'unit', 'id', 'file', 'xml', 'dtd', 'display', 'loop', 'loopMs']],
  [
    'SELECTIVE QUERY OPTIONS',
    [
      '[one of]',
      ...QUERIES,
      '[their properties]',
      ...(['helpGpu', 'helpClocks', 'helpApps', 'helpAccounted', 'helpRetired', 'helpRemapped'] as const),
      ...(['helpLogs', 'helpInstanceLogs'] as const),
      '[mandatory]',
      'format',
      '[plus any of]',
      ...(['id', 'file', 'loop', 'loopMs'] as const),
    ],
  ],
  [
    'DEVICE MODIFICATION OPTIONS',
    [
      '[any one of]',
      ...(['persistence', 'ecc', 'clearEcc', 'compute', 'gom', 'reset', 'virtualization', 'gpuClocks'] as const),
      ...(['gpuClocksMode', 'resetGpuClocks', 'memoryClocks', 'resetMemoryClocks', 'memoryClocksDeferred'] as const),
      ...(['resetMemoryClocksDeferred', 'applicationsClocks', 'resetApplicationsClocks', 'power', 'scope'] as const),
      ...(['cudaClocks', 'accounting', 'clearAccounted', 'autoBoost', 'autoBoostPermission', 'mig'] as const),
      ...(['targetTemperature', 'dramEncryption', 'setHostname', 'getHostname'] as const),
      '[plus optional]',
      'id',
      'errorOnWarning',
    ],
  ],
  ['UNIT MODIFICATION OPTIONS', ['led', '[plus optional]', 'id']],
  ['SHOW DTD OPTIONS', ['dtd', '[plus optional]', 'file', 'unit']],
  ['', ['debug']],
]
