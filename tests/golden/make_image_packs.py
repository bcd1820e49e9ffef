"""The two sets of real small images in web/data, their licence texts, and the golden numbers that test the reader.

    python3 tests/golden/make_image_packs.py      (Debian 12: its python3-numpy, dataset-fashion-mnist, python3-sklearn)

fashion-14.nbi   2,000 pictures of Fashion-MNIST: of each class the first 200 of the training set, the classes in turn (picture
                 i is of class i % 10), 28x28 averaged over 2x2 to 14x14, rounded to 16 levels.
digits-8.nbi     the 1,797 digits of 8x8 that scikit-learn has, in its order. They have 17 levels, v = 0..16: v is stored as
                 v * 15 / 16 rounded (halves up), so that 16 becomes 15, and 8 and 9 become the same.

The format, all little endian: "NBI1", u32 count, u16 height, u16 width, u16 classes, u16 levels; a byte a picture, its label;
then the pixels of all pictures, 4 bits each, the first of a byte in its high half. A pixel p stands for p / (levels - 1).
"""
import gzip
import os
import struct

import numpy as np

from files import save_npy as save

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../web/data")
FASHION = "/usr/share/datasets/fashion-mnist/train-"
DOC = "/usr/share/doc/"
DIGITS = "/usr/lib/python3/dist-packages/sklearn/datasets/"
CLASSES, PER_CLASS, LEVELS = 10, 200, 16

FASHION_NOTE = """\
fashion-14.nbi holds 2,000 of the 60,000 training pictures of Fashion-MNIST (Han Xiao, Kashif Rasul, Roland Vollgraf:
Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms, 2017), taken from Debian's package
dataset-fashion-mnist. Changed: averaged from 28x28 to 14x14 pixels and rounded to 16 levels. The package's copyright file:

"""
DIGITS_NOTE = """\
digits-8.nbi holds the 1,797 handwritten digits that scikit-learn contains, taken from Debian's package python3-sklearn:
a copy of the test set of "Optical Recognition of Handwritten Digits" by E. Alpaydin and C. Kaynak (1998), UCI Machine
Learning Repository, https://doi.org/10.24432/C50P49, which the repository gives under the Creative Commons licence
Attribution 4.0 International (CC BY 4.0), https://creativecommons.org/licenses/by/4.0/. Changed: rounded from 17 levels
to 16. Below are scikit-learn's own licence, from the package's copyright file, and its description of the data.

"""


def write(name, content):
    with open(os.path.join(DATA, name), "wb") as f:
        f.write(content)
    print(f"{name}: {len(content)} bytes")


def text(path):
    with open(path, encoding="utf-8") as f:
        return "".join(line.rstrip() + "\n" for line in f)


def read_idx(name, header):
    with gzip.open(FASHION + name) as f:
        return np.frombuffer(f.read()[header:], np.uint8)


def fashion():
    """Sums over 2x2, 0..1020, and labels."""
    images, labels = read_idx("images-idx3-ubyte.gz", 16).reshape(-1, 14, 2, 14, 2), read_idx("labels-idx1-ubyte.gz", 8)
    chosen = np.stack([np.flatnonzero(labels == c)[:PER_CLASS] for c in range(CLASSES)], axis=1).ravel()
    return images[chosen].sum(axis=(2, 4), dtype=np.int64), labels[chosen]


def digits():
    """Values 0..16 and labels."""
    with gzip.open(DIGITS + "data/digits.csv.gz", "rt") as f:
        table = np.loadtxt(f, delimiter=",").astype(np.int64)
    return table[:, :-1].reshape(-1, 8, 8), table[:, -1].astype(np.uint8)


def pack(name, values, most, labels, golden):
    """values 0..most, rounded to LEVELS with halves up. The golden pictures are written as they are and as they were."""
    levels = (2 * values * (LEVELS - 1) + most) // (2 * most)
    count, height, width = levels.shape
    flat = levels.astype(np.uint8).ravel()  # an even number of pixels in both sets
    header = b"NBI1" + struct.pack("<IHHHH", count, height, width, CLASSES, LEVELS)
    write(name + ".nbi", header + labels.tobytes() + (flat[0::2] << 4 | flat[1::2]).tobytes())
    short = "pack_" + name.split("-")[0]
    save(short + "_class_sums", [levels[labels == c].sum() for c in range(CLASSES)], np.int64)
    save(short + "_index", golden, np.int32)
    save(short + "_labels", labels[golden], np.int32)
    save(short + "_levels", levels[golden], np.int32)
    save(short + "_source", values[golden] / most, np.float32)


def bsd_licence():
    """The paragraphs of scikit-learn's copyright file about the whole and about the three-clause licence."""
    paragraphs = text(DOC + "python3-sklearn/copyright").split("\n\n")
    wanted = [p for p in paragraphs if p.startswith("Files: *\n") or p.startswith("License: BSD-3-Clause\n Redist")]
    assert len(wanted) == 2, "another copyright file than Debian 12's"
    return "\n\n".join(p.strip("\n") for p in wanted) + "\n"


def main():
    os.makedirs(DATA, exist_ok=True)
    values, labels = fashion()
    pack("fashion-14", values, 1020, labels, [0, 1, 2, 1000, 1999])
    write("fashion-14.LICENSE.txt", (FASHION_NOTE + text(DOC + "dataset-fashion-mnist/copyright")).encode())
    values, labels = digits()
    pack("digits-8", values, 16, labels, [0, 1, 2, 900, 1796])
    write("digits-8.LICENSE.txt", (DIGITS_NOTE + bsd_licence() + "\n" + text(DIGITS + "descr/digits.rst")).encode())


if __name__ == "__main__":
    main()
