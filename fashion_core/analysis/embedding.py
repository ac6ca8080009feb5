"""The features of many pictures in two dimensions: the main plane of the cloud, or a t-SNE map."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

_SEED: Final = 0  # t-SNE starts from the main plane; the seed is for its search of neighbours
PERPLEXITY: Final = 30
"""About how many neighbours count: scikit-learn's default, in the 5 to 50 of the paper."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MainPlane:
    """The plane that shows most of how pictures differ.

    Attributes:
        points: Coordinates of each picture, float32 of shape (N, 2), centred on 0.
        shares: Share of all variance along each axis, the larger first; nan if there is none.
    """

    points: npt.NDArray[np.float32]
    shares: tuple[float, float]


def main_plane(features: npt.NDArray[np.float32]) -> MainPlane:
    """Project features on the two directions of largest variance (PCA).

    A direction has no sign of its own; here its entry of the largest size is positive.

    Args:
        features: Floating of shape (N, D), N and D at least 2, finite.

    Raises:
        ValueError: if the shape differs or a value is not finite.
    """
    values = _checked(features)
    centred = values - values.mean(axis=0)
    # Of the D x D scatter, 128 as specified: 20 times faster than from the N rows.
    variances, directions = np.linalg.eigh(centred.T @ centred)
    axes = directions[:, [-1, -2]]  # (D, 2)
    largest = np.abs(axes).argmax(axis=0)
    axes = axes * np.sign(axes[largest, [0, 1]])
    total = float(np.square(centred).sum())
    shares = np.clip(variances[[-1, -2]] / total, 0, 1) if total else np.full(2, np.nan)
    return MainPlane(
        points=(centred @ axes).astype(np.float32), shares=(float(shares[0]), float(shares[1]))
    )


def neighbour_map(features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Lay out features so that near neighbours stay near (t-SNE); the same input, the same map.

    One idle core takes about 10 s for 2,000 pictures, 27 s for 5,000, 70 s for 10,000 (128
    features); a shared one 20, 34 and 117 s.

    Args:
        features: Floating of shape (N, D), N and D at least 2, finite.

    Returns:
        float32 of shape (N, 2). Distances between groups, their sizes and the axes mean little.

    Raises:
        ValueError: if the shape differs or a value is not finite.

    References:
        van der Maaten and Hinton, "Visualizing Data using t-SNE", 2008. What such a map cannot
        say: Wattenberg et al., "How to Use t-SNE Effectively", 2016.
    """
    from sklearn.manifold import TSNE  # noqa: PLC0415 - two seconds, for the one who asks for it

    values = _checked(features)
    perplexity = min(PERPLEXITY, (len(values) - 1) / 3)  # three times as many must be there
    layout = TSNE(init="pca", perplexity=perplexity, random_state=_SEED, n_jobs=1)
    points: npt.NDArray[np.float32] = layout.fit_transform(values).astype(np.float32)
    return points


def nearer_to_answer(
    features: npt.NDArray[np.float32],
    *,
    labels: npt.NDArray[np.int64],
    predictions: npt.NDArray[np.int64],
) -> npt.NDArray[np.bool_]:
    """Tell which pictures lie nearer to the centre of the answered class than to their own's.

    The centre of a class is the mean of the features of all its pictures by label, in all D
    dimensions. A picture answered right, or answered with a class that no label names, is not.

    Args:
        features: Floating of shape (N, D), finite.
        labels: True classes, shape (N,).
        predictions: Predicted classes, shape (N,).

    Returns:
        bool of shape (N,).
    """
    values = _checked(features)
    classes = int(max(labels.max(), predictions.max())) + 1
    is_of = np.equal.outer(np.arange(classes), labels)  # (K, N)
    sizes = is_of.sum(axis=1)
    centres = np.full((classes, values.shape[1]), np.inf)
    centres[sizes > 0] = (is_of @ values)[sizes > 0] / sizes[sizes > 0, np.newaxis]
    to_label, to_answer = (
        np.linalg.norm(values - centres[c], axis=1) for c in (labels, predictions)
    )
    nearer: npt.NDArray[np.bool_] = to_answer < to_label
    return nearer


def _checked(features: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Give features as float64, or say what is wrong with them.

    Raises:
        ValueError: if shape or values are not as described.
    """
    values = np.asarray(features, dtype=np.float64)
    if values.ndim != 2 or min(values.shape) < 2:
        raise ValueError(f"Expected features of shape (N, D), both at least 2, got {values.shape}.")
    if not np.isfinite(values).all():
        raise ValueError("Expected finite features, got infinite ones or nan.")
    return values
