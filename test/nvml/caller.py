"""Calls functions of libnvidia-ml.so.1 as a JSON script on standard input says, with C types measured from the header.

A call is [name, argument...]. An argument is a number, null, "$name" for a kept handle, "&name" for a kept array, or an object:
{"out": TYPE}, {"keep": name}, {"text": bytes}, {"string": text}, {"array": TYPE, "n": count},
{"struct": TYPE, "set": {...}}, {"list": STRUCT, "n": count}, {"word": "0x…"}. The answer is a JSON list of [code, values...].
"""
import ctypes
import json
import sys

golden = json.load(open(sys.argv[1], encoding="utf-8"))
library = ctypes.CDLL(sys.argv[2] if len(sys.argv) > 2 else "libnvidia-ml.so.1")
SCALARS = {
    "unsigned int": ctypes.c_uint32, "int": ctypes.c_int32, "unsigned long long": ctypes.c_uint64,
    "unsigned long": ctypes.c_uint64, "long long": ctypes.c_int64, "double": ctypes.c_double,
    "unsigned char": ctypes.c_uint8, "unsigned short": ctypes.c_uint16, "char": ctypes.c_char, "handle": ctypes.c_uint64,
}
made = {}


def scalar(name, size):
    if name in SCALARS:
        return SCALARS[name]
    return {1: ctypes.c_uint8, 2: ctypes.c_uint16, 4: ctypes.c_uint32, 8: ctypes.c_uint64}[size]


def member(kind, size):
    if kind == "bytes":
        return ctypes.c_uint32 * (size // 4)
    base, _, dims = kind.partition("[")
    base = base.strip()
    if base.endswith("*"):
        return ctypes.c_uint64
    known = struct(base)
    if not dims:
        if known is not None and ctypes.sizeof(known) == size:
            return known
        return scalar(base, size) if size in (1, 2, 4, 8) else ctypes.c_uint8 * size
    counts = [int(n) for n in dims.rstrip("]").split("][")]
    total = 1
    for n in counts:
        total *= n
    one = known if known is not None else scalar(base, size // total)
    for n in reversed(counts):
        one = one * n
    return one


def struct(name):
    name = name.replace("const ", "").rstrip("*").strip()
    if name in made:
        return made[name]
    if name not in golden["structs"]:
        return None
    layout = golden["structs"][name]
    base = ctypes.Union if layout["kind"] == "union" else ctypes.Structure
    fields = [(field, member(kind, size)) for field, _, size, kind in layout["fields"]]
    cls = type(name, (base,), {"_fields_": fields})
    assert ctypes.sizeof(cls) == layout["size"], (name, ctypes.sizeof(cls), layout["size"])
    for field, offset, size, _ in layout["fields"]:
        assert getattr(cls, field).offset == offset, (name, field)
    made[name] = cls
    return cls


def plain(value):
    if isinstance(value, (ctypes.Structure, ctypes.Union)):
        return {field: plain(getattr(value, field)) for field, *_ in value._fields_}
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, ctypes.Array):
        return [plain(item) for item in value]
    return value


def fill(target, values):
    for key, value in values.items():
        if isinstance(value, dict) and "pointer" in value:
            setattr(target, key, ctypes.addressof(arrays[value["pointer"]]))
        elif isinstance(value, dict):
            fill(getattr(target, key), value)
        elif isinstance(value, str):
            setattr(target, key, value.encode("latin-1"))
        elif isinstance(value, list):
            setattr(target, key, tuple(value))
        else:
            setattr(target, key, value)


kept = {}
arrays = {}


def prepare(argument):
    """The value to pass, and a function for the value to show."""
    if argument is None:
        return ctypes.c_void_p(0), None
    if isinstance(argument, (int, float)):
        return ctypes.c_uint64(int(argument)), None
    if isinstance(argument, str) and argument.startswith("&"):
        return arrays[argument[1:]], None
    if isinstance(argument, str):
        return ctypes.c_uint64(kept[argument[1:]]), None
    if "word" in argument:
        return ctypes.c_uint64(int(argument["word"], 0)), None
    if "keep" in argument:
        cell = ctypes.c_uint64(0)

        def keep():
            kept[argument["keep"]] = cell.value
            return cell.value

        return ctypes.byref(cell), keep
    if "out" in argument:
        cell = SCALARS[argument["out"]](argument.get("set", 0))
        return ctypes.byref(cell), lambda: cell.value
    if "text" in argument:
        buffer = ctypes.create_string_buffer(b"?" * (argument["text"] - 1), argument["text"])
        return buffer, lambda: buffer.value.decode("latin-1")
    if "string" in argument:
        buffer = ctypes.create_string_buffer(argument["string"].encode("latin-1"))
        return buffer, None
    if "array" in argument:
        values = (SCALARS[argument["array"]] * argument["n"])()
        return values, lambda: list(values)
    if "list" in argument:
        values = (struct(argument["list"]) * argument["n"])()
        if "pointer" in argument:
            arrays[argument["pointer"]] = values
        return values, lambda: [plain(item) for item in values]
    if "struct" in argument:
        value = struct(argument["struct"])()
        fill(value, argument.get("set", {}))
        return ctypes.byref(value), lambda: plain(value)
    raise ValueError(argument)


def call(words):
    name, *arguments = words
    if name == "array":
        kind, count, label = arguments
        arrays[label] = (SCALARS[kind] * count)() if kind in SCALARS else (struct(kind) * count)()
        return [0]
    if name == "read":
        return [plain(item) for item in arrays[arguments[0]]]
    function = library[name]
    function.restype = ctypes.c_int32
    prepared = [prepare(argument) for argument in arguments]
    code = function(*[value for value, _ in prepared])
    return [code] + [show() for _, show in prepared if show is not None]


json.dump([call(words) for words in json.load(sys.stdin)], sys.stdout)
