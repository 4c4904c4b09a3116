import { namesOf } from './names.ts'

/** Engine types of 535 (cl2080.h). The host skips SW and SEC2 in its search for a guest's engines. */
export const NV2080_ENGINE_TYPE = {
  NULL: 0,
  GR0: 1,
  GR1: 2,
  GR2: 3,
  GR3: 4,
  GR4: 5,
  GR5: 6,
  GR6: 7,
  GR7: 8,
  COPY0: 9,
  COPY1: 10,
  COPY2: 11,
  COPY3: 12,
  COPY4: 13,
  COPY5: 14,
  COPY6: 15,
  COPY7: 16,
  COPY8: 17,
  COPY9: 18,
  NVDEC0: 19,
  NVDEC1: 20,
  NVDEC2: 21,
  NVDEC3: 22,
  NVDEC4: 23,
  NVDEC5: 24,
  NVDEC6: 25,
  NVDEC7: 26,
  NVENC0: 27,
  NVENC1: 28,
  NVENC2: 29,
  SW: 34,
  SEC2: 38,
  NVJPEG0: 43,
  NVJPEG1: 44,
  NVJPEG2: 45,
  NVJPEG3: 46,
  NVJPEG4: 47,
  NVJPEG5: 48,
  NVJPEG6: 49,
  NVJPEG7: 50,
  OFA: 51,
  LAST: 62,
} as const

const ENGINE_NAMES = namesOf(NV2080_ENGINE_TYPE)

/** The name of an engine type, `COPY2`; `ENGINE 0x…` for an unknown number. */
export function engineTypeName(type: number): string {
  return ENGINE_NAMES().get(type) ?? `ENGINE 0x${type.toString(16)}`
}
