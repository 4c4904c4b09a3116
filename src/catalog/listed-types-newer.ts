/**
 * One type a line: id, certainty of the id, name, series, GiB, most on a GPU, whether that is published, subsystem id that
 * the guest sees, framebuffer, reservation and BAR1 in MiB, largest head, pixels, several in one VM, GPU instance, most in
 * mixed-size mode. "-" is unknown, or none.
 * Ampere, Hopper and Blackwell: chip and MIG tables of the 595 open kernel modules; counts: vgpu-device-manager and AI Enterprise.
 */
export const NEWER_TYPES = `
#RTX-PRO-6000-Blackwell-SE
1546|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-2Q|Q|2|48|published|0x2160|-|-|-|-|-|-|1g.24gb+gfx|12
1547|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-2A|A|2|48|derived|0x2161|-|-|-|1280x1024|1310720|-|1g.24gb+gfx|12
1548|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-2B|B|2|48|derived|0x2162|-|-|-|-|-|-|1g.24gb+gfx|12
1549|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-3Q|Q|3|32|published|0x2163|-|-|-|-|-|-|1g.24gb+gfx|8
1550|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-3A|A|3|32|derived|0x2164|-|-|-|1280x1024|1310720|-|1g.24gb+gfx|8
1551|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-4Q|Q|4|24|published|0x2165|-|-|-|-|-|-|1g.24gb+gfx|6
1552|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-4A|A|4|24|derived|0x2166|-|-|-|1280x1024|1310720|-|1g.24gb+gfx|6
1553|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-6Q|Q|6|16|published|0x2167|-|-|-|-|-|-|1g.24gb+gfx|4
1554|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-6A|A|6|16|derived|0x2168|-|-|-|1280x1024|1310720|-|1g.24gb+gfx|4
1555|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-8Q|Q|8|12|published|0x2169|-|-|-|-|-|-|1g.24gb+gfx|3
1556|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-8A|A|8|12|derived|0x216a|-|-|-|1280x1024|1310720|-|1g.24gb+gfx|3
1557|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-8C|C|8|12|published|0x216b|-|-|-|4096x2400|9216000|-|1g.24gb+gfx|3
1558|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-12Q|Q|12|8|published|0x216c|-|-|-|-|-|-|1g.24gb+gfx|2
1559|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-12A|A|12|8|derived|0x216d|-|-|-|1280x1024|1310720|-|1g.24gb+gfx|2
1560|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-12C|C|12|8|published|0x216e|-|-|-|4096x2400|9216000|-|1g.24gb+gfx|2
1561|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-24Q|Q|24|4|published|0x216f|-|-|-|-|-|-|1g.24gb+gfx|1
1562|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-24A|A|24|4|derived|0x2170|-|-|-|1280x1024|1310720|-|1g.24gb+gfx|1
1563|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-24C|C|24|4|published|0x2171|-|-|-|4096x2400|9216000|-|1g.24gb+gfx|1
1564|documented|NVIDIA RTX Pro 6000 Blackwell DC-2-12Q|Q|12|8|published|0x2172|-|-|-|7680x4320|-|-|2g.48gb+gfx|4
1565|documented|NVIDIA RTX Pro 6000 Blackwell DC-2-12A|A|12|8|derived|0x2173|-|-|-|1280x1024|1310720|-|2g.48gb+gfx|4
1566|documented|NVIDIA RTX Pro 6000 Blackwell DC-2-12C|C|12|8|published|0x2174|-|-|-|4096x2400|9216000|-|2g.48gb+gfx|4
1567|documented|NVIDIA RTX Pro 6000 Blackwell DC-2-16Q|Q|16|6|published|0x2175|-|-|-|-|-|-|2g.48gb+gfx|3
1568|documented|NVIDIA RTX Pro 6000 Blackwell DC-2-16A|A|16|6|derived|0x2176|-|-|-|1280x1024|1310720|-|2g.48gb+gfx|3
1569|documented|NVIDIA RTX Pro 6000 Blackwell DC-2-16C|C|16|6|published|0x2177|-|-|-|4096x2400|9216000|-|2g.48gb+gfx|3
1570|documented|NVIDIA RTX Pro 6000 Blackwell DC-2-24Q|Q|24|4|published|0x2178|-|-|-|-|-|-|2g.48gb+gfx|2
1571|documented|NVIDIA RTX Pro 6000 Blackwell DC-2-24A|A|24|4|derived|0x2179|-|-|-|1280x1024|1310720|-|2g.48gb+gfx|2
1572|documented|NVIDIA RTX Pro 6000 Blackwell DC-2-24C|C|24|4|published|0x217a|-|-|-|4096x2400|9216000|-|2g.48gb+gfx|2
1573|documented|NVIDIA RTX Pro 6000 Blackwell DC-2-48Q|Q|48|2|published|0x217b|-|-|-|-|-|-|2g.48gb+gfx|1
1574|documented|NVIDIA RTX Pro 6000 Blackwell DC-2-48A|A|48|2|derived|0x217c|-|-|-|1280x1024|1310720|-|2g.48gb+gfx|1
1575|documented|NVIDIA RTX Pro 6000 Blackwell DC-2-48C|C|48|2|published|0x217d|-|-|-|4096x2400|9216000|-|2g.48gb+gfx|1
1576|documented|NVIDIA RTX Pro 6000 Blackwell DC-4-24Q|Q|24|4|published|0x217e|-|-|-|-|-|-|4g.96gb+gfx|4
1577|documented|NVIDIA RTX Pro 6000 Blackwell DC-4-24A|A|24|4|derived|0x217f|-|-|-|1280x1024|1310720|-|4g.96gb+gfx|4
1578|documented|NVIDIA RTX Pro 6000 Blackwell DC-4-24C|C|24|4|published|0x2180|-|-|-|4096x2400|9216000|-|4g.96gb+gfx|4
1579|documented|NVIDIA RTX Pro 6000 Blackwell DC-4-32Q|Q|32|3|published|0x2181|-|-|-|-|-|-|4g.96gb+gfx|3
1580|documented|NVIDIA RTX Pro 6000 Blackwell DC-4-32A|A|32|3|derived|0x2182|-|-|-|1280x1024|1310720|-|4g.96gb+gfx|3
1581|documented|NVIDIA RTX Pro 6000 Blackwell DC-4-32C|C|32|3|published|0x2183|-|-|-|4096x2400|9216000|-|4g.96gb+gfx|3
1582|documented|NVIDIA RTX Pro 6000 Blackwell DC-4-48Q|Q|48|2|published|0x2184|-|-|-|-|-|-|4g.96gb+gfx|2
1583|documented|NVIDIA RTX Pro 6000 Blackwell DC-4-48A|A|48|2|derived|0x2185|-|-|-|1280x1024|1310720|-|4g.96gb+gfx|2
1584|documented|NVIDIA RTX Pro 6000 Blackwell DC-4-48C|C|48|2|published|0x2186|-|-|-|4096x2400|9216000|-|4g.96gb+gfx|2
1585|documented|NVIDIA RTX Pro 6000 Blackwell DC-4-96Q|Q|96|1|published|0x2187|-|-|-|-|-|-|4g.96gb+gfx|1
1586|documented|NVIDIA RTX Pro 6000 Blackwell DC-4-96A|A|96|1|derived|0x2188|-|-|-|1280x1024|1310720|-|4g.96gb+gfx|1
1587|documented|NVIDIA RTX Pro 6000 Blackwell DC-4-96C|C|96|1|published|0x2189|-|-|-|4096x2400|9216000|-|4g.96gb+gfx|1
1518|documented|NVIDIA RTX Pro 6000 Blackwell DC-2B|B|2|32|published|0x218a|-|-|-|-|-|0|-|32
1519|documented|NVIDIA RTX Pro 6000 Blackwell DC-3Q|Q|3|32|published|0x218b|-|-|-|-|-|1|-|32
1520|derived|NVIDIA RTX Pro 6000 Blackwell DC-3A|A|3|32|derived|0x218c|-|-|-|1280x1024|1310720|0|-|32
1521|documented|NVIDIA RTX Pro 6000 Blackwell DC-4Q|Q|4|24|published|0x218d|-|-|-|-|-|1|-|24
1522|derived|NVIDIA RTX Pro 6000 Blackwell DC-4A|A|4|24|derived|0x218e|-|-|-|1280x1024|1310720|0|-|24
1523|derived|NVIDIA RTX Pro 6000 Blackwell DC-6Q|Q|6|16|published|0x218f|-|-|-|-|-|1|-|16
1524|derived|NVIDIA RTX Pro 6000 Blackwell DC-6A|A|6|16|derived|0x2190|-|-|-|1280x1024|1310720|0|-|16
1525|derived|NVIDIA RTX Pro 6000 Blackwell DC-8Q|Q|8|12|published|0x2191|-|-|-|-|-|1|-|12
1526|derived|NVIDIA RTX Pro 6000 Blackwell DC-8A|A|8|12|derived|0x2192|-|-|-|1280x1024|1310720|0|-|12
1527|derived|NVIDIA RTX Pro 6000 Blackwell DC-8C|C|8|12|published|0x2193|-|-|-|4096x2400|9216000|1|-|12
1528|derived|NVIDIA RTX Pro 6000 Blackwell DC-12Q|Q|12|8|published|0x2194|-|-|-|-|-|1|-|8
1529|derived|NVIDIA RTX Pro 6000 Blackwell DC-12A|A|12|8|derived|0x2195|-|-|-|1280x1024|1310720|0|-|8
1530|derived|NVIDIA RTX Pro 6000 Blackwell DC-12C|C|12|8|published|0x2196|-|-|-|4096x2400|9216000|1|-|8
1531|derived|NVIDIA RTX Pro 6000 Blackwell DC-16Q|Q|16|6|published|0x2197|-|-|-|-|-|1|-|6
1532|derived|NVIDIA RTX Pro 6000 Blackwell DC-16A|A|16|6|derived|0x2198|-|-|-|1280x1024|1310720|0|-|6
1533|derived|NVIDIA RTX Pro 6000 Blackwell DC-16C|C|16|6|published|0x2199|-|-|-|4096x2400|9216000|1|-|6
1534|derived|NVIDIA RTX Pro 6000 Blackwell DC-24Q|Q|24|4|published|0x219a|-|-|-|-|-|1|-|4
1535|derived|NVIDIA RTX Pro 6000 Blackwell DC-24A|A|24|4|derived|0x219b|-|-|-|1280x1024|1310720|0|-|4
1536|derived|NVIDIA RTX Pro 6000 Blackwell DC-24C|C|24|4|published|0x219c|-|-|-|4096x2400|9216000|1|-|4
1537|derived|NVIDIA RTX Pro 6000 Blackwell DC-32Q|Q|32|3|published|0x219d|-|-|-|-|-|1|-|3
1538|derived|NVIDIA RTX Pro 6000 Blackwell DC-32A|A|32|3|derived|0x219e|-|-|-|1280x1024|1310720|0|-|3
1539|derived|NVIDIA RTX Pro 6000 Blackwell DC-32C|C|32|3|published|0x219f|-|-|-|4096x2400|9216000|1|-|3
1540|documented|NVIDIA RTX Pro 6000 Blackwell DC-48Q|Q|48|2|published|0x21a0|-|-|-|-|-|1|-|2
1541|derived|NVIDIA RTX Pro 6000 Blackwell DC-48A|A|48|2|derived|0x21a1|-|-|-|1280x1024|1310720|0|-|2
1542|derived|NVIDIA RTX Pro 6000 Blackwell DC-48C|C|48|2|published|0x21a2|-|-|-|4096x2400|9216000|1|-|2
1543|derived|NVIDIA RTX Pro 6000 Blackwell DC-96Q|Q|96|1|published|0x21a3|-|-|-|-|-|1|-|1
1544|derived|NVIDIA RTX Pro 6000 Blackwell DC-96A|A|96|1|derived|0x21a4|-|-|-|1280x1024|1310720|0|-|1
1545|derived|NVIDIA RTX Pro 6000 Blackwell DC-96C|C|96|1|published|0x21a5|-|-|-|4096x2400|9216000|1|-|1
2158|documented|NVIDIA RTX Pro 6000 Blackwell DC-1-3B|B|3|32|derived|0x21f8|-|-|-|-|-|-|1g.24gb+gfx|8
2159|derived|NVIDIA RTX Pro 6000 Blackwell DC-3B|B|3|32|derived|0x21f9|-|-|-|-|-|0|-|32
#RTX-6000D
2199|documented|NVIDIA RTX 6000D-1-42Q|Q|42|2|published|0x2233|-|-|-|-|-|-|1g.42gb+gfx|1
2200|documented|NVIDIA RTX 6000D-1-42A|A|42|2|derived|0x2234|-|-|-|1280x1024|1310720|-|1g.42gb+gfx|1
2201|documented|NVIDIA RTX 6000D-1-42C|C|42|2|published|0x2235|-|-|-|4096x2400|9216000|-|1g.42gb+gfx|1
2203|documented|NVIDIA RTX 6000D-2-84Q|Q|84|1|published|0x2243|-|-|-|-|-|-|2g.84gb+gfx|1
2204|documented|NVIDIA RTX 6000D-2-84A|A|84|1|derived|0x2244|-|-|-|1280x1024|1310720|-|2g.84gb+gfx|1
2205|documented|NVIDIA RTX 6000D-2-84C|C|84|1|published|0x2245|-|-|-|4096x2400|9216000|-|2g.84gb+gfx|1
-|guess|NVIDIA RTX 6000D-84Q|Q|84|1|published|0x226c|-|-|-|-|-|1|-|1
-|guess|NVIDIA RTX 6000D-84A|A|84|1|derived|0x226d|-|-|-|1280x1024|1310720|0|-|1
-|guess|NVIDIA RTX 6000D-84C|C|84|1|published|0x226e|-|-|-|4096x2400|9216000|1|-|1
#RTX-PRO-4500-Blackwell-SE
-|guess|DC-32C|C|32|1|published|-|-|-|-|4096x2400|9216000|-|-|1
-|guess|DC-16C|C|16|2|published|-|-|-|-|4096x2400|9216000|-|-|2
-|guess|DC-8C|C|8|4|published|-|-|-|-|4096x2400|9216000|-|-|4
-|guess|DC-2-32C|C|32|1|published|-|-|-|-|4096x2400|9216000|-|2g.32gb+gfx|-
-|guess|DC-2-16C|C|16|2|published|-|-|-|-|4096x2400|9216000|-|2g.32gb+gfx|-
-|guess|DC-2-8C|C|8|4|published|-|-|-|-|4096x2400|9216000|-|2g.32gb+gfx|-
-|guess|DC-1-16C|C|16|2|published|-|-|-|-|4096x2400|9216000|-|1g.16gb+gfx|-
-|guess|DC-1-8C|C|8|4|derived|-|-|-|-|4096x2400|9216000|-|1g.16gb+gfx|-
-|guess|DC-16Q|Q|16|2|published|-|-|-|-|-|-|-|-|-
-|guess|DC-1-16Q|Q|16|2|published|-|-|-|-|-|-|-|1g.16gb+gfx|-
-|guess|DC-2-8Q|Q|8|4|published|-|-|-|-|-|-|-|2g.32gb+gfx|-
-|guess|DC-2-32Q|Q|32|1|published|-|-|-|-|-|-|-|2g.32gb+gfx|-
#B200
2151|documented|NVIDIA B200X-1-23CME|C|23|1|published|0x21d7|-|-|-|4096x2400|9216000|-|1g.23gb+me|-
2152|documented|NVIDIA B200X-1-23C|C|23|7|published|0x21d8|-|-|-|4096x2400|9216000|-|1g.23gb|-
2153|documented|NVIDIA B200X-1-45C|C|45|4|published|0x21d9|-|-|-|4096x2400|9216000|-|1g.45gb|-
2154|documented|NVIDIA B200X-2-45C|C|45|3|published|0x21da|-|-|-|4096x2400|9216000|-|2g.45gb|-
2155|documented|NVIDIA B200X-3-90C|C|90|2|published|0x21db|-|-|-|4096x2400|9216000|-|3g.90gb|-
2156|documented|NVIDIA B200X-4-90C|C|90|1|published|0x21dc|-|-|-|4096x2400|9216000|-|4g.90gb|-
2157|documented|NVIDIA B200X-7-180C|C|180|1|published|0x21dd|-|-|-|4096x2400|9216000|-|7g.180gb|-
-|guess|NVIDIA B200X-180C|C|180|1|published|0x21ea|-|-|-|4096x2400|9216000|1|-|1
#GB200
1445|documented|NVIDIA GB200-1-24CME|C|24|1|published|0x20cb|-|-|-|4096x2400|9216000|-|1g.24gb+me|-
1446|documented|NVIDIA GB200-1-24C|C|24|7|published|0x20cc|-|-|-|4096x2400|9216000|-|1g.24gb|-
1458|documented|NVIDIA GB200-1-47C|C|47|4|published|0x20cd|-|-|-|4096x2400|9216000|-|1g.47gb|-
1447|documented|NVIDIA GB200-2-47C|C|47|3|published|0x20ce|-|-|-|4096x2400|9216000|-|2g.47gb|-
1459|documented|NVIDIA GB200-3-95C|C|95|2|published|0x20cf|-|-|-|4096x2400|9216000|-|3g.95gb|-
1448|documented|NVIDIA GB200-4-95C|C|95|1|published|0x20d0|-|-|-|4096x2400|9216000|-|4g.95gb|-
1460|documented|NVIDIA GB200-7-189C|C|189|1|published|0x20d1|-|-|-|4096x2400|9216000|-|7g.189gb|-
1449|derived|NVIDIA GB200-189C|C|189|1|published|0x20d2|-|-|-|4096x2400|9216000|1|-|1
#B300
2259|documented|NVIDIA B300X-1-34CME|C|34|1|published|0x22cb|-|-|-|4096x2400|9216000|-|1g.34gb+me|-
2258|documented|NVIDIA B300X-1-34C|C|34|7|published|0x22cc|-|-|-|4096x2400|9216000|-|1g.34gb|-
2260|documented|NVIDIA B300X-1-67C|C|67|4|published|0x22cd|-|-|-|4096x2400|9216000|-|1g.67gb|-
2261|documented|NVIDIA B300X-2-67C|C|67|3|published|0x22ce|-|-|-|4096x2400|9216000|-|2g.67gb|-
2262|documented|NVIDIA B300X-3-135C|C|135|2|published|0x22cf|-|-|-|4096x2400|9216000|-|3g.135gb|-
2263|documented|NVIDIA B300X-4-135C|C|135|1|published|0x22d0|-|-|-|4096x2400|9216000|-|4g.135gb|-
2264|documented|NVIDIA B300X-7-269C|C|269|1|published|0x22d1|-|-|-|4096x2400|9216000|-|7g.269gb|-
2265|derived|NVIDIA B300X-269C|C|269|1|published|0x22d2|-|-|-|4096x2400|9216000|1|-|1
#GH200-96GB
1196|documented|NVIDIA GH200-1-12CME|C|12|1|published|0x18c2|-|-|-|4096x2400|9216000|-|1g.12gb+me|-
1197|documented|NVIDIA GH200-1-12C|C|12|7|published|0x18c3|-|-|-|4096x2400|9216000|-|1g.12gb|-
1198|documented|NVIDIA GH200-1-24C|C|24|4|published|0x18c4|-|-|-|4096x2400|9216000|-|1g.24gb|-
1199|documented|NVIDIA GH200-2-24C|C|24|3|published|0x18c5|-|-|-|4096x2400|9216000|-|2g.24gb|-
1200|documented|NVIDIA GH200-3-48C|C|48|2|published|0x18c6|-|-|-|4096x2400|9216000|-|3g.48gb|-
1201|documented|NVIDIA GH200-4-48C|C|48|1|published|0x18c7|-|-|-|4096x2400|9216000|-|4g.48gb|-
1202|documented|NVIDIA GH200-7-96C|C|96|1|published|0x18c8|-|-|-|4096x2400|9216000|-|7g.96gb|-
1203|derived|NVIDIA GH200-96C|C|96|1|published|0x18c9|-|-|-|4096x2400|9216000|1|-|1
#GH200-144GB
1450|documented|NVIDIA GH200L-1-18CME|C|18|1|published|0x20c2|-|-|-|4096x2400|9216000|-|1g.18gb+me|-
1451|documented|NVIDIA GH200L-1-18C|C|18|7|published|0x20c3|-|-|-|4096x2400|9216000|-|1g.18gb|-
1452|documented|NVIDIA GH200L-1-36C|C|36|4|published|0x20c4|-|-|-|4096x2400|9216000|-|1g.36gb|-
1453|documented|NVIDIA GH200L-2-36C|C|36|3|published|0x20c5|-|-|-|4096x2400|9216000|-|2g.36gb|-
1454|documented|NVIDIA GH200L-3-72C|C|72|2|published|0x20c6|-|-|-|4096x2400|9216000|-|3g.72gb|-
1455|documented|NVIDIA GH200L-4-72C|C|72|1|published|0x20c7|-|-|-|4096x2400|9216000|-|4g.72gb|-
1456|documented|NVIDIA GH200L-7-144C|C|144|1|published|0x20c8|-|-|-|4096x2400|9216000|-|7g.144gb|-
1457|derived|NVIDIA GH200L-144C|C|144|1|published|0x20c9|-|-|-|4096x2400|9216000|1|-|1
`
