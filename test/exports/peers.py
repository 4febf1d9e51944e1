"""Exported models in the runtimes they are made for, loaded by the very lines of their README.md.

Reads jobs from stdin, a JSON list of {folder, input, size, output}: `input` holds float32 pictures [n, size, size, 3], `output`
is where the logits go, and the scores of the second output beside them. Writes a JSON list to stdout: of each job what the README's lines printed.
"""

import contextlib
import io
import json
import os
import re
import sys

import numpy as np

BATCH = 16


def run(job: dict) -> str:
    os.chdir(job["folder"])
    with open("README.md", encoding="utf8") as file:
        code = re.search(r"```python\n(.*?)```", file.read(), re.DOTALL).group(1)
    names: dict = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, names)  # noqa: S102: the export's own instructions are what is tested
    pictures = np.fromfile(job["input"], np.float32).reshape(-1, job["size"], job["size"], 3).transpose(0, 3, 1, 2)
    batches = [np.ascontiguousarray(pictures[i : i + BATCH]) for i in range(0, len(pictures), BATCH)]
    np.concatenate([logits(names, batch) for batch in batches]).astype(np.float32).tofile(job["output"])
    scores = [unlikeness(names, batch) for batch in batches]
    np.concatenate(scores).astype(np.float32).tofile(job["output"] + ".unlikeness")
    return printed.getvalue().strip()


def logits(names: dict, batch: np.ndarray) -> np.ndarray:
    if "session" in names:
        return names["session"].run(["logits"], {"pixels": batch})[0]
    import torch

    with torch.inference_mode():
        return names["model"](torch.from_numpy(batch)).numpy()


def unlikeness(names: dict, batch: np.ndarray) -> np.ndarray:
    """How unlike the training pictures; nothing where the export does not know it."""
    if "session" not in names or len(names["session"].get_outputs()) < 2:
        return np.zeros(0, np.float32)
    return names["session"].run(["unlikeness"], {"pixels": batch})[0]


print(json.dumps([run(job) for job in json.load(sys.stdin)]))
