"""The networks as PyTorch users have them, by torchvision and timm."""

import timm
import torch
import torchvision
from safetensors.torch import load_file


def build(name: str, classes: int, weights: str | None) -> torch.nn.Module:
    """`library:name` with a new head; `weights` is a safetensors file in the network's own names."""
    library, model = name.split(":")
    if library == "timm":
        network = timm.create_model(model, pretrained=False, num_classes=classes)
    else:
        network = torchvision.models.get_model(model, weights=None, num_classes=classes)
    if weights is not None:
        head = head_name(network)
        state = {key: value for key, value in load_file(weights).items() if not key.startswith(f"{head}.")}
        missing, unexpected = network.load_state_dict(state, strict=False)
        wrong = [key for key in missing if not key.startswith(head) and "num_batches" not in key] + list(unexpected)
        if wrong:
            raise SystemExit(f"the weights do not fit: {wrong[:3]}")
    return network


def head_name(network: torch.nn.Module) -> str:
    return "fc" if hasattr(network, "fc") else "classifier"


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
    index = int(first.removeprefix("blocks."))
    return torch.nn.Sequential(
        *[network.blocks[i] for i in range(index, len(network.blocks))],
        network.conv_head,
        network.bn2,
        network.global_pool,
        network.classifier,
    )
