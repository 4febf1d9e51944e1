/**
 * Share of ImageNet's validation pictures that each network recognises by its published weights, single centre crop: torchvision's
 * table for its own (V1 weights), the EfficientNet-Lite release notes, and BVLC's model zoo for GoogLeNet. What is better there
 * transfers better (Kornblith et al. 2019, "Do Better ImageNet Models Transfer Better?"), so it is what is known beforehand.
 */
const published: Readonly<Record<string, number>> = {
  resnet18: 0.6976,
  resnet34: 0.7331,
  resnet50: 0.7613,
  resnet101: 0.7737,
  resnet152: 0.7831,
  vgg11: 0.6902,
  vgg13: 0.6993,
  vgg16: 0.7159,
  vgg19: 0.7238,
  vgg11_bn: 0.7037,
  vgg13_bn: 0.7159,
  vgg16_bn: 0.7336,
  vgg19_bn: 0.7422,
  inception_v3: 0.7729,
  googlenet: 0.687,
  mobilenet_v2: 0.7188,
  squeezenet1_1: 0.5818,
  efficientnet_lite0: 0.751,
  efficientnet_lite1: 0.767,
  efficientnet_lite2: 0.776,
  efficientnet_lite3: 0.798,
  efficientnet_lite4: 0.815,
};

/** undefined where nothing is published for this very network. */
export function imagenetTop1(name: string): number | undefined {
  return published[name];
}
