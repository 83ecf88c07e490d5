"""Writes decode.json: small files of every kind and what Pillow reads from them. Not part of the build.

python3 -m venv venv && venv/bin/pip install pillow==11.3.0 numpy==2.4.6
venv/bin/python decode.py > decode.json
"""

import base64
import io
import json
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageOps

WIDTH, HEIGHT = 21, 14
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
rgb = np.stack([40 + 9 * x, 220 - 11 * y - 2 * x, 60 + 8 * y + 2 * x], 2).clip(0, 255).astype(np.uint8)
alpha = (10 * x + 3 * y).clip(0, 255).astype(np.uint8)
picture = Image.fromarray(rgb)
glass = Image.fromarray(np.dstack([rgb, alpha]))


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


def png16(samples, colour):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    height, width = samples.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def animated(chunks, width, height, x, y):
    def int24(n):
        return n.to_bytes(3, "little")
    def chunk(name, data):
        return name + struct.pack("<I", len(data)) + data
    frame = int24(x // 2) + int24(y // 2) + int24(WIDTH - 1) + int24(HEIGHT - 1) + int24(100) + b"\0" + chunks
    body = (b"WEBP" + chunk(b"VP8X", struct.pack("<I", 2 + 16) + int24(width - 1) + int24(height - 1))
            + chunk(b"ANIM", bytes(6)) + chunk(b"ANMF", frame) + chunk(b"ANMF", frame))
    return chunk(b"RIFF", body)


deep = rgb.astype(np.uint16) * 256 + 173
palette = picture.quantize(16)
noise = Image.fromarray(np.random.default_rng(3).integers(0, 256, (33, 38, 3), np.uint8)).resize((38, 33), Image.BICUBIC, (4, 4, 23, 20))
# A profile whose red and blue are exchanged: whoever applies it is seen.
profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
profile[red:red + 4], profile[blue:blue + 4] = profile[blue:blue + 4], profile[red:red + 4]
profile = bytes(profile)
files = {
    "jpeg 4:4:4": saved(picture, "JPEG", quality=90, subsampling=0),
    "jpeg 4:2:0": saved(picture, "JPEG", quality=90, subsampling=2),
    "jpeg progressive": saved(picture, "JPEG", quality=90, progressive=True),
    "jpeg grey": saved(picture.convert("L"), "JPEG", quality=90),
    "jpeg cmyk": saved(picture.convert("CMYK"), "JPEG", quality=95),
    "jpeg rgb": saved(picture, "JPEG", quality=90, keep_rgb=True),
    "png rgb": saved(picture, "PNG"),
    "png rgba": saved(glass, "PNG"),
    "png grey": saved(picture.convert("L"), "PNG"),
    "png grey alpha": saved(glass.convert("LA"), "PNG"),
    "png palette": saved(palette, "PNG"),
    "png palette transparent": saved(palette, "PNG", transparency=3),
    "png rgb transparent": saved(picture, "PNG", transparency=(40, 220, 60)),
    "png 1 bit": saved(picture.convert("1"), "PNG"),
    "png 16 bit": png16(deep, 2),
    "png exif 6": saved(picture, "PNG", exif=exif(6)),
    "gif": saved(palette, "GIF"),
    "gif transparent": saved(palette, "GIF", transparency=3),
    "bmp": saved(picture, "BMP"),
    "bmp palette": saved(palette, "BMP"),
    "bmp 32 bit": saved(glass, "BMP"),
    "tiff": saved(picture, "TIFF"),
    "webp lossless": saved(picture, "WEBP", lossless=True),
    "webp lossless alpha": saved(glass, "WEBP", lossless=True, exact=True),
    "webp lossy": saved(picture, "WEBP", quality=90),
    "webp lossy alpha": saved(glass, "WEBP", quality=90, exact=True),
    "webp exif 3": saved(picture, "WEBP", lossless=True, exif=exif(3)),
    "webp lossy profile": saved(picture, "WEBP", quality=80, icc_profile=profile),
    "webp lossy noise": saved(noise, "WEBP", quality=40),
    "webp lossy noise sharp": saved(noise, "WEBP", quality=100, method=6),
    "webp lossy one column": saved(noise.crop((0, 0, 1, 33)), "WEBP", quality=70),
    "webp lossy one row": saved(noise.crop((0, 0, 38, 1)), "WEBP", quality=70),
    "webp animated part": animated(saved(picture, "WEBP", lossless=True)[12:], 30, 20, 4, 2),
    "webp animated lossy alpha": animated(saved(glass, "WEBP", quality=90, exact=True)[30:], WIDTH, HEIGHT, 0, 0),
    "webp animated": saved(picture, "WEBP", lossless=True, save_all=True, append_images=[noise.crop((0, 0, WIDTH, HEIGHT))]),
}
files |= {f"jpeg exif {n}": saved(picture, "JPEG", quality=90, subsampling=0, exif=exif(n)) for n in range(1, 9)}

cases = []
for name, data in files.items():
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    cases.append({"name": name, "file": base64.b64encode(data).decode(), "width": image.width, "height": image.height,
                  "rgb": base64.b64encode(image.tobytes()).decode()})
print("[" + ",\n".join(json.dumps(case) for case in cases) + "]")
