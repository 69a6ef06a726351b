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
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
np.savez("gguf.npz", **expected)
