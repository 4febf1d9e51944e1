"""One kind of step, repeated on demand: for each line on stdin it does one and prints its seconds."""

import argparse
import sys
import time

import torch

from network import build, head_name, tail, trainable

parser = argparse.ArgumentParser()
parser.add_argument("what", choices=["forward", "onnx", "head", "finetune", "suffix"])
parser.add_argument("--network", required=True)
parser.add_argument("--weights", required=True)
parser.add_argument("--first", help="first block that is trained")
parser.add_argument("--unfreeze", nargs="*", default=[])
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--size", type=int, default=224)
parser.add_argument("--cut", nargs=3, type=int, help="channels, height and width of the activation before the first")
parser.add_argument("--onnx", help="where the exported network goes")
options = parser.parse_args()

torch.manual_seed(0)
classes = 2
network = build(options.network, classes, options.weights, options.size).eval()
images = torch.rand(options.batch, 3, options.size, options.size)
labels = torch.randint(classes, (options.batch,))
loss_of = torch.nn.CrossEntropyLoss()


def training_step(model: torch.nn.Module, inputs: torch.Tensor, parameters: list[torch.nn.Parameter]):
    optimizer = torch.optim.SGD(parameters, lr=1e-6, momentum=0.9)

    def step() -> None:
        optimizer.zero_grad()
        loss = loss_of(model(inputs), labels)
        loss.backward()
        optimizer.step()
        loss.item()

    return step


def forward() -> None:
    with torch.inference_mode():
        network(images)


def onnx_forward():
    import onnxruntime

    torch.onnx.export(network, (images,), options.onnx, input_names=["images"], dynamo=True)
    session = onnxruntime.InferenceSession(options.onnx, providers=["CPUExecutionProvider"])
    feed = {"images": images.numpy()}
    return lambda: session.run(None, feed)


head = head_name(network)
if options.what == "forward":
    step = forward
elif options.what == "onnx":
    step = onnx_forward()
elif options.what == "head":
    step = training_step(network, images, trainable(network, [head]))
else:
    parameters = trainable(network, [head, *options.unfreeze])
    if options.what == "finetune":
        step = training_step(network, images, parameters)
    else:
        step = training_step(tail(network, options.first), torch.rand(options.batch, *options.cut), parameters)

step()
print("ready", flush=True)
for _ in sys.stdin:
    began = time.perf_counter()
    step()
    print(time.perf_counter() - began, flush=True)
