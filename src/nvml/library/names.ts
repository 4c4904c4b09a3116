export const SONAME = 'libnvidia-ml.so.1'
export const ARCHITECTURES = ['x64', 'arm64'] as const
export type LibraryArchitecture = (typeof ARCHITECTURES)[number]

/** Longest path of a socket: sun_path without its NUL. */
export const MOST_PATH = 107
/** The environment variable that names another socket. */
export const SOCKET_VARIABLE = 'NVGPU_NVML_SOCKET'
