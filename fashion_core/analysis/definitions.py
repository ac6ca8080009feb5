"""What the headline figures mean, for somebody who reads them for the first time."""

from typing import Final

FIGURE_DEFINITIONS: Final[tuple[tuple[str, str], ...]] = (
    ("Accuracy", "the share of pictures whose class the network names right."),
    (
        "Macro precision",
        'take all pictures the network calls "Shirt"; the share that are shirts is the precision '
        "of Shirt. The mean over the ten classes is the macro precision.",
    ),
    (
        "Precision at confidence ≥ 0.5",
        "the share right among the pictures on which the network gives its answer a probability "
        "of at least one half. Unsure pictures are left out, so it is higher.",
    ),
    (
        "95 % interval",
        "another 10,000 pictures of the same kind would give a slightly different figure; 95 of "
        "100 such intervals contain the true one. Accuracy and precision at confidence: Wilson "
        "interval. Macro precision: percentile bootstrap, 2,000 resamples.",
    ),
)
"""Term and meaning, in the order in which they are shown."""

REPORTED_FIGURES: Final = (
    "The specification of this network reports an accuracy of 92.81 % and a precision of "
    "91.54 %. A precision measured on confident answers should be the higher of the two, and a "
    "later version of the same text says accuracy 91.61 % and precision 92.73 %: the two were "
    "probably swapped. Compare 91.54 % with the accuracy and 92.81 % with the precision at "
    "confidence ≥ 0.5."
)
