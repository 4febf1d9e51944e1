"""fastai's `fine_tune`, as its book and documentation use it: a vision learner on timm's network, three epochs of the new
head, then all layers by discriminative rates and one cycle. Nothing is measured between the epochs.

The last line of stdout is JSON: {"right": ..., "tested": ...}.
"""

import argparse
import json
from pathlib import Path

from fastai.vision.all import (
    Callback,
    CancelValidException,
    CategoryBlock,
    DataBlock,
    FuncSplitter,
    ImageBlock,
    RandomResizedCrop,
    aug_transforms,
    get_image_files,
    parent_label,
    set_seed,
    vision_learner,
)

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--train-folders", nargs="+", default=["train"])
parser.add_argument("--test-folder", default="val")
parser.add_argument("--network", required=True, help="timm's name")
parser.add_argument("--weights", required=True, help="a safetensors file in timm's names")
parser.add_argument("--mean", nargs=3, type=float, required=True)
parser.add_argument("--std", nargs=3, type=float, required=True)
parser.add_argument("--size", type=int, default=224)
parser.add_argument("--epochs", type=int, default=8)
parser.add_argument("--frozen-epochs", type=int, default=3)
parser.add_argument("--batch", type=int, help="otherwise by the number of pictures")
parser.add_argument("--rate", type=float, default=2e-3)
parser.add_argument("--seed", type=int, default=0)
options = parser.parse_args()


class NoValidation(Callback):
    """`fine_tune` keeps the last epoch whatever validation says, so that would only cost time."""

    def before_validate(self) -> None:
        raise CancelValidException()


def batch_size(pictures: int) -> int:
    """fastai's 64. Its loaders drop the last small batch, so few pictures need smaller ones: at least five in an epoch."""
    size = 64
    while size > 8 and pictures // size < 5:
        size //= 2
    return min(size, pictures)


set_seed(options.seed, reproducible=True)
folder = Path(options.folder)
files = get_image_files(folder, folders=[*options.train_folders, options.test_folder])
tested = len(get_image_files(folder / options.test_folder))
block = DataBlock(
    blocks=(ImageBlock, CategoryBlock),
    get_items=lambda _: files,
    get_y=parent_label,
    splitter=FuncSplitter(lambda path: path.relative_to(folder).parts[0] == options.test_folder),
    item_tfms=RandomResizedCrop(options.size, min_scale=0.5),
    batch_tfms=aug_transforms(),
)
loaders = block.dataloaders(folder, bs=options.batch or batch_size(len(files) - tested))
learner = vision_learner(
    loaders,
    options.network,
    pretrained_cfg_overlay={"file": options.weights, "mean": options.mean, "std": options.std},
)
with learner.no_bar():
    learner.fine_tune(options.epochs, options.rate, freeze_epochs=options.frozen_epochs, cbs=NoValidation())
    probabilities, labels = learner.get_preds(ds_idx=1)
right = (probabilities.argmax(1) == labels).sum().item()
print(json.dumps({"right": right, "tested": len(labels)}))
