export type RefusalCode = keyof typeof TABLE

/** A refusal code: its exit status, meaning and fix. */
export interface Refusal {
  readonly status: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8
  readonly meaning: string
  readonly fix: string
}

const TABLE = {
  'not-found': {
    status: 3,
    meaning: 'There is no object with the given name, address or identifier.',
    fix: 'List the objects with the list command of the noun; the error suggests the closest names.',
  },
  'type-mismatch': {
    status: 4,
    meaning: 'The vGPU type does not match the vGPUs of the GPU, or the other side of the operation.',
    fix: 'See "nvgpu fit TYPE" for a place. A GPU takes several sizes in heterogeneous mode: "nvgpu gpu mode heterogeneous".',
  },
  busy: {
    status: 4,
    meaning: 'An object in use prevents the operation.',
    fix: 'Stop or close the user named in the message, then repeat the command.',
  },
  contention: {
    status: 4,
    meaning: 'Other commands kept changing the host faster than this one could. Nothing was changed.',
    fix: 'See "nvgpu host history" for those commands, and repeat this one when they are done.',
  },
  exists: {
    status: 4,
    meaning: 'An object with that name, address or identifier exists already.',
    fix: 'Choose another name, remove the existing one, or pass --if-not-exists.',
  },
  'max-instances': {
    status: 5,
    meaning: 'The GPU already carries as many vGPUs of this type as the type allows.',
    fix: 'Destroy a vGPU of the type, use another GPU, or choose a type with more instances.',
  },
  'vf-limit': {
    status: 5,
    meaning: 'The GPU already runs as many vGPUs as its driver profile supports, or the VF is beyond that limit.',
    fix: 'Stop a vGPU, use another GPU, or a profile with a higher limit.',
  },
  'numvfs-range': {
    status: 5,
    meaning: 'More virtual functions were requested than the SR-IOV capability of the GPU has.',
    fix: 'Request at most the total that "nvgpu gpu show" reports.',
  },
  'no-vf': {
    status: 5,
    meaning: 'No virtual function is free: none is enabled, or all enabled ones are taken.',
    fix: 'Enable more with "nvgpu vf enable N", or destroy a vGPU.',
  },
  'no-framebuffer': {
    status: 5,
    meaning: 'No free run of framebuffer is large enough for the guest memory or the management heap.',
    fix: 'See "nvgpu fb map"; stop a vGPU or choose a smaller type.',
  },
  'no-channels': {
    status: 5,
    meaning: 'No free run of channels is long enough.',
    fix: 'See "nvgpu chid map"; stop a vGPU or choose a type with fewer channels.',
  },
  'no-instance': {
    status: 5,
    meaning: 'No GPU instance of the wanted profile is free, or the GPU has no place for one more instance.',
    fix: 'See "nvgpu mig profiles" and "nvgpu mig list"; create instances in another order, or destroy one.',
  },
  'no-bar1': {
    status: 5,
    meaning: 'No free run of the BAR1 window is large enough for the mapping.',
    fix: 'Stop a vGPU on the same GPU to release its mapping.',
  },
  'profile-limit': {
    status: 5,
    meaning: 'The driver profile of this host does not support the request, or not in this number.',
    fix: 'See "nvgpu host show" for the profile and choose another one at "nvgpu host init --profile".',
  },
  'ecc-unsupported': {
    status: 4,
    meaning: 'The type cannot run while the GPU has ECC memory switched on.',
    fix: 'Choose a type that supports ECC, or "nvgpu gpu ecc off" and reset the GPU.',
  },
  syntax: {
    status: 2,
    meaning: 'The command line could not be understood.',
    fix: 'Read --help of the command; examples come first.',
  },
  'invalid-argument': {
    status: 2,
    meaning: 'The command does not accept a value.',
    fix: 'Use a value in the range or of the form in the message.',
  },
  ambiguous: {
    status: 2,
    meaning: 'The selector fits more than one object.',
    fix: 'Give more of the identifier, or the full address, from the candidates in the message.',
  },
  permission: {
    status: 7,
    meaning:
      'The state directory belongs to somebody else, can be written by others, or is a symbolic link; or the kernel refuses this user a device or a namespace.',
    fix: 'Do as the hint says, or name another directory with --state-dir.',
  },
  corrupt: {
    status: 8,
    meaning: 'Stored state fails its checksum or cannot be parsed.',
    fix: 'Run "nvgpu host fsck" to see the damage, then with --repair.',
  },
  'newer-schema': {
    status: 8,
    meaning: 'The state was written by a newer version of nvgpu.',
    fix: 'Upgrade nvgpu, or use another state directory.',
  },
  'network-filesystem': {
    status: 1,
    meaning: 'The state directory is on a network file system, where an append is not atomic.',
    fix: 'Put it on a local file system with --state-dir or NVGPU_STATE_DIR.',
  },
  'disk-full': {
    status: 1,
    meaning: 'There was no room to write the change. Nothing was changed.',
    fix: 'Free space on the file system in the message and repeat the command.',
  },
  'io-error': {
    status: 1,
    meaning: 'Reading or writing failed below the program.',
    fix: 'Check the device and the kernel log, then repeat the command.',
  },
  timeout: {
    status: 1,
    meaning: 'The simulated firmware, plugin or guest did not answer in its (virtual) time.',
    fix: 'See "nvgpu events" for the last messages; a reset of the GPU clears a stuck plugin.',
  },
  'outcome-unknown': {
    status: 1,
    meaning: 'The change was written but the disk did not confirm it; it may or may not be there later.',
    fix: 'Run "nvgpu host fsck" and check whether the change is there before you repeat it.',
  },
  'firmware-refusal': {
    status: 1,
    meaning: 'The GSP firmware or a plugin task answered with an error status.',
    fix: 'The message has the status; "nvgpu gsp" shows the state of the firmware.',
  },
  unsupported: {
    status: 1,
    meaning: 'This GPU, architecture or driver profile does not have the feature.',
    fix: 'Use a supported GPU, or a profile that models the feature.',
  },
  'not-running': {
    status: 1,
    meaning: 'The operation needs a running vGPU, guest or firmware.',
    fix: 'Start it first, with "nvgpu vgpu start" for a vGPU.',
  },
  'wrong-state': {
    status: 4,
    meaning: 'The object is in a state from which the operation is not possible.',
    fix: 'Bring it to the state the message names first.',
  },
  'no-device': {
    status: 1,
    meaning: 'The device is absent, not bound to its driver, or has no type selected.',
    fix: 'Enable and bind the VF, and select a type, before using it.',
  },
  'invalid-file': {
    status: 2,
    meaning: 'The contents of a file do not match its kind.',
    fix: 'Correct the field, line or offset that the message names.',
  },
  conflict: {
    status: 4,
    meaning: 'The request contradicts the current configuration.',
    fix: 'Undo the setting in the message, or change the request to match it.',
  },
  'callout-refused': {
    status: 1,
    meaning: 'A callout script refused the change or failed. Nothing was changed.',
    fix: 'The message has the output of the script; fix its complaint, or repeat with --force.',
  },
  differs: {
    status: 6,
    meaning: 'The comparison, assertion or wait did not find the expected state.',
    fix: 'The differences are in the output; change the host or the expectation.',
  },
} as const satisfies Record<string, Refusal>

/** Every refusal code. The code, not the errno, decides the exit status. */
export const REFUSALS: Readonly<Record<RefusalCode, Refusal>> = TABLE

/** Whether `text` is a refusal code. */
export function isRefusalCode(text: string): text is RefusalCode {
  return Object.hasOwn(TABLE, text)
}
