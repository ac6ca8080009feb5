"""How training images are changed: moved, partly erased; each from a generator of its own."""

import numpy as np
import pytest
import torch
from helpers import small_split

from fashion_core.config import RunSpec
from fashion_core.training.augment import erase, mirror, shift
from fashion_core.training.recipe import as_network_input, batches


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(count: int = 300) -> torch.Tensor:
    """Give real pictures as network input."""
    return as_network_input(torch.tensor(small_split("train").images[:count]).unsqueeze(1))


def white(count: int) -> torch.Tensor:
    return torch.ones(count, 1, 28, 28)


def holes(count: int = 2_000, probability: float = 1.0) -> list[tuple[int, int, int, int]]:
    """Erase white pictures; give top, left, height and width of each hole, each a full box."""
    found = []
    for image in erase(white(count), random(), probability)[:, 0]:
        rows, columns = (np.flatnonzero((image == 0).any(axis)) for axis in (1, 0))
        if len(rows):
            box = (rows[0], columns[0], np.ptp(rows) + 1, np.ptp(columns) + 1)
            assert int((image == 0).sum()) == box[2] * box[3], "not a rectangle"
            found.append(tuple(map(int, box)))
    return found


# Mirror


def test_a_mirrored_picture_keeps_its_rows():
    batch = torch.arange(6.0).reshape(1, 1, 2, 3).repeat(50, 1, 1, 1)
    seen = {tuple(image.flatten().tolist()) for image in mirror(batch, random())}
    assert seen == {(0, 1, 2, 3, 4, 5), (2, 1, 0, 5, 4, 3)}


# Shift


def test_a_point_is_moved_to_every_place_in_reach_and_to_no_other():
    batch = torch.zeros(500, 1, 28, 28)
    batch[:, 0, 10, 20] = 1
    moved = shift(batch, random(), 2)[:, 0].nonzero()[:, 1:]
    assert len(moved) == 500
    assert {tuple(place) for place in moved.tolist()} == {
        (row, column) for row in range(8, 13) for column in range(18, 23)
    }


def test_all_distances_are_equally_likely():
    """10,000 pictures over 9 places: standard deviation of a share 0.003."""
    batch = torch.zeros(10_000, 1, 28, 28)
    batch[:, 0, 5, 5] = 1
    places = shift(batch, random(), 1)[:, 0].flatten(1).argmax(1)
    _, counts = places.unique(return_counts=True)
    assert (counts / 10_000).tolist() == pytest.approx([1 / 9] * 9, abs=0.015)


def test_a_moved_picture_is_cut_at_the_edge_and_black_where_nothing_was():
    """Oracle: numpy's slices, for the distance at which the picture fits."""
    batch = pictures()
    moved = shift(batch.clone(), random(), 3)
    for before, after in zip(batch[:50, 0].numpy(), moved[:50, 0].numpy(), strict=True):
        padded = np.pad(before, 3)
        windows = [padded[y : y + 28, x : x + 28] for y in range(7) for x in range(7)]
        assert any(np.array_equal(window, after) for window in windows)


def test_a_moved_batch_stays_channels_last():
    assert shift(pictures(5), random(), 1).is_contiguous(memory_format=torch.channels_last)


# Erase


def test_holes_are_rectangles_of_the_published_area_and_shape():
    """Rounding to whole pixels moves small ones a little; tall ones are cut at 28."""
    boxes = np.array(holes())
    area, aspect = boxes[:, 2] * boxes[:, 3] / 784, boxes[:, 2] / boxes[:, 3]
    assert len(boxes) == 2_000
    assert 0.01 < area.min() < 0.03
    assert 0.37 < area.max() < 0.43
    assert area.mean() == pytest.approx(0.21, abs=0.01)
    assert 0.2 < aspect.min() < 0.35
    assert 2.9 < aspect.max() < 5
    assert np.log(aspect).mean() == pytest.approx(0, abs=0.06)


def test_holes_reach_every_edge_and_stay_inside():
    top, left, height, width = np.array(holes()).T
    assert (top.min(), left.min()) == (0, 0)
    assert ((top + height).max(), (left + width).max()) == (28, 28)
    assert (top + height / 2).mean() == pytest.approx(14, abs=0.4)
    assert (left + width / 2).mean() == pytest.approx(14, abs=0.4)


@pytest.mark.parametrize("probability", [0.25, 1.0])
def test_so_many_pictures_have_a_hole(probability):
    """2,000 draws: standard deviation 0.01."""
    assert len(holes(probability=probability)) / 2_000 == pytest.approx(probability, abs=0.03)


def test_outside_its_hole_a_picture_is_as_it_was():
    before = pictures()
    after = erase(before.clone(), random(), 1.0)
    assert torch.equal(after[after != 0], before[after != 0])
    assert not torch.equal(after, before)


# In the recipe


def epoch_of(epoch: int = 1, **changes: object) -> tuple[torch.Tensor, torch.Tensor]:
    """Give all pictures of an epoch in the order of their numbers, as the network sees them."""
    part = small_split("train")
    images, numbers = torch.tensor(part.images).unsqueeze(1), torch.arange(len(part.images))
    (batch, order), *_ = batches(images, numbers, RunSpec(batch_size=300, **changes), epoch)
    return batch[order.argsort()], order


CHANGES = [{"horizontal_flip": True}, {"shift_pixels": 1}, {"erase_probability": 0.5}]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_each_change_differs_by_epoch_and_seed_and_leaves_the_order_alone(change):
    plain, order = epoch_of()
    seen = [epoch_of(**change), epoch_of(epoch=2, **change), epoch_of(seed=1, **change)]
    assert torch.equal(seen[0][1], order)
    assert not any(torch.equal(images, plain) for images, _ in seen)
    assert not torch.equal(seen[0][0], seen[1][0])
    assert not torch.equal(seen[0][0], seen[2][0])
    assert torch.equal(seen[0][0], epoch_of(**change)[0])


def test_switching_one_change_on_leaves_the_random_numbers_of_the_others_alone():
    """Where nothing is erased, the picture is the moved and mirrored one."""
    both, _ = epoch_of(horizontal_flip=True, shift_pixels=2)
    all_three, _ = epoch_of(horizontal_flip=True, shift_pixels=2, erase_probability=0.5)
    kept = all_three != 0
    assert torch.equal(all_three[kept], both[kept])
    assert not torch.equal(all_three, both)


def test_changed_batches_are_channels_last():
    changes = {name: value for change in CHANGES for name, value in change.items()}
    (batch, _), *_ = batches(
        torch.tensor(small_split("train").images).unsqueeze(1),
        torch.arange(300),
        RunSpec(**changes),
        1,
    )
    assert batch.is_contiguous(memory_format=torch.channels_last)
