"""What each figure is, in plain words: what one sees, how to read it, what is good, what is a trap.

Shown by "What is this?" below the figure; what it shows on this run stands above it.
"""

from typing import Final

from fashion_core.analysis.calibration import BINS

LOSS: Final = """
The loss says how surprised the network is by the right answers, on average; **lower is better**,
and someone who only guesses among ten classes has 2.30. One point for each epoch, that is each pass
through the training pictures.

Both curves fall while it learns. Where training goes on falling and validation rises, it learns its
pictures by heart. **Trap**: training loss is measured while it learns, with parts of the network
switched off (dropout), validation loss afterwards with all of it. Early on, validation can
therefore look better.
"""
CHOSEN_CURVES: Final = """
The chosen runs after each epoch. Loss is how surprised the network is, accuracy the share it names
right; validation pictures are those it does not learn from. The ring is a run's best epoch, the one
that is kept: the lowest validation loss. Losses have a logarithmic axis: equal steps up are equal
factors.

**Trap**: runs that differ in several settings, or in their seed only, differ by chance, too:
compare two of them to see whether the difference is real. Training loss is measured with dropout
on, on the pictures as they are trained on: between runs that change these it does not compare.
"""
ACCURACY: Final = """
The share of pictures the network names right after each epoch; **higher is better**, guessing gives
10 %. Validation pictures are never learned from, so theirs is the curve to believe.

**Trap**: a step of half a per cent between two epochs can be chance. The epoch that is kept is the
one with the lowest validation *loss*, which need not be the one with the highest accuracy.
"""
PER_CLASS: Final = """
Three shares for each class, **higher is better**; the hardest class is on top. Ring: *precision*,
of the pictures the network calls Shirt, how many are shirts. Dot: *recall*, of all shirts, how many
it calls Shirt. Short line: *F1*, which is high only if both are.

**Trap**: a class with high recall and low precision is not known well, it is named too often.
"""
PROBABILITIES: Final = """
How the network divides 100 % among the ten classes for this one picture; the longest bar is its
answer. Green is the label, vermilion a wrong answer.

**Trap**: a long bar means that the network is sure, not that it is right. The Confidence page says
how far its certainty can be believed.
"""
VOTES: Final = """
How many people chose each class when they saw this picture at 28 × 28 pixels. Green is the label,
vermilion a different answer of the network.

**Trap**: the label was given to the real garment. People who see another class say that the small
picture does not show it, not that the label is wrong.
"""
MISTAKE_KINDS: Final = """
The network's wrong answers, counted for each true class. Vermilion: people name the class, only the
network does not. The other two parts: people do not see it either.

The vermilion part is what a better network could still learn. **Trap**: the rest need not be wrong
labels; the people had no training in fashion.
"""
HISTORY: Final = """
For each epoch: the green line is how probable the network found the label. The marks are how
probable it found its answer: a green dot where it was right, a vermilion cross where it was wrong.
The strip below has the colour of the class it answered.

A label that rises early and stays up was easy. One that goes up and down was forgotten and learned
again. The network never trained on this picture; it learns about it from others like it.
"""
BELIEF: Final = """
For each epoch: how probable the network found the label (green squares), and how probable the
class that is suggested instead (vermilion circles). A suggested class that stays above the label
the whole time is a reason to look.

**Trap**: it is no proof. A network that is simply wrong about a picture gives the same curves as a
label that is wrong.
"""
SALIENCY: Final = """
Colour means: what was found here speaks for this class. The strongest place of each map has the
strongest colour, so that two maps show **where**, not how much.

**It is coarse.** The map has 14 × 14 places; each stands for 2 × 2 pixels and has seen 8 × 8, and
between them it is smoothed. **Trap**: it shows what this network used, not what would be right.

The method is Grad-CAM (Selvaraju et al., 2017): the maps of the last convolution layer are weighted
with how much each raises the score of the class, added up, and cut off at zero.
"""
FILTERS: Final = """
What the network computes on its way to the answer. A filter of the first layer lays its nine
weights over every 3 × 3 places, multiplies, adds up, adds a number of its own, and passes on what
is above zero. White squares over black ones: it answers to edges that are bright above.

One scale for all maps of a layer; shades follow the square root, so that weak answers show. A frame
along a map is the border of the picture.

**Trap**: a bright map is no reason for the answer; Grad-CAM comes closer to that. Few filters look
for something that has a name.
"""
DIFFERENCE: Final = """
The confusion matrix of B minus that of A. Row: what the picture is. Column: what the network says.
Green: better in B. Vermilion: worse. On the diagonal more is better, everywhere else less.

Only a framed cell changed by more than chance. **Trap**: with a hundred cells some always look
large.
"""
CLASS_CHANGE: Final = """
For each class: how many pictures A had wrong and B has right (fixed, to the right), and how many
the other way round (broken, to the left). At the edge stands the balance, in bold where it is more
than chance; the class that won most is on top.

**Trap**: a class can break as much as it fixes; then its accuracy is the same and its mistakes are
others.
"""
COMPARED_LOSS: Final = """
The loss after each epoch: how surprised the network is by the right answers, **lower is better**.
Blue is training, orange validation; A is solid, B dashed. The rings with a letter are the epochs
compared.

**Trap**: what counts is the ring, not the end of a line. A curve that rises at the end was still
good earlier.
"""
COMPARED_ACCURACY: Final = """
The share of pictures named right after each epoch, **higher is better**. Blue is training, orange
validation; A is solid, B dashed. The rings with a letter are the epochs compared.

**Trap**: training accuracy says how well a network knows its own pictures. Compare the validation
curves.
"""
RELIABILITY: Final = f"""
All pictures, sorted into {BINS} equally wide bins by how sure the network is. A bar is the share it
has right in its bin: a network that is as sure as it is right has its bars **at the dashed line**.
A bar below it: too sure.

Below stands how many pictures are in each bin. **Trap**: a bar of a few pictures says little.
"""
SELECTIVE: Final = """
To the right: the share of pictures that a person gets to see. Up: the share right among those the
network answers by itself. The ring is where the slider stands.

A good curve rises steeply: a few handed over take most mistakes with them. **Trap**: choose the
place on validation pictures; on test pictures it is only reported.
"""
COVERAGE: Final = """
A dot for each class: in how many of 100 cases the set holds the true class, vermilion where that
is below its band. The line is what was promised. The grey band is what chance allows, since
validation and test pictures are samples: if the promise holds, 95 of 100 dots lie on their band.

A dot below its band breaks the promise. One above costs nothing but size: where many probabilities
are stored as exactly 1, no threshold can cut between them. **Trap**: one class in twenty may lie
outside by chance.
"""
RANGE_TEST: Final = """
A throw-away copy of the network trains for a moment while the learning rate rises. Up: its loss. To
the right: the rate, each mark ten times the one before.

Where the curve falls, the rate is good; where it shoots up, the rate is too high. **Trap**: a rate
at the lowest point is already too high for a whole training.
"""
STUDY_CURVES: Final = """
Validation loss after each epoch, **lower is better**; a colour for each learning rate. Thin: one
seed, that is one of several trainings that differ by chance only. Band: from the lowest to the
highest seed. Thick: their mean. ↑: above the shown range.

Where two bands overlap, the rates may be equally good.
"""
STUDY_RATES: Final = """
Rings: the lowest validation loss of each seed, without those still training where others have
ended. Bar: their mean, **lower is better**.

**Trap**: where the rings of two rates lie among each other, the difference of their bars can be
chance.
"""
MAP: Final = """
Each sign is one picture; near signs are alike in what the map shows, which stands below it. Point
at one to see its picture. Draw a box or a lasso to see exactly its pictures beside the map. The
button PNG saves it.

**Trap**: a thick cloud hides how many pictures lie in it.
"""
MATRIX: Final = """
Row: what the picture is. Column: what is said about it. A cell counts its pictures; right answers
lie on the diagonal, everything else is a mistake. Strong colour: many.

**Trap**: read along the row to see what a class is taken for, down the column to see what is taken
for it. The two differ.
"""
