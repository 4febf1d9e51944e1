"""A linear head in PyTorch on features in files: sigmoid and binary cross-entropy, by AdamW and by L-BFGS.

    python multi_label_head.py FOLDER '{"dimensions": 1280, "classes": 9, "views": 4, "epochs": 40, "batch": 32, "seed": 0}'

The weight of L-BFGS's penalty is the one of three that a fifth of the training pictures favours. Prints the mean average
precisions on the test pictures as JSON.
"""

import json
import math
import sys

import numpy
import torch
from torch import nn

folder, sizes = sys.argv[1], json.loads(sys.argv[2])
dimensions, classes, views = sizes["dimensions"], sizes["classes"], sizes["views"]
torch.manual_seed(sizes["seed"])


def read(name, *shape):
    return torch.from_numpy(numpy.fromfile(f"{folder}/{name}", dtype=numpy.float32).reshape(shape))


# View by view for each picture.
train = read("train.features", -1, views, dimensions)
targets = read("train.targets", -1, classes)
test = read("test.features", -1, dimensions)
truth = read("test.targets", -1, classes)


def average_precision(scores, wanted):
    order = numpy.argsort(-scores, kind="stable")
    hits = wanted[order] > 0
    return (numpy.cumsum(hits)[hits] / (numpy.flatnonzero(hits) + 1)).mean()


def mean_average_precision(head, features, labels):
    with torch.inference_mode():
        scores = head(features).numpy()
    found = labels.numpy()
    return float(numpy.mean([average_precision(scores[:, k], found[:, k]) for k in range(classes) if found[:, k].any()]))


def adamw():
    head = nn.Linear(dimensions, classes)
    count = len(train)
    steps = sizes["epochs"] * math.ceil(count / sizes["batch"])
    optimizer = torch.optim.AdamW(head.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(sizes["epochs"]):
        order = torch.randperm(count)
        for start in range(0, count, sizes["batch"]):
            rows = order[start : start + sizes["batch"]]
            view = torch.randint(views, (len(rows),))
            optimizer.zero_grad()
            nn.functional.binary_cross_entropy_with_logits(head(train[rows, view]), targets[rows]).backward()
            optimizer.step()
            schedule.step()
    return head


def lbfgs(rows, penalty):
    features = train[rows].reshape(-1, dimensions)
    labels = targets[rows].repeat_interleave(views, 0)
    head = nn.Linear(dimensions, classes)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    optimizer = torch.optim.LBFGS(head.parameters(), max_iter=100, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(head(features), labels) + penalty * head.weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return head


order = torch.randperm(len(train))
held, rest = order[: len(order) // 5], order[len(order) // 5 :]
penalties = [1e-5, 1e-4, 1e-3]
best = max(penalties, key=lambda one: mean_average_precision(lbfgs(rest, one), train[held, 0], targets[held]))
print(
    json.dumps(
        {
            "adamw": mean_average_precision(adamw(), test, truth),
            "lbfgs": mean_average_precision(lbfgs(order, best), test, truth),
        }
    )
)
