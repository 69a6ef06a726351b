"""Bodies that a schema cannot describe, so that schemathesis tries these media types with valid data too:

    lepton serve model.onnx &
    SCHEMATHESIS_HOOKS=scripts/schemathesis_hooks.py schemathesis run http://127.0.0.1:8000/openapi.json
"""

import base64
import json
import os
import struct
import urllib.request
import zlib

import schemathesis
from hypothesis import strategies as st

SERVER = os.environ.get("LEPTON_URL", "http://127.0.0.1:8000")


def ask(path, body=None):
    return json.load(urllib.request.urlopen(SERVER + path, data=body))


NAME = ask("/v2/repository/index", b"")[0]["name"]
MODEL = ask(f"/v2/models/{NAME}")
CARD = ask(f"/v2/models/{NAME}/card")
FORMATS = {"BOOL": "?", "INT8": "b", "UINT8": "B", "INT32": "i", "INT64": "q", "FP32": "f", "FP64": "d", "BF16": "H"}


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, grey):
    rows = b"".join(b"\0" + bytes([grey]) * width for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def binary(rows):
    """A request with all inputs as raw elements; its JSON ends at the first newline."""
    inputs, raw = [], b""
    for port in MODEL["inputs"]:
        shape = [rows if extent == -1 else extent for extent in port["shape"]]
        count = 1
        for extent in shape:
            count *= extent
        data = struct.pack(f"<{count}{FORMATS[port['datatype']]}", *([0] * count))
        inputs.append({"name": port["name"], "shape": shape, "datatype": port["datatype"],
                       "parameters": {"binary_data_size": len(data)}})
        raw += data
    return json.dumps({"inputs": inputs}).encode() + b"\n" + raw


JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////"
    "////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAI"
    "AQEAAD8AP//Z")

schemathesis.openapi.media_type(
    "image/png", st.builds(png, st.integers(1, 40), st.integers(1, 40), st.integers(0, 255)))
schemathesis.openapi.media_type("image/jpeg", st.just(JPEG))
schemathesis.openapi.media_type("application/octet-stream", st.builds(binary, st.integers(1, 5)))
if CARD["input"]["kind"] == "row":
    columns = [column["name"] for column in CARD["input"]["columns"]]
    numbers = st.lists(st.integers(-9, 9), min_size=len(columns), max_size=len(columns))
    schemathesis.openapi.media_type("text/csv", st.lists(numbers, min_size=1, max_size=5).map(
        lambda rows: "\n".join(",".join(map(str, row)) for row in [columns, *rows]).encode()))


@schemathesis.hook
def before_call(context, case, kwargs):
    """The header that says where binary data begin depends on the body."""
    if case.media_type == "application/octet-stream" and isinstance(case.body, bytes):
        end = case.body.find(b"\n") + 1
        if end:
            case.headers = {**(case.headers or {}), "Inference-Header-Content-Length": str(end)}
