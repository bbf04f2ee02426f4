"""The backbone: a small convolutional network of stride 16 whose output is groups of features of several depths."""

import torch
from torch import Tensor, nn
from torch.nn import functional

# ImageNet's, of pixel values in 0..1.
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)


class Convolution(nn.Sequential):
    def __init__(self, inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1, activation: bool = True):
        super().__init__(
            nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs),
            *([nn.ReLU(inplace=True)] if activation else []),
        )


class Residual(nn.Module):
    """Inverted residual block (Sandler et al. 2018)."""

    def __init__(self, channels: int, expanded: int, size: int):
        super().__init__()
        self.branch = nn.Sequential(
            Convolution(channels, expanded, 1),
            Convolution(expanded, expanded, size, groups=expanded),
            Convolution(expanded, channels, 1, activation=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.branch(x)


class Trunk(nn.Module):
    """[B, 3, H, W] to maps of 48, 96 and 192 channels at strides 4, 8 and 16. Dense 3 x 3 layers where maps are large:
    there they cost onnxruntime less time than depthwise ones of the same use."""

    def __init__(self) -> None:
        super().__init__()
        self.stride2 = Convolution(3, 24, 3, 2)
        self.stride4 = nn.Sequential(Convolution(24, 48, 3, 2), Residual(48, 96, 3))
        self.stride8 = nn.Sequential(Convolution(48, 96, 3, 2), Residual(96, 192, 3), Residual(96, 192, 3))
        self.stride16 = nn.Sequential(Convolution(96, 192, 3, 2), *(Residual(192, 384, 5) for _ in range(4)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        quarter = self.stride4(self.stride2(x))
        eighth = self.stride8(quarter)
        return quarter, eighth, self.stride16(eighth)


class Student(nn.Module):
    """The trunk with a linear layer that predicts the teachers' features, 112 and 120 channels: for distillation only."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = Trunk()
        self.head = nn.Conv2d(192, 112 + 120, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.trunk(x)[2])


class Fine(nn.Module):
    """Maps of a finer stride brought to stride 16 by mean and maximum, so that a pit smaller than a cell is seen."""

    def __init__(self, inputs: int, hidden: int, outputs: int, cell: int):
        super().__init__()
        self.cell = cell
        self.look = Convolution(inputs, hidden, 1)
        self.project = nn.Conv2d(2 * hidden, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.look(x)
        return self.project(torch.cat([functional.avg_pool2d(x, self.cell), functional.max_pool2d(x, self.cell)], 1))


class Backbone(nn.Module):
    """[B, 3, H, W], ImageNet-normalised, to unit-length tokens [B, DIMENSION, H/16, W/16]; H and W multiples of 16.

    The tokens are groups of channels, each of a fixed share of the length, so that cosine distance is the weighted mean
    of the groups' own: two that follow the teachers, one of stride 8 and one of stride 4.
    """

    # Channels, and share of the squared length: Lite0's block 10, Lite2's block 11, stride 8, stride 4.
    GROUPS = ((112, 0.45), (120, 0.45), (16, 0.06), (8, 0.04))
    DIMENSION = sum(channels for channels, _ in GROUPS)

    def __init__(self) -> None:
        super().__init__()
        *deep, eighth, quarter = (channels for channels, _ in self.GROUPS)
        self.trunk = Trunk()
        self.deep = nn.ModuleList(nn.Conv2d(192, channels, 1) for channels in deep)
        self.eighth = Fine(96, 64, eighth, 2)
        self.quarter = Fine(48, 48, quarter, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.joined(self.groups(x))

    def joined(self, groups: list[Tensor], shares: tuple[float, ...] | None = None) -> Tensor:
        """Side by side, each with its share of the squared length."""
        shares = shares or tuple(share for _, share in self.GROUPS)
        return torch.cat([group * share**0.5 for group, share in zip(groups, shares, strict=True)], 1)

    def groups(self, x: Tensor) -> list[Tensor]:
        """Each of length 1 in every cell."""
        quarter, eighth, sixteenth = self.trunk(x)
        maps = [*(layer(sixteenth) for layer in self.deep), self.eighth(eighth), self.quarter(quarter)]
        return [unit(m) for m in maps]


def unit(x: Tensor) -> Tensor:
    """Each cell's channels brought to length 1."""
    return x / x.square().sum(1, keepdim=True).add(1e-8).sqrt()
