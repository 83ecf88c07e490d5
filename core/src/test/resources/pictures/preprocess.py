"""Writes preprocess.json: what Pillow and transformers make of drawn pictures. Not part of the build.

python3 -m venv venv && venv/bin/pip install pillow==11.3.0 numpy==2.4.6 transformers==5.24.0
venv/bin/python preprocess.py > preprocess.json
"""

import json
import zlib

import numpy as np
from PIL import Image
from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.deit.image_processing_pil_deit import DeiTImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil


def drawn(width, height):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return Image.fromarray(((x * 7 + y * 13 + c * 29 + x * y % 31 * 5) % 256).astype(np.uint8))


resizes = []
for resample in (2, 3):
    for size, to in [((40, 30), (32, 42)), ((61, 25), (78, 32)), ((7, 5), (50, 60)), ((301, 197), (32, 32)),
                     ((64, 64), (64, 20)), ((64, 64), (20, 64)), ((1, 500), (16, 16)), ((3, 3), (1, 1))]:
        pixels = drawn(*size).resize(to, resample).tobytes()
        resizes.append({"from": size, "to": to, "resample": resample, "crc32": zlib.crc32(pixels)})

processors = {"ViT": ViTImageProcessorPil, "DeiT": DeiTImageProcessorPil, "CLIP": CLIPImageProcessorPil,
              "Bit": BitImageProcessorPil}
dinov2 = {"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}, "do_center_crop": True,
          "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "resample": 3}
configs = [("ViT", {}), ("DeiT", {}), ("CLIP", {}), ("Bit", dinov2),
           ("ViT", {"size": {"height": 20, "width": 33}, "resample": 3, "do_normalize": False}),
           ("ViT", {"size": 48, "do_rescale": False}),
           ("CLIP", {"size": 30, "crop_size": 21}),
           ("CLIP", {"size": {"shortest_edge": 20}, "crop_size": {"height": 31, "width": 24}}),
           ("DeiT", {"size": 40, "crop_size": 33, "rescale_factor": 0.0078125, "image_mean": [0.1, 0.2, 0.3]})]
cases = []
for kind, config in configs:
    for size in [(50, 70), (131, 64), (33, 33)]:
        out = processors[kind](**config)(drawn(*size), return_tensors="np")["pixel_values"][0]
        cases.append({"config": {"image_processor_type": kind + "ImageProcessor", **config}, "from": size,
                      "shape": out.shape, "every_997th": [float(f"{v:.8g}") for v in out.ravel()[::997]]})
print(json.dumps({"resizes": resizes, "cases": cases}))
