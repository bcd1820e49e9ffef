"""Whether exported programs make the betas that the weights were trained with: python3 check_schedules.py NAME ... for NAME.py and
NAME.safetensors each. Prints how many there were."""

import importlib.util
import sys
import zlib

for name in sys.argv[1:]:
    spec = importlib.util.spec_from_file_location("net", name + ".py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    _, metadata = module.load_safetensors(name + ".safetensors")
    assert int(metadata["T"]) == module.T, name
    crc = f"{zlib.crc32(module.schedule().numpy()):08x}"
    assert crc == metadata["beta_crc"], f"{name}: {crc}, not {metadata['beta_crc']}"
print(len(sys.argv) - 1, "schedules")
