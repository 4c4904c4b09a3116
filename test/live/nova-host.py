"""Nova's compute driver looks at the host: node devices through libvirt, functions through /sys."""
import json
import types

import libvirt
from nova.pci import utils
from nova.virt.libvirt import config, driver

connection = libvirt.open("nodedev:///system")
names = [device.name() for device in connection.listAllDevices()]


def parsed(name):
    device = config.LibvirtConfigNodeDevice()
    device.parse_str(connection.nodeDeviceLookupByName(name).XMLDesc(0))
    return device


nova = types.SimpleNamespace(_host=types.SimpleNamespace(
    device_lookup_by_name=connection.nodeDeviceLookupByName))
functions = [name for name in names if name.startswith("pci_0000_c1")]
capable = {}
for name in functions:
    found = driver.LibvirtDriver._get_mdev_capabilities_for_dev(nova, name)
    if found["types"]:
        capable[name] = found["types"]["nvidia-874"]
mdevs = [name for name in names if name.startswith("mdev_")]
information = [driver.LibvirtDriver._get_mediated_device_information(nova, name) for name in mdevs]
pf = parsed("pci_0000_c1_00_0").pci_capability
print(json.dumps({
    "capable": capable,
    "mdevs": [{key: str(found[key]) for key in ("type", "parent", "uuid")} for found in information],
    "isPhysical": [utils.is_physical_function("0000", "c1", "00", digit) for digit in "04"],
    "product": "%04x" % pf.product_id,
    "virtualFunctions": [len(c.device_addrs) for c in pf.fun_capability],
}))
