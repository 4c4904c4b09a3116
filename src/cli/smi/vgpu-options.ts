import { flag, may, type SmiOption, takes } from './options.ts'

const INSTANCE = 'With -gi: of a GPU instance.'

/** The options of `nvidia-smi vgpu`, as the help of 580.159.04 lists them; the sentences are ours. */
export const VGPU_OPTIONS = {
  help: flag('-h --help', 'Print this page.'),
  id: takes('-i --id', 'Only these GPUs: index, bus address or UUID, several with commas.'),
  instance: takes('-gi --gpu-instance-id', 'Only these GPU instances.'),
  query: flag('-q --query', 'Running vGPUs in detail.'),
  utilization: flag('-u --utilization', 'Use of the engines by running vGPUs, every second.'),
  gpm: takes('--gpm-metrics', 'Metrics of MIG-backed vGPUs; no simulated GPU has any.'),
  processes: flag('-p --pmon', 'Use of the engines by processes in the guests, every second.'),
  supported: flag('-s --supported', 'The vGPU types of a GPU.'),
  creatable: flag('-c --creatable', 'The vGPU types that a GPU has room for.'),
  encoder: flag('-es --encodersessions', 'Encoder sessions of the guests, every second.'),
  migration: flag('-m --migrationcap', 'Whether a GPU migrates, suspends and resumes vGPUs.'),
  schedulerState: flag('-ss --schedulerstate', 'Policy of the scheduler and its parameters.'),
  schedulerCaps: flag('-sc --schedulercaps', 'Policies and limits of the scheduler.'),
  schedulerLogs: flag('-sl --schedulerlogs', 'The last turns on the graphics engine, every second.'),
  schedulerQuery: takes('--query-vgpu-scheduler-logs', 'The same as CSV, see --help-vgpu-query-scheduler-logs.'),
  helpScheduler: flag('--help-vgpu-query-scheduler-logs', 'The properties of --query-vgpu-scheduler-logs.'),
  verbose: flag('-v --verbose', 'With -s or -c: each type in detail.'),
  loop: may('-l --loop', 'Again every so many seconds, 1 to 10, 5 without a number.'),
  accounted: takes('--query-accounted-apps', 'Accounted processes of the guests as CSV.'),
  clearAccounted: flag('-caa --clear-accounted-apps', 'Forget ended processes of the guests.'),
  capture: flag('-fs --fbcsessions', 'Capture sessions of the guests, every second.'),
  instanceMode: flag('-ghm --get-heterogeneous-mode', `Whether sizes mix. ${INSTANCE}`),
  matrix: flag('-tm --matrix', 'With topo and a VM, not supported here: the paths between its vGPUs.'),
  peers: takes('-p2p --p2pstatus', 'With topo and a VM, not supported here: r, w, n, a or p access between its vGPUs.'),
  heterogeneous: takes(
    '-shm --set-heterogeneous-mode',
    'vGPUs of several sizes on a GPU without vGPUs, or with\n-gi on a GPU instance: 0/DISABLED or 1/ENABLED.',
  ),
  migTimeslice: takes(
    '-smts --set-mig-timeslice-mode',
    'Time slices on GPU instances, on chips that have them:\n0/DISABLED or 1/ENABLED.',
  ),
  instanceQuery: takes('--query-gpu-instance-vgpu-scheduler-logs', 'Not supported here: the log of a GPU instance.'),
  format: takes('--format', 'csv, and noheader and nounits after commas.'),
  file: takes('-f --filename', 'Write to this file.'),
  loopMs: takes('-lms --loop-ms', 'Again every so many milliseconds.'),
} as const satisfies Record<string, SmiOption>

export type VgpuKey = keyof typeof VGPU_OPTIONS

/** Words behind `vgpu` that are no options. */
export const VGPU_NOTE =
  'set-scheduler-state: set the policy of the scheduler.\n"nvidia-smi vgpu set-scheduler-state -h" for more information.\ntopo VM: with -tm or -p2p, not supported here.'

export const SCHEDULER_OPTIONS = {
  help: flag('-h --help', 'Print this page.'),
  id: takes('-i --id', 'Only these GPUs: index, bus address or UUID, several with commas.'),
  instance: takes('-gi --gpu-instance-id', 'Not supported here: of a GPU instance. A GPU has one.'),
  policy: takes('-p --policy', '1 best effort, 2 equal share, 3 fixed share.'),
  arr: takes('-a --arr-mode', 'Adaptive round robin: 0 off, 1 on.'),
  frequency: takes('-asf --arr-sched-frequency', 'With -a 1: 63 to 960 Hz.'),
  averaging: takes('-aavg --arr-avg-factor', 'With -a 1: 1 to 60.'),
  timeSlice: takes('-ts --time-slice', 'With -a 0: 1000000 to 30000000 ns.'),
} as const satisfies Record<string, SmiOption>
