"""Asks for everything as pynvml does: a list is asked for its size first, and a structure carries its version. Prints JSON.

The library is found by name, as pynvml finds it, or is the one in the first argument.
"""
import ctypes
import json
import sys

INSUFFICIENT_SIZE, NOT_SUPPORTED = 7, 3
library = ctypes.CDLL(sys.argv[1] if len(sys.argv) > 1 else "libnvidia-ml.so.1")
library.nvmlErrorString.restype = ctypes.c_char_p
uint, ulonglong, handle = ctypes.c_uint, ctypes.c_ulonglong, ctypes.c_void_p


class NVMLError(Exception):
    pass


def check(code):
    if code != 0:
        raise NVMLError(library.nvmlErrorString(code).decode())


def call(name, *args):
    check(getattr(library, name)(*args))


def supported(ask):
    """The value, or None for what the GPU has not."""
    try:
        return ask()
    except NVMLError as error:
        if str(error) == "Not Supported":
            return None
        raise


def number(name, *args, kind=uint):
    value = kind()
    call(name, *args, ctypes.byref(value))
    return value.value


def text(name, *args, size=96):
    buffer = ctypes.create_string_buffer(size)
    call(name, *args, buffer, uint(size))
    return buffer.value.decode()


def sized(name, *args):
    """A text whose size the function tells first."""
    size = uint(0)
    code = getattr(library, name)(*args, None, ctypes.byref(size))
    if code != INSUFFICIENT_SIZE:
        check(code)
    buffer = ctypes.create_string_buffer(size.value)
    call(name, *args, buffer, ctypes.byref(size))
    return buffer.value.decode()


def listed(name, kind, *args):
    """SUCCESS to the question for the size means that the list is empty."""
    count = uint(0)
    code = getattr(library, name)(*args, ctypes.byref(count), None)
    if code == 0:
        return []
    if code != INSUFFICIENT_SIZE:
        check(code)
    count.value = count.value * 2 + 5  # it may grow meanwhile
    items = (kind * count.value)()
    call(name, *args, ctypes.byref(count), items)
    return list(items[: count.value])


class Struct(ctypes.Structure):
    def plain(self):
        return {name: getattr(self, name) for name, *_ in self._fields_ if name != "version"}


class Memory(Struct):
    _fields_ = [("version", uint), ("total", ulonglong), ("reserved", ulonglong), ("free", ulonglong), ("used", ulonglong)]


class Utilization(Struct):
    _fields_ = [("gpu", uint), ("memory", uint)]


class Pci(Struct):
    _fields_ = [("busIdLegacy", ctypes.c_char * 16), ("domain", uint), ("bus", uint), ("device", uint),
                ("pciDeviceId", uint), ("pciSubSystemId", uint), ("busId", ctypes.c_char * 32)]


class Process(Struct):
    _fields_ = [("pid", uint), ("usedGpuMemory", ulonglong), ("gpuInstanceId", uint), ("computeInstanceId", uint)]


class Sample(Struct):
    _fields_ = [("vgpuInstance", uint), ("timeStamp", ulonglong), ("sm", uint), ("sm_", uint), ("mem", uint), ("mem_", uint),
                ("enc", uint), ("enc_", uint), ("dec", uint), ("dec_", uint)]


def structure(kind, name, *args, version=0):
    value = kind()
    if version:
        value.version = ctypes.sizeof(kind) | version << 24
    call(name, *args, ctypes.byref(value))
    return value


def utilization(device):
    """pynvml asks for the number first, with a null array."""
    count, kind = uint(0), uint()
    name = "nvmlDeviceGetVgpuUtilization"
    code = getattr(library, name)(device, ulonglong(0), ctypes.byref(kind), ctypes.byref(count), None)
    if code == 0:
        return []
    if code != INSUFFICIENT_SIZE:
        check(code)
    samples = (Sample * count.value)()
    call(name, device, ulonglong(0), ctypes.byref(kind), ctypes.byref(count), samples)
    return [{"vgpu": sample.vgpuInstance, "sm": sample.sm, "mem": sample.mem} for sample in samples]


