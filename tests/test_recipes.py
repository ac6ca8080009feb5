"""Named settings: what they change, what wins over them, what is refused."""

import dataclasses

import pytest

from fashion_core.architecture import parameter_count
from fashion_core.config import RunSpec
from fashion_core.recipes import AS_SPECIFIED, BEST, FAST, RECIPES, find_recipe


def test_three_recipes_are_offered_the_specification_first():
    assert [recipe.name for recipe in RECIPES] == ["As specified", "Best", "Fast"]


def test_as_specified_changes_nothing():
    assert AS_SPECIFIED.spec() == RunSpec()


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_every_part_of_a_recipe_is_a_field_that_differs_from_the_specification(recipe):
    defaults = {field.name: field.default for field in dataclasses.fields(RunSpec)}
    assert {name for name, value in recipe.overrides.items() if value == defaults[name]} == set()
    assert all(getattr(recipe.spec(), name) == value for name, value in recipe.overrides.items())


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_recipe_says_in_one_sentence_what_it_is_good_for(recipe):
    assert recipe.explanation.endswith(".")
    assert "\n" not in recipe.explanation


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_seed_and_threads_are_left_to_the_user(recipe):
    assert not {"seed", "threads"} & set(recipe.overrides)


def test_changes_win_over_the_recipe():
    spec = BEST.spec(seed=5, epochs=1, horizontal_flip=False, mirror_average=False)
    assert (spec.seed, spec.epochs, spec.horizontal_flip) == (5, 1, False)
    assert spec.label_smoothing == BEST.overrides["label_smoothing"]


def test_the_best_recipe_stays_within_30_epochs_and_a_few_million_parameters():
    assert BEST.spec().epochs <= 30
    assert parameter_count(BEST.spec()) < 10_000_000


def test_the_fast_recipe_takes_fewer_epochs_than_the_others():
    assert FAST.spec().epochs < min(BEST.spec().epochs, AS_SPECIFIED.spec().epochs)


@pytest.mark.parametrize("name", ["Best", "best", "BEST"])
def test_a_recipe_is_found_by_its_name_in_small_or_large_letters(name):
    assert find_recipe(name) is BEST


def test_an_unknown_recipe_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"^Expected one of") as refused:
        find_recipe("quickest")
    assert str(refused.value) == (
        "Expected one of the recipes As specified, Best, Fast, got 'quickest'."
    )


def test_a_change_that_does_not_fit_the_recipe_is_refused():
    with pytest.raises(ValueError, match="Expected mirror average only together"):
        BEST.spec(horizontal_flip=False)


def test_a_recipe_cannot_be_changed():
    with pytest.raises(TypeError):
        BEST.overrides["epochs"] = 1
