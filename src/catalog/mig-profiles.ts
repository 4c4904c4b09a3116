import type { MigProfile } from '../contract/views/mig.ts'

/**
 * Boards, then a profile a line, in nvidia-smi's order: name, id, most instances, MiB, multiprocessors, copy engines, decoders, encoders,
 * JPEG, OFA, starts:size. Names, ids, places and engines: MIG user guide; A30 and A100: captures of 510 to 525; H100: captures of 550
 * to 580, of which the NVL is a vGPU host; H200: a capture of 580, the NVL after the SXM5; GH200 and RTX PRO 6000: captures of 580;
 * B200: MIG user guide, whose engines stand for GB200 and B300 too. Ids and places of H20-141GB, H200, GH200-144GB, B200, GB200 and B300 are derived from the partition flags in
 * the open kernel modules. "-" was not found. RTX 6000D and RTX PRO 4500 have no rows: their places were not found.
 */
const PROFILES = `
#A30
1g.6gb 14 4 5952 14 1 1 0 0 0 0,1,2,3:1
1g.6gb+me 21 1 5952 14 1 1 0 1 1 0,1,2,3:1
2g.12gb 5 2 11968 28 2 2 0 0 0 0,2:2
2g.12gb+me 6 1 11968 28 2 2 0 1 1 0,2:2
4g.24gb 0 1 24000 56 4 4 0 1 1 0:4
#A100-PCIE-40GB A100-SXM4-40GB A800-40GB-Active
1g.5gb 19 7 4864 14 1 0 0 0 0 0,1,2,3,4,5,6:1
1g.5gb+me 20 1 4864 14 1 1 0 1 1 0,1,2,3,4,5,6:1
1g.10gb 15 4 9984 14 1 1 0 0 0 0,2,4,6:2
2g.10gb 14 3 9984 28 2 1 0 0 0 0,2,4:2
3g.20gb 9 2 20096 42 3 2 0 0 0 0,4:4
4g.20gb 5 1 20096 56 4 2 0 0 0 0:4
7g.40gb 0 1 40448 98 7 5 0 1 1 0:8
#A100-PCIE-80GB A100-SXM4-80GB A800-PCIe-80GB A800-SXM4-80GB
1g.10gb 19 7 9728 14 1 0 0 0 0 0,1,2,3,4,5,6:1
1g.10gb+me 20 1 9728 14 1 1 0 1 1 0,1,2,3,4,5,6:1
1g.20gb 15 4 19968 14 1 1 0 0 0 0,2,4,6:2
2g.20gb 14 3 19968 28 2 1 0 0 0 0,2,4:2
3g.40gb 9 2 40192 42 3 2 0 0 0 0,4:4
4g.40gb 5 1 40192 56 4 2 0 0 0 0:4
7g.80gb 0 1 80640 98 7 5 0 1 1 0:8
#H100-PCIe-80GB H800-PCIe-80GB
1g.10gb 19 7 9984 14 1 1 0 1 0 0,1,2,3,4,5,6:1
1g.10gb+me 20 1 9984 14 1 1 0 1 1 0,1,2,3,4,5,6:1
1g.20gb 15 4 20096 - 1 1 0 1 0 0,2,4,6:2
2g.20gb 14 3 20096 - 2 2 0 2 0 0,2,4:2
3g.40gb 9 2 40448 - 3 3 0 3 0 0,4:4
4g.40gb 5 1 40448 - 4 4 0 4 0 0:4
7g.80gb 0 1 81152 - 8 7 0 7 1 0:8
#H100-SXM5-80GB H800-SXM5-80GB
1g.10gb 19 7 9984 16 1 1 0 1 0 0,1,2,3,4,5,6:1
1g.10gb+me 20 1 9984 16 1 1 0 1 1 0,1,2,3,4,5,6:1
1g.20gb 15 4 20096 26 1 1 0 1 0 0,2,4,6:2
2g.20gb 14 3 20096 32 2 2 0 2 0 0,2,4:2
3g.40gb 9 2 40448 60 3 3 0 3 0 0,4:4
4g.40gb 5 1 40448 64 4 4 0 4 0 0:4
7g.80gb 0 1 81152 132 8 7 0 7 1 0:8
#H100-NVL-94GB H100-SXM5-94GB H800-NVL-94GB
1g.12gb 19 7 10880 16 1 1 0 1 0 0,1,2,3,4,5,6:1
1g.12gb+me 20 1 10880 16 1 1 0 1 1 0,1,2,3,4,5,6:1
1g.24gb 15 4 22016 26 1 1 0 1 0 0,2,4,6:2
2g.24gb 14 3 22016 32 2 2 0 2 0 0,2,4:2
3g.47gb 9 2 47232 60 3 3 0 3 0 0,4:4
4g.47gb 5 1 47232 64 4 4 0 4 0 0:4
7g.94gb 0 1 94848 132 8 7 0 7 1 0:8
#H100-SXM5-64GB
1g.8gb 19 7 - - 1 1 0 1 0 0,1,2,3,4,5,6:1
1g.8gb+me 20 1 - - 1 1 0 1 1 0,1,2,3,4,5,6:1
1g.16gb 15 4 - - 1 1 0 1 0 0,2,4,6:2
2g.16gb 14 3 - - 2 2 0 2 0 0,2,4:2
3g.32gb 9 2 - - 3 3 0 3 0 0,4:4
4g.32gb 5 1 - - 4 4 0 4 0 0:4
7g.64gb 0 1 - - 8 7 0 7 1 0:8
#H20-96GB
1g.12gb 19 7 12032 8 1 1 0 1 0 0,1,2,3,4,5,6:1
1g.12gb+me 20 1 12032 8 1 1 0 1 1 0,1,2,3,4,5,6:1
1g.24gb 15 4 - - 1 1 0 1 0 0,2,4,6:2
2g.24gb 14 3 - - 2 2 0 2 0 0,2,4:2
3g.48gb 9 2 - - 3 3 0 3 0 0,4:4
4g.48gb 5 1 - - 4 4 0 4 0 0:4
7g.96gb 0 1 - - 8 7 0 7 1 0:8
#H20-141GB
1g.18gb 19 7 - 8 1 1 0 1 0 0,1,2,3,4,5,6:1
1g.18gb+me 20 1 - 8 1 1 0 1 1 0,1,2,3,4,5,6:1
1g.35gb 15 4 - - 1 1 0 1 0 0,2,4,6:2
2g.35gb 14 3 - - 2 2 0 2 0 0,2,4:2
3g.71gb 9 2 - - 3 3 0 3 0 0,4:4
4g.71gb 5 1 - - 4 4 0 4 0 0:4
7g.141gb 0 1 - - 8 7 0 7 1 0:8
#H200-SXM5-141GB H200-NVL-141GB
1g.18gb 19 7 16384 16 1 1 0 1 0 0,1,2,3,4,5,6:1
1g.18gb+me 20 1 16384 16 1 1 0 1 1 0,1,2,3,4,5,6:1
1g.35gb 15 4 33280 26 1 1 0 1 0 0,2,4,6:2
2g.35gb 14 3 33280 32 2 2 0 2 0 0,2,4:2
3g.71gb 9 2 71424 60 3 3 0 3 0 0,4:4
4g.71gb 5 1 71424 64 4 4 0 4 0 0:4
7g.141gb 0 1 143360 132 8 7 0 7 1 0:8
#GH200-96GB
1g.12gb 19 7 11264 16 1 1 0 1 0 0,1,2,3,4,5,6:1
1g.12gb+me 20 1 11264 16 1 1 0 1 1 0,1,2,3,4,5,6:1
1g.24gb 15 4 23552 26 1 1 0 1 0 0,2,4,6:2
2g.24gb 14 3 23552 32 2 2 0 2 0 0,2,4:2
3g.48gb 9 2 47616 60 3 3 0 3 0 0,4:4
4g.48gb 5 1 47616 64 4 4 0 4 0 0:4
7g.96gb 0 1 95232 132 8 7 0 7 1 0:8
#GH200-144GB
1g.18gb 19 7 - 16 1 1 0 1 0 0,1,2,3,4,5,6:1
1g.18gb+me 20 1 - 16 1 1 0 1 1 0,1,2,3,4,5,6:1
1g.36gb 15 4 - 26 1 1 0 1 0 0,2,4,6:2
2g.36gb 14 3 - 32 2 2 0 2 0 0,2,4:2
3g.72gb 9 2 - 60 3 3 0 3 0 0,4:4
4g.72gb 5 1 - 64 4 4 0 4 0 0:4
7g.144gb 0 1 - 132 8 7 0 7 1 0:8
#B200
1g.23gb 19 7 - - 2 1 0 1 0 0,1,2,3,4,5,6:1
1g.23gb+me 20 1 - - 2 1 0 1 1 0,1,2,3,4,5,6:1
1g.45gb 15 4 - - 2 1 0 1 0 0,2,4,6:2
2g.45gb 14 3 - - 3 1 0 1 0 0,2,4:2
3g.90gb 9 2 - - 6 1 0 1 0 0,4:4
4g.90gb 5 1 - - 8 1 0 1 0 0:4
7g.180gb 0 1 - - 16 1 0 1 1 0:8
#GB200
1g.24gb 19 7 - - 2 1 0 1 0 0,1,2,3,4,5,6:1
1g.24gb+me 20 1 - - 2 1 0 1 1 0,1,2,3,4,5,6:1
1g.47gb 15 4 - - 2 1 0 1 0 0,2,4,6:2
2g.47gb 14 3 - - 3 1 0 1 0 0,2,4:2
3g.95gb 9 2 - - 6 1 0 1 0 0,4:4
4g.95gb 5 1 - - 8 1 0 1 0 0:4
7g.189gb 0 1 - - 16 1 0 1 1 0:8
#B300
1g.34gb 19 7 - - 2 1 0 1 0 0,1,2,3,4,5,6:1
1g.34gb+me 20 1 - - 2 1 0 1 1 0,1,2,3,4,5,6:1
1g.67gb 15 4 - - 2 1 0 1 0 0,2,4,6:2
2g.67gb 14 3 - - 3 1 0 1 0 0,2,4:2
3g.135gb 9 2 - - 6 1 0 1 0 0,4:4
4g.135gb 5 1 - - 8 1 0 1 0 0:4
7g.269gb 0 1 - - 16 1 0 1 1 0:8
#RTX-PRO-6000-Blackwell-SE
1g.24gb 14 4 24192 46 1 1 1 1 0 0,3,6,9:3
1g.24gb+me 21 1 24192 46 1 1 1 1 1 0,3,6,9:3
1g.24gb+gfx 47 4 24192 46 1 1 1 1 0 0,3,6,9:3
1g.24gb+me.all 65 1 24192 46 1 4 4 4 1 0,3,6,9:3
1g.24gb-me 67 4 24192 46 1 0 0 0 0 0,3,6,9:3
2g.48gb 5 2 48512 94 2 2 2 2 0 0,6:6
2g.48gb+gfx 35 2 48512 94 2 2 2 2 0 0,6:6
2g.48gb+me.all 64 1 48512 94 2 4 4 4 1 0,6:6
2g.48gb-me 66 2 48512 94 2 0 0 0 0 0,6:6
4g.96gb 0 1 97280 188 4 4 4 4 1 0:12
4g.96gb+gfx 32 1 97280 188 4 4 4 4 1 0:12
`

/** The profiles of GPU instances of a board; none for a board without MIG. */
export function migProfilesOf(board: string): MigProfile[] {
  const block = PROFILES.split('#').find((text) => text.split('\n')[0]?.split(' ').includes(board))
  return (block ?? '').trim().split('\n').slice(1).map(profile)
}

function profile(line: string): MigProfile {
  const [name = '', id, most, memory, sms, ...more] = line.split(' ')
  const [copy, decoders, encoders, jpeg, ofa, places = ''] = more
  const [starts = '', size] = places.split(':')
  const known = (text: string | undefined) => (text === '-' ? null : Number(text))
  return {
    name,
    id: Number(id),
    maxInstances: Number(most),
    memoryMiB: known(memory),
    multiprocessors: known(sms),
    copyEngines: Number(copy),
    decoders: Number(decoders),
    encoders: Number(encoders),
    jpeg: Number(jpeg),
    ofa: Number(ofa),
    starts: starts.split(',').map(Number),
    size: Number(size),
  }
}
