/** Return codes of NVML (nvmlReturn_t), without their prefixes: number and the text of nvmlErrorString. */
export const NVML_RETURN = {
  SUCCESS: [0, 'Success'],
  UNINITIALIZED: [1, 'Uninitialized'],
  INVALID_ARGUMENT: [2, 'Invalid Argument'],
  NOT_SUPPORTED: [3, 'Not Supported'],
  NO_PERMISSION: [4, 'Insufficient Permissions'],
  ALREADY_INITIALIZED: [5, 'Already Initialized'],
  NOT_FOUND: [6, 'Not Found'],
  INSUFFICIENT_SIZE: [7, 'Insufficient Size'],
  INSUFFICIENT_POWER: [8, 'Insufficient External Power'],
  DRIVER_NOT_LOADED: [9, 'Driver Not Loaded'],
  TIMEOUT: [10, 'Timeout'],
  IRQ_ISSUE: [11, 'Interrupt Request Issue'],
  LIBRARY_NOT_FOUND: [12, 'NVML Shared Library Not Found'],
  FUNCTION_NOT_FOUND: [13, 'Function Not Found'],
  CORRUPTED_INFOROM: [14, 'Corrupted infoROM'],
  GPU_IS_LOST: [15, 'GPU is lost'],
  RESET_REQUIRED: [16, 'GPU requires restart'],
  OPERATING_SYSTEM: [17, 'Operating system call failed'],
  LIB_RM_VERSION_MISMATCH: [18, 'Driver/library version mismatch'],
  IN_USE: [19, 'In use by another client'],
  MEMORY: [20, 'Insufficient memory'],
  NO_DATA: [21, 'No data'],
  VGPU_ECC_NOT_SUPPORTED: [22, 'ECC not supported on vGPU'],
  INSUFFICIENT_RESOURCES: [23, 'Insufficient resources'],
  FREQ_NOT_SUPPORTED: [24, 'Frequency not supported'],
  ARGUMENT_VERSION_MISMATCH: [25, 'Argument version mismatch'],
  DEPRECATED: [26, 'Deprecated'],
  NOT_READY: [27, 'Not Ready'],
  GPU_NOT_FOUND: [28, 'GPU not found'],
  INVALID_STATE: [29, 'Invalid State'],
  RESET_TYPE_NOT_SUPPORTED: [30, 'Reset type not supported'],
  UNKNOWN: [999, 'Unknown Error'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>

export type NvmlReturn = keyof typeof NVML_RETURN

export function isNvmlReturn(word: string): word is NvmlReturn {
  return Object.hasOwn(NVML_RETURN, word)
}

/** The name of a number; UNKNOWN for any other number. */
export function nvmlReturnName(number: number): NvmlReturn {
  const found = Object.entries(NVML_RETURN).find(([, [value]]) => value === number)
  return found !== undefined && isNvmlReturn(found[0]) ? found[0] : 'UNKNOWN'
}
