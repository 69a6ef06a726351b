"""Writes fastestdet.json: what FastestDet finds in two photos by ONNX Runtime, OpenCV and NumPy.

Usage: python make_fastestdet.py FOLDER        (needs onnxruntime, opencv-python-headless, numpy)

FOLDER holds FastestDet.onnx, coco.names, 1.jpg and 3.jpg of https://github.com/dog-qiuqiu/FastestDet. Photos are read and
resized by OpenCV (INTER_LINEAR, which does not antialias); boxes are in pixels of the photo, cut at its sides, best first.
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

SIDE = 352
OVERLAP = 0.45
THRESHOLDS = [0.65, 0.3]


def candidates(numbers, threshold):
    """Rows of x1, y1, x2, y2 as shares of the photo, score, class; in the order of the cells."""
    _, rows, columns = numbers.shape
    objectness, offset, size, classes = np.split(numbers, [1, 3, 5])
    score = (objectness**0.6 * classes.max(0) ** 0.4)[0]
    y, x = np.mgrid[:rows, :columns]
    centre = (np.stack([x, y]) + np.tanh(offset)) / np.array([columns, rows]).reshape(2, 1, 1)
    size = 1 / (1 + np.exp(-size))
    table = np.concatenate([centre - size / 2, centre + size / 2, score[None], classes.argmax(0)[None]])
    return table.reshape(6, -1).T[score.reshape(-1) > threshold]


def overlap(a, b):
    width, height = np.minimum(a[2:4], b[2:4]) - np.maximum(a[:2], b[:2])
    common = max(width, 0) * max(height, 0)
    return common / (np.prod(a[2:4] - a[:2]) + np.prod(b[2:4] - b[:2]) - common)


def suppressed(table):
    kept = []
    for row in sorted(table, key=lambda row: -row[4]):
        if all(row[5] != other[5] or overlap(row, other) <= OVERLAP for other in kept):
            kept.append(row)
    return kept


def main():
    folder = Path(sys.argv[1])
    names = (folder / "coco.names").read_text().split("\n")
    session = onnxruntime.InferenceSession(folder / "FastestDet.onnx")
    answers = []
    for photo in ["1.jpg", "3.jpg"]:
        image = cv2.imread(str(folder / photo))
        height, width, _ = image.shape
        small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
        pixels = small.transpose(2, 0, 1)[None].astype(np.float32) / 255
        numbers = session.run(None, {session.get_inputs()[0].name: pixels})[0][0]
        for threshold in THRESHOLDS:
            boxes = []
            for row in suppressed(candidates(numbers, threshold)):
                sides = np.clip(row[:4] * np.array([width, height] * 2), 0, [width, height] * 2)
                boxes.append(
                    {"label": names[int(row[5])], "score": round(float(row[4]), 5)}
                    | {key: round(float(side), 3) for key, side in zip(["x1", "y1", "x2", "y2"], sides)}
                )
            answers.append({"photo": photo, "threshold": threshold, "boxes": boxes})
    target = Path(__file__).with_name("fastestdet.json")
    target.write_text(json.dumps(answers, indent=1) + "\n")


if __name__ == "__main__":
    main()