def vgpu_type(device, number_):
    width, height, ids = uint(), uint(), (ulonglong(), ulonglong())
    call("nvmlVgpuTypeGetResolution", number_, 0, ctypes.byref(width), ctypes.byref(height))
    call("nvmlVgpuTypeGetDeviceID", number_, ctypes.byref(ids[0]), ctypes.byref(ids[1]))
    return {
        "id": number_,
        "name": sized("nvmlVgpuTypeGetName", number_),
        "class": sized("nvmlVgpuTypeGetClass", number_),
        "license": text("nvmlVgpuTypeGetLicense", number_, size=128),
        "framebuffer": number("nvmlVgpuTypeGetFramebufferSize", number_, kind=ulonglong),
        "heads": number("nvmlVgpuTypeGetNumDisplayHeads", number_),
        "resolution": f"{width.value}x{height.value}",
        "device": ids[0].value,
        "frameRateLimit": supported(lambda: number("nvmlVgpuTypeGetFrameRateLimit", number_)),
        "maxInstances": number("nvmlVgpuTypeGetMaxInstances", device, number_),
        "maxPerVm": number("nvmlVgpuTypeGetMaxInstancesPerVm", number_),
    }


def vgpu(number_):
    vm, kind = ctypes.create_string_buffer(80), uint()
    call("nvmlVgpuInstanceGetVmID", number_, vm, uint(80), ctypes.byref(kind))
    return {
        "id": number_,
        "uuid": text("nvmlVgpuInstanceGetUUID", number_, size=80),
        "vm": vm.value.decode(),
        "type": number("nvmlVgpuInstanceGetType", number_),
        "used": number("nvmlVgpuInstanceGetFbUsage", number_, kind=ulonglong),
        "driver": text("nvmlVgpuInstanceGetVmDriverVersion", number_, size=80),
        "licensed": number("nvmlVgpuInstanceGetLicenseStatus", number_),
        "address": sized("nvmlVgpuInstanceGetGpuPciId", number_),
        "encoder": number("nvmlVgpuInstanceGetEncoderCapacity", number_),
    }


def gpu(index):
    device = handle()
    call("nvmlDeviceGetHandleByIndex_v2", uint(index), ctypes.byref(device))
    uuid, found = text("nvmlDeviceGetUUID", device), handle()
    call("nvmlDeviceGetHandleByUUID", uuid.encode(), ctypes.byref(found))
    assert found.value == device.value
    pci = structure(Pci, "nvmlDeviceGetPciInfo_v3", device)
    call("nvmlDeviceGetHandleByPciBusId_v2", pci.busId, ctypes.byref(found))
    assert found.value == device.value
    types = sorted(listed("nvmlDeviceGetSupportedVgpus", uint, device))
    return {
        "index": number("nvmlDeviceGetIndex", device),
        "name": text("nvmlDeviceGetName", device),
        "uuid": uuid,
        "busId": pci.busId.decode(),
        "deviceId": pci.pciDeviceId,
        "memory": structure(Memory, "nvmlDeviceGetMemoryInfo_v2", device, version=2).plain(),
        "utilization": structure(Utilization, "nvmlDeviceGetUtilizationRates", device).plain(),
        "temperature": number("nvmlDeviceGetTemperature", device, 0),
        "power": number("nvmlDeviceGetPowerUsage", device),
        "pstate": number("nvmlDeviceGetPerformanceState", device),
        "clock": number("nvmlDeviceGetClockInfo", device, 1),
        "fan": supported(lambda: number("nvmlDeviceGetFanSpeed", device)),
        "vbios": text("nvmlDeviceGetVbiosVersion", device, size=32),
        "serial": supported(lambda: text("nvmlDeviceGetSerial", device, size=30)),
        "virtualization": number("nvmlDeviceGetVirtualizationMode", device),
        "processes": [process.pid for process in listed("nvmlDeviceGetComputeRunningProcesses_v3", Process, device)],
        "supported": [vgpu_type(device, each) for each in types],
        "creatable": sorted(listed("nvmlDeviceGetCreatableVgpus", uint, device)),
        "active": [vgpu(each) for each in listed("nvmlDeviceGetActiveVgpus", uint, device)],
        "samples": utilization(device),
    }


call("nvmlInit_v2")
facts = {
    "driver": text("nvmlSystemGetDriverVersion", size=80),
    "nvml": text("nvmlSystemGetNVMLVersion", size=80),
    "gpus": [gpu(index) for index in range(number("nvmlDeviceGetCount_v2"))],
}
call("nvmlShutdown")
json.dump(facts, sys.stdout)
