"""The networks as PyTorch users have them, by torchvision and timm."""

import timm
import torch
import torchvision
from safetensors.torch import load_file
from timm.layers import resample_abs_pos_embed


class TransformerTail(torch.nn.Module):
    """A vision transformer from a block on; tokens come as a map of one row, as our cache holds them."""

    def __init__(self, network: torch.nn.Module, first: int) -> None:
        super().__init__()
        self.network = network
        self.first = first

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.flatten(2).transpose(1, 2)
        for block in self.network.blocks[self.first :]:
            x = block(x)
        return self.network.forward_head(self.network.norm(x))


class ConvNextTail(torch.nn.Module):
    """ConvNeXt from a stage on."""

    def __init__(self, network: torch.nn.Module, first: int) -> None:
        super().__init__()
        self.network = network
        self.first = first

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for stage in self.network.stages[self.first :]:
            x = stage(x)
        return self.network.forward_head(self.network.norm_pre(x))


def build(name: str, classes: int, weights: str | None, size: int | None = None) -> torch.nn.Module:
    """`library:name` with a new head; `weights` is a safetensors file in the network's own names.

    `size`: edge of the pictures, where it is another than the one that a transformer's positions were learned for.
    """
    library, model = name.split(":")
    if library == "timm":
        edge = {"img_size": size} if size is not None and "vit" in model else {}
        network = timm.create_model(model, pretrained=False, num_classes=classes, **edge)
    else:
        network = torchvision.models.get_model(model, weights=None, num_classes=classes)
    if weights is not None:
        head = head_name(network)
        state = {key: value for key, value in load_file(weights).items() if not key.startswith(f"{head}.")}
        positions = state.get("pos_embed")
        if positions is not None and positions.shape != network.pos_embed.shape:
            edges = network.patch_embed.grid_size
            state["pos_embed"] = resample_abs_pos_embed(positions, edges, num_prefix_tokens=network.num_prefix_tokens)
        missing, unexpected = network.load_state_dict(state, strict=False)
        wrong = [key for key in missing if not key.startswith(head) and "num_batches" not in key] + list(unexpected)
        if wrong:
            raise SystemExit(f"the weights do not fit: {wrong[:3]}")
    return network


def head_name(network: torch.nn.Module) -> str:
    if hasattr(network, "fc"):
        return "fc"
    return getattr(network, "pretrained_cfg", {}).get("classifier", "classifier")


def trainable(network: torch.nn.Module, prefixes: list[str]) -> list[torch.nn.Parameter]:
    """Freezes everything but the parameters under these names."""
    for name, parameter in network.named_parameters():
        parameter.requires_grad = any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)
    return [parameter for parameter in network.parameters() if parameter.requires_grad]


def tail(network: torch.nn.Module, first: str) -> torch.nn.Module:
    """The network from a block on, as a function of the activation before it."""
    if hasattr(network, "fc"):
        names = ["layer1", "layer2", "layer3", "layer4"]
        return torch.nn.Sequential(
            *[getattr(network, name) for name in names[names.index(first) :]],
            network.avgpool,
            torch.nn.Flatten(),
            network.fc,
        )
    index = int(first.split(".")[1])
    if first.startswith("stages."):
        return ConvNextTail(network, index)
    if hasattr(network, "pos_embed"):
        return TransformerTail(network, index)
    return torch.nn.Sequential(
        *[network.blocks[i] for i in range(index, len(network.blocks))],
        network.conv_head,
        network.bn2,
        network.global_pool,
        network.classifier,
    )
