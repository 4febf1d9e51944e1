"""PyTorch's transfer-learning tutorial: the new head alone, then the head and the last stage, then one test.

--batch-norm eval is the corrected script: frozen layers keep their statistics. --batch-norm train is the literal one.
The last line of stdout is JSON: {"seconds": {...}, "top1": ...}.
"""

import argparse
import json
import time

start = time.perf_counter()

import torch  # noqa: E402
from torchvision import datasets, transforms  # noqa: E402
from torchvision.transforms import InterpolationMode  # noqa: E402

from network import build, head_name, trainable  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--test-folder", default="val")
parser.add_argument("--network", default="torchvision:resnet50")
parser.add_argument("--weights", required=True)
parser.add_argument("--unfreeze", nargs="+", default=["layer4"])
parser.add_argument("--mean", nargs=3, type=float, default=[0.485, 0.456, 0.406])
parser.add_argument("--std", nargs=3, type=float, default=[0.229, 0.224, 0.225])
parser.add_argument("--batch-norm", choices=["eval", "train"], default="eval")
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--workers", type=int, default=2)
options = parser.parse_args()

torch.manual_seed(options.seed)
transform = transforms.Compose(
    [
        transforms.Resize(256, interpolation=InterpolationMode.BILINEAR),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize(options.mean, options.std),
    ]
)
sets = {
    name: datasets.ImageFolder(f"{options.folder}/{part}", transform)
    for name, part in {"train": "train", "test": options.test_folder}.items()
}
loaders = {
    name: torch.utils.data.DataLoader(
        images, batch_size=options.batch, shuffle=name == "train", num_workers=options.workers, persistent_workers=True
    )
    for name, images in sets.items()
}
network = build(options.network, len(sets["train"].classes), options.weights)
loss_of = torch.nn.CrossEntropyLoss()


def train(prefixes: list[str]) -> float:
    """Some epochs over what is under these names, with an optimizer of its own. Returns seconds."""
    began = time.perf_counter()
    parameters = trainable(network, prefixes)
    optimizer = torch.optim.SGD(parameters, lr=0.001, momentum=0.9)
    network.train(options.batch_norm == "train")
    for epoch in range(options.epochs):
        total = 0.0
        for images, labels in loaders["train"]:
            optimizer.zero_grad()
            loss = loss_of(network(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        print(f"epoch {epoch + 1}: loss {total / len(sets['train']):.4f}", flush=True)
    return time.perf_counter() - began


head = head_name(network)
seconds = {"head": train([head]), "fine-tune": train([head, *options.unfreeze])}

network.eval()
right = 0
with torch.no_grad():
    for images, labels in loaders["test"]:
        right += (network(images).argmax(1) == labels).sum().item()
seconds["all"] = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "top1": right / len(sets["test"]), "tested": len(sets["test"])}))
