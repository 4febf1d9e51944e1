"""An ImageFolder through torchvision's transforms and a DataLoader, once for each line on stdin; prints seconds."""

import argparse
import sys
import time

import torch
from torchvision import datasets, transforms

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--workers", type=int, default=2)
options = parser.parse_args()

transform = transforms.Compose(
    [
        transforms.Resize(256),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]
)
images = datasets.ImageFolder(options.folder, transform)
loader = torch.utils.data.DataLoader(
    images, batch_size=32, num_workers=options.workers, persistent_workers=options.workers > 0
)


def once() -> None:
    for _ in loader:
        pass


once()
print("ready", flush=True)
for _ in sys.stdin:
    began = time.perf_counter()
    once()
    print(time.perf_counter() - began, flush=True)
