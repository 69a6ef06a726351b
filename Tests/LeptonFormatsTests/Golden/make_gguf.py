"""A small GGUF file with every type that is read, and its elements. Needs numpy and gguf."""
import gguf
import numpy as np

random = np.random.default_rng(3)
arrays = {
    "plain": random.standard_normal((3, 4)).astype(np.float32),
    "half": random.standard_normal(5).astype(np.float16),
    "double": random.standard_normal(2),
    "int": np.array([-5, 2**31 - 1], np.int32),
}
writer = gguf.GGUFWriter("types.gguf", "llama")
writer.add_name("small")
writer.add_block_count(2)
writer.add_array("list", [1, 2, 3])
expected = {}
for name, array in arrays.items():
    writer.add_tensor(name, array)
    expected[name] = array.astype(np.float32) if array.dtype == np.float16 else array
wide = random.standard_normal((2, 64)).astype(np.float32)
for name, kind in [("q8_0", gguf.GGMLQuantizationType.Q8_0), ("q4_0", gguf.GGMLQuantizationType.Q4_0), ("bf16", gguf.GGMLQuantizationType.BF16)]:
    packed = gguf.quants.quantize(wide, kind)
    writer.add_tensor(name, packed, raw_dtype=kind)
    expected[name] = gguf.quants.dequantize(packed, kind).astype(np.float32)
# Blocks of which no quantiser is in the package: random bytes, with scales that are numbers.
SCALES = {"Q4_1": (0, 2), "Q5_0": (0,), "Q5_1": (0, 2), "IQ4_NL": (0,), "Q2_K": (80, 82), "Q3_K": (108,), "Q4_K": (0, 2),
          "Q5_K": (0, 2), "Q6_K": (208,)}
for name, places in SCALES.items():
    kind = gguf.GGMLQuantizationType[name]
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (2, 2, size), dtype=np.uint8)
    for place in places:
        scales = random.uniform(-0.1, 0.1, (2, 2)).astype(np.float16)
        blocks[..., place:place + 2] = scales[..., None].view(np.uint8)
    packed = blocks.reshape(2, 2 * size)
    writer.add_tensor(name.lower(), packed, raw_dtype=kind)
    expected[name.lower()] = gguf.quants.dequantize(packed, kind).astype(np.float32)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
np.savez("gguf.npz", **expected)
